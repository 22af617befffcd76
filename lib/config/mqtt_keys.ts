/**
 * The configuration keys about what of MQTT is offered: clients of MQTT 5 are told in CONNACK, those of 3.1.1 find out.
 * Invariant: the defaults offer everything.
 */
import { durationLimit, field, flag, oneOf } from "./fields.ts";
import { key } from "./table.ts";
import { readCount } from "./units.ts";

const MOST_ALIASES = 65_535;

const aliases = field<number>((value) => {
  const read = readCount(value);
  return read !== undefined && read <= MOST_ALIASES ? read : undefined;
}, `a whole number up to ${MOST_ALIASES}, or 0 for none`);

const responseInformation = field<string>(
  (value) => typeof value === "string" && /^[^+#\0]*$/.test(value) ? value : undefined,
  "the beginning of a topic, without + and #, or nothing",
);

/** What is offered. */
export const MQTT_LIMITS = {
  max_qos: key({
    type: oneOf(0, 1, 2),
    default: 2,
    doc:
      "The highest QoS: subscriptions are granted no higher one, and a message or will above it is refused " +
      "(MQTT 5: 0x9B) and closes its connection.",
  }),
  retain_available: key({
    type: flag,
    default: true,
    doc:
      "Are retained messages kept? With false a message or will that is to be retained is refused (MQTT 5: 0x9A) and " +
      "closes its connection.",
  }),
  wildcard_subscriptions: key({
    type: flag,
    default: true,
    doc: "May filters have + and #? With false one that has is refused in SUBACK (MQTT 5: 0xA2).",
  }),
  shared_subscriptions: key({
    type: flag,
    default: true,
    doc:
      "Are there shared subscriptions ($share/GROUP/FILTER)? With false one is refused in SUBACK (MQTT 5: 0x9E).",
  }),
  subscription_identifiers: key({
    type: flag,
    default: true,
    doc:
      "May subscriptions have identifiers? With false one that has closes its connection (MQTT 5: 0xA1).",
  }),
  max_keep_alive: key({
    type: durationLimit,
    default: 0,
    doc:
      "The longest keep-alive: a client of MQTT 5 that asks for a longer one, or for none, is told this one; one of " +
      "3.1.1 cannot be told, and is treated as it asked.",
  }),
  topic_alias_maximum: key({
    type: aliases,
    default: 32,
    doc:
      "Topic aliases (MQTT 5) that a client may use at a time, and that the broker uses towards a client that takes " +
      "them; 0: none.",
  }),
  response_information: key({
    type: responseInformation,
    default: "",
    doc:
      "What a client of MQTT 5 is told that asks for response information: where it may put its response topics, such " +
      "as answers/%c. %c is its client id, %u its username; a client that has none, or one with /, + or #, is told " +
      "nothing. It gives no right: who may subscribe there is up to the rules. Empty: no one is told anything.",
  }),
  full_queue: key({
    type: oneOf("drop", "refuse"),
    default: "drop",
    doc:
      "A QoS 1 or 2 message whose receivers have all full queues: with drop it is acknowledged and they lose it; with " +
      "refuse a publisher of MQTT 5 is answered 0x97, and no one gets it.",
  }),
  check_payload_format: key({
    type: flag,
    default: false,
    doc:
      "Is a payload that its publisher calls UTF-8 (payload format indicator 1) looked at? With true one that is not is " +
      "refused with 0x99.",
  }),
};
