/**
 * A journal over a log whose writes end when the test says so, and sessions that are lists. Invariant: what the log holds
 * at any moment is what a crash at that moment leaves.
 */
import type { InflightMessage } from "../../lib/session/inflight.ts";
import { Message } from "../../lib/session/message.ts";
import type { QueuedMessage } from "../../lib/session/queue.ts";
import type { Batch, BatchLog } from "../../lib/storage/batch_log.ts";
import { Journal } from "../../lib/storage/journal.ts";
import type { RecordedSession, SessionRecorder } from "../../lib/storage/session_recorder.ts";
import type { StoredClient, StoredSession } from "../../lib/storage/state.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { replayed } from "../support/replayed.ts";
import { turn } from "../support/until.ts";

/** A log whose writes are safe when `next` is called. */
class HeldLog implements BatchLog {
  readonly batches: Batch[] = [];
  #waiting: { batch: Batch; resolve: () => void } | undefined;

  async *load(): AsyncGenerator<Batch> {}

  append(batch: Batch): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { batch: { ...batch, body: batch.body.slice() }, resolve };
    return promise;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The write under way is safe; false: none is. */
  next(): boolean {
    const waiting = this.#waiting;
    if (waiting === undefined) return false;
    this.#waiting = undefined;
    this.batches.push(waiting.batch);
    waiting.resolve();
    return true;
  }
}

function clientOf(clientId: string): StoredClient {
  return {
    clientId,
    username: undefined,
    protocolLevel: 5,
    isBridge: false,
    cleanSession: false,
    superuser: false,
    isProven: false,
    isNamedByCertificate: false,
    address: "127.0.0.1",
    port: 1,
    listener: "default",
    transport: "tcp",
    certificate: undefined,
  };
}

/** A session as a journal sees it. */
export class ListedSession implements RecordedSession {
  readonly holder: StoredClient;
  readonly expiryInterval = Infinity;
  readonly detachedAt = NaN;
  readonly lastPacketId = 0;
  readonly subscriptions: RecordedSession["subscriptions"] = new Map();
  readonly receivedIds = new Set<number>();
  readonly list: QueuedMessage[] = [];

  constructor(clientId: string) {
    this.holder = clientOf(clientId);
  }

  entries(): QueuedMessage[] {
    return [...this.list];
  }
}

/** A message of this order, at QoS 2. */
export function messageOf(order: number, size = 10): Message {
  return Message.of({
    topicName: "t",
    topic: Uint8Array.of(0x74),
    payload: new Uint8Array(size),
    qos: 2,
    retain: false,
    origin: "client",
    order,
    publisher: "p",
    properties: undefined,
    expiresAt: undefined,
  });
}

/** A message that waits, or is under way. */
export function entryOf(message: Message): InflightMessage {
  return {
    message,
    qos: 2,
    retain: false,
    identifiers: undefined,
    group: undefined,
    record: undefined,
    released: false,
  };
}

/** The journal, and what a crash would leave of it. */
export class JournalParty {
  readonly log = new HeldLog();
  readonly clock = new FakeClock();
  readonly journal = new Journal(this.log, replayed([]), {
    maxPendingBytes: 1 << 30,
    cleaning: { leastBytes: Infinity, factor: 3 },
  }, {
    clock: this.clock,
    live: { retained: () => [], wills: () => [], bytes: () => 0 },
    retained: () => undefined,
    failed: () => {},
    recovered: () => {},
  });

  /** A session that its client has. */
  open(clientId: string): { session: ListedSession; recorder: SessionRecorder } {
    const session = new ListedSession(clientId);
    const recorder = this.journal.recorderFor(session);
    recorder.adopted(session.holder, Infinity);
    return { session, recorder };
  }

  /** One turn of the event loop, and one write that ends. */
  async step(): Promise<boolean> {
    await turn();
    const hasWritten = this.log.next();
    await turn();
    return hasWritten;
  }

  /** Until nothing is written any more. */
  async settle(): Promise<void> {
    while (await this.step());
  }

  /** A session after a crash with the first batches. */
  after(clientId: string, batches = this.log.batches.length): StoredSession | undefined {
    return replayed(this.log.batches.slice(0, batches)).state.sessions.get(clientId);
  }

  /** The orders of its messages as they would be sent again: what is under way, then what waits. */
  orderAfter(clientId: string, batches?: number): number[] {
    const entries = [...this.after(clientId, batches)?.entries.values() ?? []];
    const isWaiting = ({ packetId }: { packetId: number }) => packetId === 0;
    return [...entries.filter((one) => !isWaiting(one)), ...entries.filter(isWaiting)]
      .map(({ message }) => message.order);
  }
}
