/**
 * The table of metrics: what is counted and measured, a row each. Their types, the topics below `$SYS/broker/` and
 * `midge ctl status` come from it. Invariants: a row says what a number is, and holds none; the order is that of
 * `midge ctl status`.
 */
import type { AccessQuestion } from "./decisions.ts";
import { VITAL_METRICS } from "./vital_metrics.ts";

/** What a metric is, whatever it reads. */
export interface Metric {
  /** A counter rises from the start on, a gauge goes up and down, a histogram has how often values were how large. */
  readonly kind: "counter" | "gauge" | "histogram";
  /** What it is counted or measured in. */
  readonly unit:
    | "bytes"
    | "packets"
    | "messages"
    | "clients"
    | "sessions"
    | "connections"
    | "exchanges"
    | "subscriptions"
    | "questions"
    | "answers"
    | "bans"
    | "writes"
    | "seconds"
    | "milliseconds"
    | "microseconds"
    | "days"
    | "milliseconds since 1970";
  /** For people, in one line. */
  readonly help: string;
  /** What tells the values of a map apart; a metric without is one number. */
  readonly labels?: readonly string[];
  /**
   * Below `$SYS/broker/`. `{reason}` stands for the value of that label; a topic without labels has the sum, and
   * one that several rows name the sum of them all. Of a histogram `{quantile}` stands for `p50` and `p99`.
   */
  readonly topics: readonly string[];
  /** The line of `midge ctl status` that shows it, and the words behind its number there. */
  readonly status?: { readonly line: string; readonly words: string };
}

/** A number of the answers that one source gave to one kind of question. */
export interface AnswerMetric extends Metric {
  /** The kinds of question for which it is published; absent: all. */
  readonly questions?: readonly AccessQuestion[];
  /** Behind its number in the source's line of `midge ctl status`; absent: not shown by itself. */
  readonly words?: string;
}

/** A broker's or a client's metrics. */
export const METRICS = {
  startedAt: {
    kind: "gauge",
    unit: "milliseconds since 1970",
    help: "when the broker, or the client, was made",
    topics: [],
  },
  clientsConnected: {
    kind: "gauge",
    unit: "clients",
    help: "clients connected now",
    topics: ["clients/connected", "clients/total"],
    status: { line: "clients", words: "connected" },
  },
  clientsMaximum: {
    kind: "gauge",
    unit: "clients",
    help: "most clients connected at once",
    topics: ["clients/maximum"],
    status: { line: "clients", words: "at most so far" },
  },
  clientsDisconnected: {
    kind: "gauge",
    unit: "sessions",
    help: "known sessions without a connection",
    topics: ["clients/disconnected", "clients/total"],
    status: { line: "clients", words: "sessions without a connection" },
  },
  publishReceived: {
    kind: "counter",
    unit: "packets",
    help: "PUBLISH packets from clients",
    topics: ["messages/publish/received"],
    status: { line: "messages", words: "in" },
  },
  publishSent: {
    kind: "counter",
    unit: "packets",
    help: "PUBLISH packets to clients",
    topics: ["messages/publish/sent"],
    status: { line: "messages", words: "out" },
  },
  messagesQueued: {
    kind: "gauge",
    unit: "messages",
    help: "messages queued for absent or slow clients",
    topics: ["messages/inflight/stored"],
    status: { line: "messages", words: "queued" },
  },
  messagesDropped: {
    kind: "counter",
    unit: "messages",
    help: "messages thrown away, by reason",
    labels: ["reason"],
    topics: ["messages/dropped", "messages/dropped/{reason}"],
    status: { line: "messages", words: "dropped" },
  },
  retainedCount: {
    kind: "gauge",
    unit: "messages",
    help: "retained messages, without those under $SYS",
    topics: ["messages/retained/count"],
    status: { line: "messages", words: "retained" },
  },
  bytesReceived: {
    kind: "counter",
    unit: "bytes",
    help: "bytes from clients' connections",
    topics: ["load/bytes/received"],
    status: { line: "traffic", words: "bytes in" },
  },
  bytesSent: {
    kind: "counter",
    unit: "bytes",
    help: "bytes to clients' connections",
    topics: ["load/bytes/sent"],
    status: { line: "traffic", words: "bytes out" },
  },
  subscriptionsCount: {
    kind: "gauge",
    unit: "subscriptions",
    help: "subscriptions of all sessions",
    topics: ["messages/subscriptions/count"],
    status: { line: "subscribed", words: "subscriptions" },
  },
  subscriptionsRefused: {
    kind: "counter",
    unit: "subscriptions",
    help: "subscriptions over a limit of the broker, by the limit",
    labels: ["reason"],
    topics: [],
  },
  packetsReceived: {
    kind: "counter",
    unit: "packets",
    help: "MQTT packets of all kinds from clients",
    topics: ["messages/received"],
  },
  packetsSent: {
    kind: "counter",
    unit: "packets",
    help: "MQTT packets of all kinds to clients",
    topics: ["messages/sent"],
  },
  inflightIn: {
    kind: "gauge",
    unit: "exchanges",
    help: "QoS 1 and 2 exchanges under way from clients",
    topics: ["messages/inflight", "messages/inflight/in"],
  },
  inflightOut: {
    kind: "gauge",
    unit: "exchanges",
    help: "QoS 1 and 2 exchanges under way to clients",
    topics: ["messages/inflight", "messages/inflight/out"],
  },
  connectionsClosed: {
    kind: "counter",
    unit: "connections",
    help: "connections that ended, by reason",
    labels: ["reason"],
    topics: ["clients/closed/{reason}"],
  },
  connectionsRefused: {
    kind: "counter",
    unit: "connections",
    help: "connections and CONNECTs that were refused, by reason",
    labels: ["reason"],
    topics: ["clients/refused/{reason}"],
  },
  certificateDaysLeft: {
    kind: "gauge",
    unit: "days",
    help:
      "how long until a listener's certificate expires, of several the first one; below 0: it has",
    labels: ["listener"],
    topics: ["listeners/{listener}/certificate/days_left"],
  },
  connectionsOverRate: {
    kind: "counter",
    unit: "connections",
    help: "connections closed at once: more than max_conn_rate_per_address",
    topics: [],
    status: { line: "limits", words: "connections over the rate" },
  },
  connectionsBanned: {
    kind: "counter",
    unit: "connections",
    help: "connections and CONNECTs that a ban refused",
    topics: [],
    status: { line: "limits", words: "refused by a ban" },
  },
  clientsSlowed: {
    kind: "counter",
    unit: "clients",
    help: "clients that began to send faster than they may, and are read more slowly, by the limit",
    labels: ["limit"],
    topics: ["clients/slowed/{limit}"],
    status: { line: "limits", words: "slowed down" },
  },
  bansCount: {
    kind: "gauge",
    unit: "bans",
    help: "bans in force",
    topics: [],
    status: { line: "limits", words: "bans" },
  },
  ...VITAL_METRICS,
} as const satisfies Readonly<Record<string, Metric>>;

