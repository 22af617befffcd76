/** Why a message that waited is not sent. Invariant: asked when its turn has come, and not before. */
import { MAX_PACKET_SIZE } from "../wire/frame.ts";
import { OutgoingPublish } from "./outgoing.ts";
import { type Outlet, takes } from "./outlet.ts";
import { isVoid, type QueuedMessage } from "./queue.ts";

/** Why a message that was kept for a client is not sent to it. */
export type Undelivered = "expired" | "too large";

/** Undefined: it may be sent. */
export function undeliverable(
  outlet: Outlet,
  { message, qos, identifiers }: QueuedMessage,
  now: number,
): Undelivered | undefined {
  if (isVoid(message, now)) return "expired"; // [MQTT-3.3.2-5]
  if (outlet.maximumPacketSize >= MAX_PACKET_SIZE) return undefined;
  return takes(outlet, OutgoingPublish.of(message, now), qos, identifiers)
    ? undefined
    : "too large";
}
