/**
 * Several brokers as one: what a broker asks of those beside it, and what they ask of it. Workers of one machine and nodes
 * of a cluster are the same interface. Invariants: from one member to another everything arrives in the order it was
 * given; of a client id one member has the session at a time; nothing here is awaited where there is no other member.
 */
import type { OutgoingPublish } from "../session/outgoing.ts";
import type { StoredState } from "../storage/state.ts";
import type { Incoming } from "./incoming.ts";

/** Another member, as the bus knows it. */
export interface BusPeer {
  readonly name: string;
}

/** A shared subscription with members at other members of the bus. */
export interface SharedBeyond {
  /** As subscribed: `$share/GROUP/FILTER`. */
  readonly filter: string;
  /**
   * Whose turn it is: each member of the group has as many turns as any other.
   * @param here how many there are in this broker
   * @returns undefined: one of those here
   */
  next(here: number): BusPeer | undefined;
}

/** Who wants the messages of one topic name elsewhere. */
export interface Beyond {
  /** Those with subscriptions that are not shared. */
  readonly peers: readonly BusPeer[];
  readonly shared: readonly SharedBeyond[];
}

/** A message of a shared subscription goes to this member. */
export interface SharedTurn {
  readonly filter: string;
  readonly peer: BusPeer;
}

/** Who wants to go on with a session. */
export interface Claim {
  readonly clientId: string;
  /** Undefined: it is anonymous. */
  readonly username: string | undefined;
  readonly isProven: boolean;
  /** The session is not to be resumed, but to end. */
  readonly wantsNew: boolean;
}

/** What a claim has come to: the session is this broker's from now on. */
export interface Granted {
  /** It is another user's, and stays where it is. */
  readonly isRefused: boolean;
  /** The session that there was elsewhere; undefined: there was none, or it has ended. */
  readonly state: StoredState | undefined;
}

/** Something that has bytes to hand over at the end of the turn; see FlushQueue. */
export interface Flushed {
  isDirty: boolean;
  flush(): void;
}

/** What the bus asks of the broker that is a member. */
export interface BusMember {
  /** Others subscribe to something else than before: routes are stale. */
  interestChanged(): void;
  /** A message of another member's client; borrowed until this returns or its promise settles. */
  message(incoming: Incoming): void | Promise<void>;
  /** The same of several, at QoS 0, of one topic, in a row. */
  run(incoming: Incoming): void | Promise<void>;
  /** Flushes this with the connections of the turn. */
  flushLater(one: Flushed): void;
  /** Another member claims a session: its connection ends here, and the session is no longer this broker's. */
  giveUp(claim: Claim): Granted;
  /** The retained messages to tell a new member of, without those of `$SYS`; undefined among them: none there. */
  retained(): Iterable<OutgoingPublish | undefined>;
  /** Something of the bus has failed that no caller hears of. */
  failed(cause: unknown): void;
  /** Lets everything else have its turn, in the middle of a long work. */
  pause(): Promise<void>;
}

/** The others, seen from one broker. */
export interface Bus {
  /** From now on this broker takes part. Resolves when the others are known. */
  join(member: BusMember): Promise<void>;
  /** It takes part no longer; what it has given is on its way. */
  leave(): Promise<void>;
  /** Who else wants the messages of a topic name; undefined: no one. It holds until `interestChanged`. */
  match(topicName: string): Beyond | undefined;
  /**
   * Hands a message to those who want it, and a retained one to all. It is copied before this returns.
   * @returns a promise where another member does not keep up: the publisher should wait for it
   */
  send(
    publish: OutgoingPublish,
    beyond: Beyond | undefined,
    turns: readonly SharedTurn[],
  ): void | Promise<void>;
  /** This broker has one subscription more (1) or less (-1) to a filter; see SharedBeyond.filter. */
  subscribed(topicFilter: string, by: 1 | -1): void;
  /** Asks for the session of a client id; undefined: it is this broker's, whether there is one or not. */
  claim(claim: Claim): Promise<Granted> | undefined;
  /** A session of this broker has ended. */
  released(clientId: string): void;
  /** A retained message has expired here, as it does everywhere. */
  expired(topicName: string): void;
}
