/**
 * A stored state in the making, from what another broker kept. Invariants: what MQTT or Midge does not allow is left out
 * with a note; packet ids are under way once; a message gets its order when it is added.
 */
import { Message, type MessageValues } from "../../session/message.ts";
import type { SubscriptionOptions } from "../../session/subscription.ts";
import { splitSharedFilter, topicFilterProblem, topicNameProblem } from "../../topic/filter.ts";
import { messageOf } from "../../user_error.ts";
import type { ProtocolLevel } from "../../wire/packets.ts";
import { encodeUtf8 } from "../../wire/utf8.ts";
import {
  emptyState,
  type StoredClient,
  type StoredEntry,
  type StoredSession,
  type StoredState,
} from "../state.ts";
import { storedClient } from "./client.ts";
import { Notes } from "./notes.ts";

/** A message of another broker: as Midge's, but for what it gets here. */
export type ForeignMessage = Omit<MessageValues, "topic" | "order" | "recorded">;

/** What is known of a session. */
export interface ForeignSession {
  readonly clientId: string;
  readonly username: string | undefined;
  /** Milliseconds, or Infinity. */
  readonly expiryInterval: number;
  /** On the clock of the state. */
  readonly detachedAt: number;
  readonly lastPacketId: number;
}

const PROVEN =
  "its username counts as proven by a password; a client that only claims it gets a new session";

/** One import. */
export class StateBuilder {
  readonly state: StoredState;
  readonly notes = new Notes();
  /** Of each session, what is under way. */
  readonly #packetIds = new Map<StoredSession, Set<number>>();

  readonly #isProven: boolean;

  /**
   * @param time the present, milliseconds since the epoch: the time of the state
   * @param isProven were usernames more than claims?
   */
  constructor(time: number, isProven = true) {
    this.#isProven = isProven;
    this.state = { ...emptyState(), time };
  }

  /** What is kept of a client. */
  client(clientId: string, username: string | undefined, level: ProtocolLevel): StoredClient {
    return storedClient(clientId, username, level, this.#isProven);
  }

  /** The session of this client id, which is there from now on. */
  session(of: ForeignSession): StoredSession {
    const { clientId, username, expiryInterval, detachedAt, lastPacketId } = of;
    const session = {
      client: this.client(clientId, username, expiryInterval === Infinity ? 4 : 5),
      expiryInterval,
      detachedAt,
      lastPacketId,
      subscriptions: new Map(),
      received: new Set<number>(),
      entries: new Map(),
    };
    if (session.client.isProven) this.notes.differ("session", PROVEN);
    this.state.sessions.set(clientId, session);
    this.#packetIds.set(session, new Set());
    return session;
  }

  subscribe(session: StoredSession, topicFilter: string, options: SubscriptionOptions): void {
    const split = splitSharedFilter(topicFilter);
    const problem = typeof split === "string" ? split : topicFilterProblem(split.topicFilter);
    if (problem !== undefined) this.notes.skip("subscription", problem);
    else session.subscriptions.set(topicFilter, options);
  }

  /** The newest so far; undefined where it cannot be one. */
  message(of: ForeignMessage): Message | undefined {
    const problem = topicNameProblem(of.topicName);
    if (problem !== undefined) return this.#noMessage(problem);
    const { topicName, expiresAt } = of;
    if (expiresAt !== undefined && expiresAt <= this.state.time) {
      return this.#noMessage("the message expiry interval is over");
    }
    let topic: Uint8Array;
    try {
      topic = encodeUtf8(topicName, "topic name");
    } catch (error) {
      return this.#noMessage(messageOf(error));
    }
    return Message.of({ ...of, topic, order: ++this.state.lastOrder });
  }

  #noMessage(why: string): undefined {
    this.notes.skip("message", why);
  }

  /** A message that waits, or is under way, behind all others. */
  entry(session: StoredSession, entry: StoredEntry): void {
    const { packetId } = entry;
    const ids = this.#packetIds.get(session)!;
    if (ids.has(packetId)) return this.notes.skip("message", "its packet id is under way already");
    if (packetId > 0) ids.add(packetId);
    session.entries.set(session.entries.size + 1, entry);
  }

  retain(message: Message): void {
    if (message.payload.length > 0) this.state.retained.set(message.topicName, message);
  }
}
