/**
 * Where a session that is kept writes down what it promises, as its methods change it. Invariants: nothing here is
 * awaited; what is recorded in one turn is safe together or not at all.
 */
import type { InflightMessage } from "./inflight.ts";
import type { QueuedMessage } from "./queue.ts";
import type { SubscriptionOptions } from "./subscription.ts";

/** What stands for an entry in the journal: the journal's own. */
export interface EntryRecord {
  /** Of the session's entries. */
  readonly number: number;
}

/** The journal of one session. `Holder` is what its owner knows of the client. */
export interface SessionJournal<Holder = unknown> {
  /** A connection has made the session its own. */
  adopted(holder: Holder, expiryInterval: number): void;
  /** The connection has ended. `now`: on the clock of the session. */
  left(now: number, expiryInterval: number): void;
  /** There is no session any more, but some of its messages are to be given to others first. */
  ending(): void;
  /** There is no session any more. */
  ended(): void;
  /** A subscription is new, or has other options. */
  subscribed(topicFilter: string, options: SubscriptionOptions): void;
  unsubscribed(topicFilter: string): void;
  /** A message above QoS 0 waits, behind all that wait. */
  queued(entry: QueuedMessage): EntryRecord;
  /** A message is under way under this packet id, behind all that are; it may have waited (`exchange.record`). */
  begun(packetId: number, exchange: InflightMessage): EntryRecord;
  /** PUBREC has come. */
  released(record: EntryRecord): void;
  /** An entry is over: acknowledged, dropped. */
  done(record: EntryRecord): void;
  /** An entry is over here, for `give` records its other place; both are safe together. */
  givenAway(record: EntryRecord, give: () => void): void;
  /** A QoS 2 message was taken over from the client, and PUBREL awaited for this id. */
  received(packetId: number): void;
  /** PUBREL came. */
  forgotten(packetId: number): void;
  /** Calls back when an entry, as it is now, is safe. */
  whenSafe(record: EntryRecord, step: () => void): void;
  /** Calls back when it is safe that a message came under this id, with all that was recorded of the message. */
  whenReceived(packetId: number, step: () => void): void;
}
