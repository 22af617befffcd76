/**
 * The keys of the client's configuration that are about MQTT 5, and the one that chooses the version. Invariant: none
 * of them is needed; a client that is given none of them speaks 3.1.1.
 */
import {
  anyText,
  type DurationText,
  field,
  flag,
  oneOf,
  secretText,
  text,
} from "../config/fields.ts";
import { isMapping } from "../config/keys.ts";
import { key } from "../config/table.ts";
import { readCount, readDuration } from "../config/units.ts";
import { topicNameProblem } from "../topic/filter.ts";
import type { ProtocolLevel } from "../wire/packets.ts";
import type { UserProperty } from "../wire/properties.ts";

/** Seconds that stand for ever: 0xFFFFFFFF. */
export const NEVER = 0xffff_ffff;

/** How people write user properties: by name, or as pairs where a name comes again. */
export type UserPropertiesOption =
  | Readonly<Record<string, string>>
  | readonly UserProperty[];

const VERSIONS: readonly (readonly [RegExp, ProtocolLevel])[] = [
  [/^(?:mqttv?)?5(?:\.0)?$/, 5],
  [/^(?:mqttv?)?(?:311|3\.1\.1|4)$/, 4],
  [/^(?:mqttv?)?(?:31|3\.1|3)$/, 3],
];

/** The protocol level of a version as people write it: 5, 3.1.1, mqttv311; undefined for none. */
export function readVersion(value: unknown): ProtocolLevel | undefined {
  const text = String(value).toLowerCase();
  return VERSIONS.find(([pattern]) => pattern.test(text))?.[1];
}

const version = field<ProtocolLevel, number | string>(readVersion, "5, 3.1.1 or 3.1");

/** Whole seconds up to `most`; `unit` of what people write is seconds too. */
function seconds(most: number, expected: string) {
  return field<number, DurationText>(
    (value) => {
      const milliseconds = readDuration(value);
      if (milliseconds === undefined) {
        return value === "never" && most === NEVER ? NEVER : undefined;
      }
      const whole = Math.ceil(milliseconds / 1000);
      return whole <= most ? whole : undefined;
    },
    expected,
    { unit: "seconds" },
  );
}

const DURATION = "a duration such as 10 (seconds), 5m, 2h, 7d";
const lasting = seconds(NEVER, `${DURATION}, or never`);
const time = seconds(NEVER - 1, DURATION);

function upTo(least: number, most: number) {
  return field<number>((value) => {
    const read = readCount(value);
    return read !== undefined && read >= least && read <= most ? read : undefined;
  }, `a whole number from ${least} to ${most}`);
}

/** A topic name: no wildcards. */
const topicName = field<string>(
  (value) => typeof value === "string" && topicNameProblem(value) === undefined ? value : undefined,
  "a topic name",
);

const userProperties = field<readonly UserProperty[], UserPropertiesOption>((value) => {
  const pairs = Array.isArray(value) ? value : isMapping(value) ? Object.entries(value) : undefined;
  return pairs?.every(isPair) ? pairs : undefined;
}, "a mapping from names to texts, or a list of [name, text]");

function isPair(value: unknown): value is UserProperty {
  return Array.isArray(value) && value.length === 2 &&
    value.every((one) => typeof one === "string");
}

/** In `connection`: how the client proves who it is, beside username and password. */
export const AUTHENTICATION_KEYS = {
  authentication_method: key({
    type: text,
    doc:
      "MQTT 5's enhanced authentication: SCRAM-SHA-256 or SCRAM-SHA-512 with the username and password above, which " +
      "then do not leave this machine; or another method with its data.",
  }),
  authentication_data: key({ type: secretText }),
};

/** At the top: the version, and what CONNECT of MQTT 5 says. */
export const MQTT5_KEYS = {
  protocol_version: key({
    type: version,
    doc: "5, 3.1.1 or 3.1. Default: 5 where a key is there that only MQTT 5 has, else 3.1.1.",
  }),
  session_expiry_interval: key({
    type: lasting,
    doc:
      "MQTT 5: so long the broker keeps the session without a connection; never: for ever, the default with " +
      "cleansession: false.",
  }),
  receive_maximum: key({
    type: upTo(1, 65_535),
    doc: "MQTT 5: QoS 1 and 2 messages that the broker may have under way at once.",
  }),
  topic_alias_maximum: key({
    type: upTo(0, 65_535),
    doc: "MQTT 5: topic aliases that the broker may use at once; default 32.",
  }),
  request_response_information: key({
    type: flag,
    doc: "MQTT 5: ask the broker where responses may be sent to.",
  }),
  request_problem_information: key({
    type: flag,
    doc: "MQTT 5: false asks the broker for no reasons in words.",
  }),
  user_properties: key({
    type: userProperties,
    example: { room: "kitchen" },
    doc: "MQTT 5: of CONNECT.",
  }),
};

/** In `will`: the properties of MQTT 5. */
export const WILL5_KEYS = {
  delay_interval: key({
    type: lasting,
    doc: "MQTT 5: published so long after the connection is lost, if it has not come back.",
  }),
  message_expiry_interval: key({ type: time, doc: "MQTT 5: properties of the message." }),
  payload_format_indicator: key({ type: oneOf(0, 1) }),
  content_type: key({ type: anyText }),
  response_topic: key({ type: topicName }),
  correlation_data: key({ type: anyText }),
  user_properties: key({ type: userProperties }),
};
