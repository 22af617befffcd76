/**
 * The part of the table of metrics that is about the broker as a process, about how long things take, and what other
 * brokers count too. Invariants: as the table's; histograms are empty until someone has them measured.
 */
import type { AnswerMetric, Metric } from "./metric_table.ts";

/** Metrics of a broker; a client has none of them. */
export const VITAL_METRICS = {
  payloadBytesReceived: {
    kind: "counter",
    unit: "bytes",
    help: "payloads of PUBLISH packets from clients",
    topics: [],
  },
  payloadBytesSent: {
    kind: "counter",
    unit: "bytes",
    help: "payloads of PUBLISH packets to clients",
    topics: [],
  },
  connectionsOpened: {
    kind: "counter",
    unit: "connections",
    help: "connections that were opened to a listener, those that were refused too",
    topics: [],
  },
  connectReceived: {
    kind: "counter",
    unit: "packets",
    help: "CONNECT packets from clients",
    topics: [],
  },
  sessionsExpired: {
    kind: "counter",
    unit: "sessions",
    help: "sessions without a connection whose time was over",
    topics: [],
  },
  sharedSubscriptionsCount: {
    kind: "gauge",
    unit: "subscriptions",
    help: "subscriptions of all sessions that are shared",
    topics: [],
  },
  retainedBytes: {
    kind: "gauge",
    unit: "bytes",
    help: "topic names, payloads and properties of retained messages",
    topics: [],
  },
  queuedBytes: {
    kind: "gauge",
    unit: "bytes",
    help: "topic names, payloads and properties of messages that are queued",
    topics: [],
  },
  inflightBytes: {
    kind: "gauge",
    unit: "bytes",
    help: "payloads and properties of QoS 1 and 2 messages under way to clients",
    topics: [],
  },
  deliveryLatency: {
    kind: "histogram",
    unit: "microseconds",
    help:
      "from the read of a PUBLISH to the end of the write to a receiver, without messages that were queued",
    topics: ["messages/latency/{quantile}"],
  },
  eventLoopDelay: {
    kind: "histogram",
    unit: "microseconds",
    help: "how late a timer of a second was",
    topics: [],
  },
  residentMemory: {
    kind: "gauge",
    unit: "bytes",
    help: "memory of the process that is in RAM",
    topics: [],
  },
  heapUsed: {
    kind: "gauge",
    unit: "bytes",
    help: "JavaScript objects",
    topics: [],
  },
  systemMemory: {
    kind: "gauge",
    unit: "bytes",
    help: "memory of the machine: total, free, available; nothing without --allow-sys",
    labels: ["kind"],
    topics: [],
  },
  processorTime: {
    kind: "counter",
    unit: "seconds",
    help: "processor time of the process, of all its threads",
    topics: [],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** The histogram of each source's answers to each kind of question; deliveries are not timed. */
export const ANSWER_TIMES = {
  kind: "histogram",
  unit: "microseconds",
  help: "how long answers took",
  labels: ["source", "question"],
  questions: ["authenticate", "superuser", "authorize"],
  topics: [],
} as const satisfies AnswerMetric;
