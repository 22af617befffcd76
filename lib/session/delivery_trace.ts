/** What a session tells of what it sends, while someone looks. Invariant: types only. */
import type { Message } from "./message.ts";
import type { KnownSession } from "./services.ts";
import type { QoS } from "../wire/packets.ts";

/** A message that leaves for a client. */
export interface Sending {
  readonly message: Message;
  readonly qos: QoS;
  /** 0: it has none. */
  readonly packetId: number;
  /** Was it sent before? */
  readonly isAgain: boolean;
}

/** One who looks. */
export interface DeliveryTrace {
  sent(session: KnownSession, sending: Sending): void;
}
