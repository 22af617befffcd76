/**
 * The limits among the broker's configuration keys. Adding one takes a row here; what it is called in
 * `core.config.limits` follows from its name.
 */
import { countLimit, duration, durationLimit, field, inflight, sizeLimit } from "./fields.ts";
import type { DurationText, SizeText } from "./fields.ts";
import { MQTT_LIMITS } from "./mqtt_keys.ts";
import { key } from "./table.ts";
import { noneAsInfinity, readDuration } from "./units.ts";

/** Null is never, as in aMQTT. */
const sessionExpiry = field<number, DurationText | null>(
  (value) => value === null ? Infinity : noneAsInfinity(readDuration(value)),
  "a duration such as 3600 (seconds), 2h, 7d, or 0 for never",
  { unit: "seconds", takesNull: true },
);

/** NaN: as much as the machine has for the broker. */
const memory = field<number, SizeText>(
  (value) => value === "auto" ? NaN : sizeLimit.read(value),
  "a size such as 512MiB, auto, or 0 for no limit",
  { unit: "bytes" },
);

/** How much, and how many. */
export const SIZE_LIMITS = {
  max_packet_size: key({
    type: sizeLimit,
    default: "10MiB",
    doc:
      "Largest packet that a client may send. Of a larger message nothing is kept: it is acknowledged, dropped " +
      "and counted, for a client would send it again for ever. Any other larger packet closes the connection, and so " +
      "does a larger message of MQTT 5 (0x95), whose client CONNACK has told the limit.",
  }),
  max_skipped_size: key({
    type: sizeLimit,
    default: "256MiB",
    doc:
      "Largest message over max_packet_size that is read past so; a larger one closes its connection.",
  }),
  max_connect_size: key({
    type: sizeLimit,
    default: 330_000,
    doc:
      "Largest packet before a client is let in; the largest that CONNECT can be has 327699 bytes. A larger one " +
      "closes the connection.",
  }),
  max_client_id_length: key({
    type: sizeLimit,
    default: 1024,
    doc:
      "Longest client id in bytes of UTF-8; a longer one is refused with CONNACK 2 (MQTT 5: 0x85). MQTT itself allows 65535.",
  }),
  max_topic_levels: key({
    type: countLimit,
    default: 128,
    doc: "Most levels of a topic (a/b/c has three).",
  }),
  max_topic_length: key({
    type: sizeLimit,
    default: 65_535,
    doc: "Longest topic in bytes of UTF-8; MQTT itself allows no more than 65535.",
  }),
  max_inflight: key({
    type: inflight,
    default: 100,
    doc:
      "QoS 1 and 2 messages under way to one client that has not acknowledged them; 0 stands for 65535.",
  }),
  max_inflight_bytes: key({
    type: sizeLimit,
    default: "4MiB",
    doc:
      "Bytes of those messages. Where they are reached, or passed by one message, the next ones wait in the queue.",
  }),
  receive_maximum: key({
    type: inflight,
    default: 1000,
    doc:
      "QoS 2 messages of one client whose PUBREL has not come; one more closes its connection (MQTT 5: 0x93, and " +
      "CONNACK has told the limit). 0 stands for 65535.",
  }),
  max_queued_messages: key({
    type: countLimit,
    default: 1000,
    doc:
      "QoS 1 and 2 messages kept for one client that is away or slow; beyond it new ones are dropped.",
  }),
  max_queued_bytes: key({
    type: sizeLimit,
    default: "4MiB",
    doc: "Bytes of those messages.",
  }),
  max_connections: key({
    type: countLimit,
    default: 65_536,
    doc: "Connections at a time on all listeners together. An idle one takes 11 KiB.",
  }),
  max_sessions: key({
    type: countLimit,
    default: 100_000,
    doc:
      "Sessions, those without a connection included; beyond it a client that has none is refused with CONNACK 3 " +
      "(MQTT 5: 0x97).",
  }),
  max_subscriptions: key({
    type: countLimit,
    default: 10_000,
    doc: "Subscriptions of one client; beyond it a filter gets 0x80 in SUBACK.",
  }),
  max_subscription_bytes: key({
    type: sizeLimit,
    default: "1MiB",
    doc: "Bytes of the filters of one client; beyond it a filter gets 0x80 too.",
  }),
  max_retained: key({
    type: countLimit,
    default: 100_000,
    doc: "Retained messages; beyond it new topics are not retained.",
  }),
  max_retained_bytes: key({
    type: sizeLimit,
    default: "128MiB",
    doc:
      "Bytes of their payloads and topics; beyond it a message is delivered but not retained, and its topic keeps " +
      "what it has.",
  }),
  max_write_backlog: key({
    type: sizeLimit,
    default: "256KiB",
    doc:
      "Bytes waiting to be sent to one client; beyond it QoS 0 is dropped, QoS 1 and 2 are queued.",
  }),
  max_total_write_backlog: key({
    type: sizeLimit,
    default: "64MiB",
    doc: "The same for all clients together.",
  }),
  max_cached_topics: key({
    type: countLimit,
    default: 16_384,
    doc:
      "Topics whose receivers are remembered between messages, 16 receivers a topic on the average; about 1 KiB each.",
  }),
  max_incidents: key({
    type: countLimit,
    default: 9000,
    doc: "What midge why can tell of the last hour; about 400 bytes each.",
  }),
  max_memory: key({
    type: memory,
    default: "auto",
    doc:
      "Memory of the whole broker. From 85 % of it on new connections are refused (CONNACK 3), from 92 % on QoS 0 " +
      "messages are dropped too, from 100 % on nothing new is retained, queued or subscribed (0x80). auto: three quarters " +
      "of the smallest of cgroup limit, machine, and V8's heap limit with 256 MiB beside it.",
  }),
};

/** How long. */
export const TIME_LIMITS = {
  connect_timeout: key({
    type: durationLimit,
    default: "10s",
    doc: "How long a new connection may take to send its CONNECT packet.",
  }),
  session_expiry_interval: key({
    type: sessionExpiry,
    default: "7d",
    doc:
      "How long a session without a connection is kept (clients that connect with clean session off). MQTT " +
      "would keep it for ever; clients that never come back would then fill the memory. A client of MQTT 5 says itself " +
      "how long; it gets no more than this, and CONNACK tells it. null or 0: for ever, as in aMQTT.",
  }),
  will_grace: key({
    type: duration,
    default: "30s",
    doc:
      "After a start: how long the wills of clients that were connected wait for them to come back, or their own delay " +
      "where that is longer.",
  }),
  timeout_disconnect_delay: key({
    type: duration,
    default: 0,
    doc: "Added to one and a half keep-alive intervals before a silent client is taken for dead.",
  }),
};

/** All limits. */
export const LIMIT_KEYS = { ...SIZE_LIMITS, ...TIME_LIMITS, ...MQTT_LIMITS };

/** @internal */
export type LimitKeys = typeof LIMIT_KEYS;
