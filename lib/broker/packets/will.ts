/**
 * Wills, section 3.1.2.5. Invariant: a will is checked when it is published, as its client's publish; its grammar and
 * limits were checked at CONNECT.
 */
import { OutgoingPublish } from "../../session/outgoing.ts";
import type { Will } from "../../wire/packets.ts";
import { encodeUtf8 } from "../../wire/utf8.ts";
import { rulingOf } from "../authorize.ts";
import { broadcast } from "../broadcast.ts";
import type { ClientInfo } from "../client_info.ts";
import type { Core } from "../core.ts";
import { dropped } from "../deliver.ts";
import { Drop } from "../drops.ts";
import { reservedObjection } from "../laws.ts";
import { noteDenied, noteReserved } from "./publish.ts";

/** Publishes a client's will, if the client may publish it. */
export function publishWill(core: Core, info: ClientInfo, will: Will): void {
  const { topicName, payload, qos, retain } = will;
  const topic = encodeUtf8(topicName, "will topic");
  const values = { topicName, topic, payload, qos, retain, origin: "client" } as const;
  const publish = OutgoingPublish.fromValues(values);
  const reserved = reservedObjection(topicName, core.config.access.allowDollarTopics);
  if (reserved !== undefined) {
    noteReserved(core, info, topicName, reserved);
    return dropped(core, info, publish, Drop.DOLLAR_TOPIC);
  }
  const question = { client: info, action: "publish", topic: topicName, qos, retain } as const;
  const ruling = rulingOf(core, question, new AbortController());
  if (!(ruling instanceof Promise)) return decided(ruling.allowed, ruling.because);
  ruling.then(
    ({ allowed, because }) => decided(allowed, because),
    (cause: unknown) => core.logs.faults.error(`will of ${info} failed: ${cause}`),
  );

  function decided(allowed: boolean, because: string): void {
    if (allowed) broadcast(core, publish, info);
    else noteDenied(core, info, publish, because);
  }
}
