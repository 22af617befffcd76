/**
 * The broker's numbers: how each row of the table of metrics is read from the core. Invariant: each is computed when
 * it is read.
 */
import { NO_HISTOGRAM } from "../../histogram.ts";
import { faultText } from "../../plugin/fault.ts";
import { liveMetrics, type MetricReaders } from "../../plugin/live_metrics.ts";
import type { AccessMetrics, Metrics, StorageMetrics } from "../../plugin/metrics.ts";
import { maskedUrls } from "../../secrets.ts";
import type { Core } from "../core.ts";
import { processorTime, systemMemory } from "../../process_use.ts";

const READERS: MetricReaders<Core> = {
  startedAt: ({ startedAt }) => startedAt,
  bytesReceived: ({ traffic }) => traffic.bytesReceived,
  bytesSent: ({ traffic }) => traffic.bytesSent,
  packetsReceived: ({ traffic }) => traffic.packetsReceived,
  packetsSent: ({ traffic }) => traffic.packetsSent,
  publishReceived: ({ traffic }) => traffic.publishReceived,
  publishSent: ({ traffic }) => traffic.publishSent,
  clientsConnected: ({ connectedCount }) => connectedCount,
  clientsMaximum: ({ clientsMaximum }) => clientsMaximum,
  clientsDisconnected: ({ sessions }) => sessions.detachedCount,
  connectionsClosed: ({ closes }) => closes.byReason,
  connectionsRefused: ({ refusals }) => refusals.byReason,
  connectionsOverRate: ({ refusals }) => refusals.of("connection rate exceeded"),
  connectionsBanned: ({ refusals }) => refusals.of("banned"),
  clientsSlowed: ({ slowdowns }) => slowdowns.byReason,
  bansCount: ({ bans }) => bans.size,
  inflightIn: ({ totals }) => totals.inflightIn,
  inflightOut: ({ totals }) => totals.inflightOut,
  messagesQueued: ({ totals }) => totals.queued,
  messagesDropped: ({ drops }) => drops.byReason,
  retainedCount: ({ retained }) => retained.count,
  subscriptionsCount: ({ tree }) => tree.count,
  subscriptionsRefused: ({ refusedSubscriptions }) => refusedSubscriptions.byReason,
  certificateDaysLeft: ({ certificateDaysLeft }) => certificateDaysLeft(),
  payloadBytesReceived: ({ traffic }) => traffic.payloadBytesReceived,
  payloadBytesSent: ({ traffic }) => traffic.payloadBytesSent,
  connectionsOpened: ({ connections }) => connections.opened,
  connectReceived: ({ connections }) => connections.introduced,
  sessionsExpired: ({ sessions }) => sessions.expired,
  sharedSubscriptionsCount: ({ tree }) => tree.sharedCount,
  retainedBytes: ({ retained }) => retained.bytes,
  queuedBytes: ({ totals }) => totals.queuedBytes,
  inflightBytes: ({ totals }) => totals.inflightOutBytes,
  deliveryLatency: ({ traffic }) => traffic.latency?.histogram.view ?? NO_HISTOGRAM,
  eventLoopDelay: ({ vitals }) => vitals.eventLoopDelay.view,
  residentMemory: () => Deno.memoryUsage().rss,
  heapUsed: () => Deno.memoryUsage().heapUsed,
  systemMemory,
  processorTime,
  storage: storageMetrics,
  access: ({ access, accessCounters: { cacheHits, cacheMisses }, plugins }) => (
    { cacheHits, cacheMisses, sources: access.metrics, health: healthOf(plugins) }
  ),
};

/** A broker's metrics. */
export function coreMetrics(core: Core): Metrics {
  return liveMetrics(core, READERS);
}

function storageMetrics({ journal, config: { storage } }: Core): StorageMetrics | undefined {
  if (journal === undefined || storage === undefined) return undefined;
  const { tally, log, pendingBytes } = journal;
  return {
    durability: storage.durability,
    place: maskedUrls(storage.plugin ?? storage.path),
    state: tally.isFailing ? "down" : "up",
    since: tally.since,
    lastError: tally.lastError,
    bytes: log.stats?.size ?? 0,
    written: log.stats?.written ?? tally.bytes,
    writes: tally.writes,
    failures: tally.failures,
    lastWrite: tally.lastMs,
    pending: pendingBytes,
    failing: tally.failingMs,
    times: { writeTime: tally.times.view },
  };
}

function healthOf(plugins: Core["plugins"]): AccessMetrics["health"] {
  return plugins.flatMap(({ name, hooks, logger, module }) => {
    try {
      return hooks.health === undefined ? [] : [{ source: name, health: hooks.health() }];
    } catch (cause) {
      logger.error(`hook health failed: ${faultText(cause, module)}`);
      return [];
    }
  });
}