/** Metrics of access decisions as a whole. */
export const ACCESS_METRICS = {
  cacheHits: {
    kind: "counter",
    unit: "questions",
    help:
      "questions that a client's cache answered; one that repeats its last publish is not looked up",
    topics: ["access/cache/hits"],
    status: { line: "acl cache", words: "hits" },
  },
  cacheMisses: {
    kind: "counter",
    unit: "questions",
    help: "questions that a client's cache could have answered, and did not",
    topics: ["access/cache/misses"],
    status: { line: "acl cache", words: "misses" },
  },
} as const satisfies Readonly<Record<string, Metric>>;

const ANSWERS = { kind: "counter", unit: "answers", labels: ["source", "question"] } as const;
const TIMES = {
  unit: "microseconds",
  labels: ["source", "question"],
  questions: ["authenticate", "superuser", "authorize"],
} as const;

/** Metrics of each source's answers to each kind of question. */
export const ANSWER_METRICS = {
  allow: {
    ...ANSWERS,
    help: "allowed",
    topics: ["access/{source}/{question}/allow"],
    words: "allow",
  },
  deny: {
    ...ANSWERS,
    help: "denied",
    topics: ["access/{source}/{question}/deny"],
    words: "deny",
  },
  ignore: {
    ...ANSWERS,
    help: "had no opinion",
    topics: ["access/{source}/{question}/ignore"],
    words: "no opinion",
  },
  error: {
    ...ANSWERS,
    help: "failed, whatever was made of that",
    topics: ["access/{source}/{question}/error"],
    words: "failed",
  },
  cacheHits: {
    ...ANSWERS,
    help: "answers that clients' caches (acl_cache) gave again",
    topics: ["access/{source}/{question}/cache_hits"],
    questions: ["authorize"],
    words: "from the cache",
  },
  microseconds: {
    ...TIMES,
    kind: "counter",
    help: "time that all answers together took",
    topics: ["access/{source}/{question}/time/total"],
  },
  worstMicroseconds: {
    ...TIMES,
    kind: "gauge",
    help: "time that the slowest answer took",
    topics: ["access/{source}/{question}/time/worst"],
  },
} as const satisfies Readonly<Record<string, AnswerMetric>>;
