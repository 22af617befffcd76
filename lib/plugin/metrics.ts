/**
 * Counters and gauges.
 */

/** Counters and gauges, read when a property is read. */
export interface Metrics {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly publishReceived: number;
  readonly publishSent: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly clientsConnected: number;
  readonly clientsMaximum: number;
  /** Known sessions without a connection. */
  readonly clientsDisconnected: number;
  /** QoS > 0 exchanges under way, from clients. */
  readonly inflightIn: number;
  /** QoS > 0 exchanges under way, to clients. */
  readonly inflightOut: number;
  /** Messages queued for absent or slow clients. */
  readonly messagesQueued: number;
  /** Thrown away, by reason. */
  readonly messagesDropped: Readonly<Record<string, number>>;
  /** Without those under `$SYS`. */
  readonly retainedCount: number;
  readonly subscriptionsCount: number;
  /** Undefined on a client. */
  readonly access?: AccessMetrics | undefined;
}

/** What sources of access decisions are asked. */
export type AccessQuestion = "authenticate" | "superuser" | "authorize" | "receive";

/** How often a source gave which answer to one kind of question, since the start. */
export interface AnswerCounts {
  readonly allow: number;
  readonly deny: number;
  /** It had no opinion. */
  readonly ignore: number;
  /** It failed, whatever was made of that. */
  readonly error: number;
  /** Its answers that clients' caches (`acl_cache`) gave again. */
  readonly cacheHits: number;
  /** All its answers together; deliveries (receive) are not timed. */
  readonly microseconds: number;
  readonly worstMicroseconds: number;
}

/** One source and one kind of question. */
export interface SourceMetrics {
  /** The plugin's name. */
  readonly source: string;
  readonly question: AccessQuestion;
  readonly counts: AnswerCounts;
}

/** Access decisions since the start. */
export interface AccessMetrics {
  /** Questions that a client's cache could answer. What repeats a client's last publish is not even looked up. */
  readonly cacheHits: number;
  readonly cacheMisses: number;
  /** In the order of asking. */
  readonly sources: readonly SourceMetrics[];
  /** The plugins that ask a server and tell how it is doing. */
  readonly health: readonly { readonly source: string; readonly health: SourceHealth }[];
}

/** How a server that a plugin asks is doing. */
export interface SourceHealth {
  /** `unknown` until it was asked for the first time. */
  readonly state: "unknown" | "up" | "down";
  /** Since when, epoch milliseconds. */
  readonly since: number;
  /** The last failure in one line, also when it is up again. */
  readonly lastError: string | undefined;
  /** Questions since the start. */
  readonly answered: number;
  readonly failed: number;
}
