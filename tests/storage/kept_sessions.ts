/**
 * Sessions with their journal, over a log in the hands of the test: what a broker is to its storage, without the broker.
 * Invariant: what is live is here, and can be compared with what the log comes to.
 */
import type { InflightMessage } from "../../lib/session/inflight.ts";
import type { Message } from "../../lib/session/message.ts";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import { Session } from "../../lib/session/session.ts";
import { loneServices } from "../../lib/session/services.ts";
import type { Batch } from "../../lib/storage/batch_log.ts";
import type { CleaningLimits } from "../../lib/storage/editions.ts";
import { Journal } from "../../lib/storage/journal.ts";
import type { NumberedSession } from "../../lib/storage/replayed.ts";
import type { StoredClient, StoredEntry, StoredWill } from "../../lib/storage/state.ts";
import { SharedGroup } from "../../lib/topic/shared_group.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { utf8 } from "../support/raw_packets.ts";
import { replayed } from "../support/replayed.ts";
import { HeldLog } from "./held_log.ts";

/** A session that is kept. */
export type Kept = Session<object, StoredClient>;

/** The journal is the test's to move. */
const NEVER: CleaningLimits = { leastBytes: Infinity, factor: Infinity };

export const LIMITS = {
  maxInflight: 65_535,
  maxInflightBytes: Infinity,
  receiveMaximum: 65_535,
  maxQueuedMessages: Infinity,
  maxQueuedBytes: Infinity,
};

/** A client of this id. */
export function storedClient(clientId: string): StoredClient {
  return {
    clientId,
    username: "ann",
    protocolLevel: 5,
    isBridge: false,
    cleanSession: false,
    superuser: false,
    isProven: true,
    isNamedByCertificate: false,
    address: "127.0.0.1",
    port: 1883,
    listener: "default",
    transport: "tcp",
    certificate: undefined,
  };
}

/** Sessions, retained messages and wills. */
export class KeptSessions {
  readonly clock = new FakeClock();
  readonly log: HeldLog;
  readonly journal: Journal;
  readonly sessions = new Map<string, Kept>();
  readonly retained = new Map<string, Message>();
  readonly wills = new Map<string, StoredWill>();
  readonly groups = new Map<string, SharedGroup<object, object>>();
  lastOrder = 0;

  /** @param batches what the log has: all of it is live again */
  constructor(
    batches: readonly Batch[] = [],
    cleaning = NEVER,
    maxInflight = LIMITS.maxInflight,
    batchBytes = 1_000_000,
    writeDelayMs = 0,
  ) {
    this.log = new HeldLog(batches);
    const was = replayed(batches);
    this.journal = new Journal(this.log, was, {
      maxPendingBytes: Infinity,
      cleaning,
      batchBytes,
      writeDelayMs,
    }, {
      clock: this.clock,
      live: {
        retained: () => this.retained.values(),
        wills: () => this.wills.values(),
        bytes: () => Infinity,
      },
      retained: (topicName) => this.retained.get(topicName),
      failed() {},
      recovered() {},
    });
    this.#limits = { ...LIMITS, maxInflight };
    this.lastOrder = was.state.lastOrder;
    for (const [topic, message] of was.state.retained) this.retained.set(topic, message);
    for (const [clientId, will] of was.state.wills) this.wills.set(clientId, will);
    for (const one of was.sessions) {
      this.sessions.set(one.session.client.clientId, this.#restore(one));
    }
    this.ending = was.ending.map((one) => this.#restore(one));
  }

  readonly #limits: typeof LIMITS;
  /** What ended while it gave its messages to others. */
  readonly ending: readonly Kept[];

  #restore({ session: stored, number, nextNumber }: NumberedSession): Kept {
    const session = this.#make(stored.client.clientId, stored.expiryInterval);
    for (const [filter, options] of stored.subscriptions) session.subscribe(filter, options);
    for (const packetId of stored.received) session.receive(packetId);
    const recorder = this.journal.recorderFor(session, { number, nextNumber });
    session.journal = recorder;
    const entries = [...stored.entries].map(([entryNumber, entry]) => {
      const exchange = this.#exchangeOf(entry);
      recorder.restored(exchange, entryNumber, entry.packetId);
      return [entry.packetId, exchange] as const;
    });
    const { detachedAt } = stored;
    const left = detachedAt === undefined ? this.clock.now() : this.journal.time.back(detachedAt);
    session.restore(stored.client, left, stored.lastPacketId, entries);
    if (detachedAt === undefined) recorder.left(this.clock.now(), stored.expiryInterval);
    return session;
  }

  /** What the log comes to now. */
  get stored(): ReturnType<typeof replayed> {
    return replayed(this.log.batches);
  }

  /** A new session, adopted. */
  create(clientId: string, expiryInterval = Infinity): Kept {
    const session = this.#make(clientId, expiryInterval);
    this.sessions.set(clientId, session);
    session.journal = this.journal.recorderFor(session);
    session.adopt({}, storedClient(clientId), expiryInterval);
    return session;
  }

  /** The session ends, and others get nothing of it. */
  end(session: Kept): void {
    if (this.sessions.get(session.clientId) === session) this.sessions.delete(session.clientId);
    session.end();
  }

  group(filter: string): SharedGroup<object, object> {
    let group = this.groups.get(filter);
    if (group === undefined) this.groups.set(filter, group = new SharedGroup(filter));
    return group;
  }

  /** A message on its way. */
  message(payload: string | Uint8Array, topicName = "t"): OutgoingPublish {
    const values = { topicName, topic: utf8(topicName), payload: utf8(payload) } as const;
    const publish = OutgoingPublish.fromValues({
      ...values,
      qos: 2,
      retain: false,
      origin: "client",
    });
    publish.order = ++this.lastOrder;
    publish.publisher = "p";
    return publish;
  }

  /** Sets or, without a payload, removes a retained message. */
  retain(topicName: string, payload?: string): void {
    if (payload === undefined) this.retained.delete(topicName);
    else this.retained.set(topicName, this.message(payload, topicName).message);
    this.journal.retained(topicName);
  }

  #make(clientId: string, expiryInterval: number): Kept {
    return new Session<object, StoredClient>(clientId, expiryInterval, this.#limits, {
      ...loneServices(),
      now: this.clock.now,
    });
  }

  #exchangeOf(entry: StoredEntry): InflightMessage {
    const { message, qos, retain, identifiers, group, released } = entry;
    const shared = group === undefined ? undefined : this.group(group);
    return { message, qos, retain, identifiers, group: shared, record: undefined, released };
  }
}

/** What is in a stored session, as text: `payload/qos` and `#id` where it is under way, `!` where PUBREC has come. */
export function entriesOf(
  { state }: ReturnType<typeof replayed>,
  clientId: string,
): string[] | undefined {
  const session = state.sessions.get(clientId);
  return session && [...session.entries.values()].map(entryText);
}

/** The same of one. */
export function entryText({ message, qos, packetId, released }: StoredEntry): string {
  const payload = new TextDecoder().decode(message.payload.subarray(0, 40));
  return `${payload}/${qos}${packetId === 0 ? "" : `#${packetId}`}${released ? "!" : ""}`;
}
