/**
 * Wills, section 3.1.2.5. Invariant: a will is checked when it is published, as its client's publish; its grammar and
 * limits were checked at CONNECT.
 */
import { MessageProperties } from "../../wire/message_properties.ts";
import type { Will } from "../../wire/packets.ts";
import type { CodedReason } from "../../wire/codes.ts";
import type { Client } from "../client.ts";
import { OutgoingPublish } from "../../session/outgoing.ts";
import { encodeUtf8 } from "../../wire/utf8.ts";
import { rulingOf } from "../authorize.ts";
import { broadcast } from "../broadcast.ts";
import type { ClientInfo } from "../client_info.ts";
import type { ClientWill } from "../wills.ts";
import type { Core } from "../core.ts";
import { dropped } from "../deliver.ts";
import { Drop } from "../drops.ts";
import { checkWillTopic, offerObjection, reservedObjection } from "../laws.ts";
import { noteDenied, noteReserved } from "./denials.ts";

/**
 * Takes the will of a CONNECT; its bytes are copied.
 * @returns why it can never be published; undefined: it can
 * @throws ProtocolError for a topic that no one may publish to
 */
export function takeWill(client: Client, will: Will): CodedReason | undefined {
  const { topicName, payload, qos, retain, properties } = will;
  const { limits } = client.core.config;
  checkWillTopic(topicName, limits);
  const objection = offerObjection("will", limits, will);
  if (objection !== undefined) return objection;
  client.will = {
    topicName,
    payload: payload.slice(),
    qos,
    retain,
    delay: (properties?.willDelayInterval ?? 0) * 1000,
    properties: MessageProperties.of(properties),
  };
  return undefined;
}

/** Publishes a client's will, if the client may publish it. A promise where a source has to be asked; it never rejects. */
export function publishWill(
  core: Core,
  info: ClientInfo,
  will: ClientWill,
): void | Promise<void> {
  const { topicName, payload, qos, retain, properties } = will;
  const topic = encodeUtf8(topicName, "will topic");
  const values = { topicName, topic, payload, qos, retain, origin: "client", properties } as const;
  const publish = OutgoingPublish.fromValues(values);
  const reserved = reservedObjection(topicName, core.config.access.allowDollarTopics);
  if (reserved !== undefined) {
    noteReserved(core, info, topicName, reserved);
    return dropped(core, info, publish, Drop.DOLLAR_TOPIC);
  }
  const question = { client: info, action: "publish", topic: topicName, qos, retain } as const;
  const ruling = rulingOf(core, question, new AbortController());
  if (!(ruling instanceof Promise)) return decided(ruling.allowed, ruling.because);
  return ruling.then(
    ({ allowed, because }) => decided(allowed, because),
    (cause: unknown) => core.logs.faults.error(`will of ${info} failed: ${cause}`),
  );

  function decided(allowed: boolean, because: string): void {
    if (allowed) broadcast(core, publish, info);
    else noteDenied(core, info, publish, because);
  }
}
