/**
 * Wills, section 3.1.2.5. Called at the end of a connection that did not send DISCONNECT. Invariant: a will is
 * checked when it is published, as its client's publish.
 */
import type { Will } from "../../wire/packets.ts";
import { OutgoingPublish } from "../../session/message.ts";
import { encodeUtf8 } from "../../wire/utf8.ts";
import { rulingOf } from "../authorize.ts";
import type { ClientInfo } from "../client.ts";
import type { Core } from "../core.ts";
import { broadcast, noteDenied } from "./publish.ts";
import { dropped } from "../route.ts";

/** Publishes a client's will, if the client may publish it. */
export function publishWill(core: Core, info: ClientInfo, will: Will): void {
  const { topicName, payload, qos, retain } = will;
  const topic = encodeUtf8(topicName, "will topic");
  const publish = new OutgoingPublish(topicName, topic, payload, qos, retain, "client", undefined);
  if (topicName.startsWith("$")) return dropped(core, info, publish, "$ topic");
  const question = { client: info, action: "publish", topic: topicName, qos, retain } as const;
  const ruling = rulingOf(core, question, new AbortController());
  if (!(ruling instanceof Promise)) return decided(ruling.allowed, ruling.because);
  ruling.then(
    ({ allowed, because }) => decided(allowed, because),
    (cause: unknown) => core.logger.error(`will of ${info} failed: ${cause}`),
  );

  function decided(allowed: boolean, because: string): void {
    if (allowed) broadcast(core, publish, info);
    else noteDenied(core, info, publish, because);
  }
}
