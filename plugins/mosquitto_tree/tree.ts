/**
 * What mosquitto publishes under `$SYS/broker/`, from a broker's metrics, in its units. Invariant: its topics and the
 * form of their payloads are mosquitto's; heap is the resident memory of the process.
 */
import type { Metrics } from "../../plugin.ts";
import { Load } from "./load.ts";

/** One topic of the tree. */
export interface TreeValue {
  /** Below `$SYS/broker/`. */
  readonly topic: string;
  readonly value: number;
  /** As it is published. */
  readonly text: string;
  /** Does it only rise? */
  readonly isCounter: boolean;
}

/** The counters whose averages are published, by the topic: what of them is read. */
const LOADS: Readonly<Record<string, (metrics: Metrics) => number>> = {
  "messages/received": ({ packetsReceived }) => packetsReceived,
  "messages/sent": ({ packetsSent }) => packetsSent,
  "publish/dropped": dropped,
  "publish/received": ({ publishReceived }) => publishReceived,
  "publish/sent": ({ publishSent }) => publishSent,
  "bytes/received": ({ bytesReceived }) => bytesReceived,
  "bytes/sent": ({ bytesSent }) => bytesSent,
  "sockets": ({ connectionsOpened }) => connectionsOpened,
  "connections": ({ connectReceived }) => connectReceived,
};

const COUNTERS: Readonly<Record<string, (metrics: Metrics) => number>> = {
  "bytes/received": ({ bytesReceived }) => bytesReceived,
  "bytes/sent": ({ bytesSent }) => bytesSent,
  "messages/received": ({ packetsReceived }) => packetsReceived,
  "messages/sent": ({ packetsSent }) => packetsSent,
  "publish/messages/received": ({ publishReceived }) => publishReceived,
  "publish/messages/sent": ({ publishSent }) => publishSent,
  "publish/messages/dropped": dropped,
  "publish/bytes/received": ({ payloadBytesReceived }) => payloadBytesReceived,
  "publish/bytes/sent": ({ payloadBytesSent }) => payloadBytesSent,
  "clients/expired": ({ sessionsExpired }) => sessionsExpired,
};

const GAUGES: Readonly<Record<string, (metrics: Metrics) => number>> = {
  "clients/connected": ({ clientsConnected }) => clientsConnected,
  "clients/active": ({ clientsConnected }) => clientsConnected,
  "clients/disconnected": ({ clientsDisconnected }) => clientsDisconnected,
  "clients/inactive": ({ clientsDisconnected }) => clientsDisconnected,
  "clients/total": ({ clientsConnected, clientsDisconnected }) =>
    clientsConnected + clientsDisconnected,
  "clients/maximum": ({ clientsMaximum }) => clientsMaximum,
  "subscriptions/count": ({ subscriptionsCount, sharedSubscriptionsCount }) =>
    subscriptionsCount - sharedSubscriptionsCount,
  "shared_subscriptions/count": ({ sharedSubscriptionsCount }) => sharedSubscriptionsCount,
  "retained messages/count": ({ retainedCount }) => retainedCount,
  "messages/stored": stored,
  "store/messages/count": stored,
  "store/messages/bytes": ({ retainedBytes, queuedBytes, inflightBytes }) =>
    retainedBytes + queuedBytes + inflightBytes,
};

/** mosquitto's tree of one broker. */
export class MosquittoTree {
  readonly #metrics: Metrics;
  readonly #loads: readonly (readonly [string, Load])[];
  #updatedAt: number;
  #heapMaximum = 0;

  /** @param now milliseconds */
  constructor(metrics: Metrics, now: number) {
    this.#metrics = metrics;
    this.#updatedAt = now;
    this.#loads = Object.entries(LOADS).map(([topic, read]) => [topic, new Load(read(metrics))]);
  }

  /** Brings the averages up to date. */
  update(now: number): void {
    const elapsed = now - this.#updatedAt;
    this.#updatedAt = now;
    for (const [topic, load] of this.#loads) load.update(LOADS[topic]!(this.#metrics), elapsed);
  }

  /** Every topic. @param epoch milliseconds since 1970 */
  *values(epoch: number): Generator<TreeValue> {
    const metrics = this.#metrics;
    for (const [topic, read] of Object.entries(COUNTERS)) yield whole(topic, read(metrics), true);
    for (const [topic, read] of Object.entries(GAUGES)) yield whole(topic, read(metrics), false);
    const heap = metrics.residentMemory;
    this.#heapMaximum = Math.max(this.#heapMaximum, heap);
    yield whole("heap/current", heap, false);
    yield whole("heap/maximum", this.#heapMaximum, false);
    const uptime = Math.max(0, Math.floor((epoch - metrics.startedAt) / 1000));
    yield { topic: "uptime", value: uptime, text: `${uptime} seconds`, isCounter: false };
    for (const [topic, load] of this.#loads) {
      for (const { minutes, value } of load.averages) {
        const name = `load/${topic}/${minutes}min`;
        yield { topic: name, value, text: value.toFixed(2), isCounter: false };
      }
    }
  }
}

function whole(topic: string, value: number, isCounter: boolean): TreeValue {
  const rounded = Math.round(value);
  return { topic, value: rounded, text: String(rounded), isCounter };
}

function dropped({ messagesDropped }: Metrics): number {
  return Object.values(messagesDropped).reduce((sum, one) => sum + one, 0);
}

/** Each once for each client that is to get it. */
function stored({ retainedCount, messagesQueued, inflightOut }: Metrics): number {
  return retainedCount + messagesQueued + inflightOut;
}
