/**
 * mosquitto's rows as a stored state. Invariants: messages are as old as their ids say; what is under way keeps its packet
 * id and where it stands; what waits keeps its place; a session or message that has expired is left out with a note.
 */
import type { Message } from "../../session/message.ts";
import { subscriptionOptions } from "../../session/subscription.ts";
import { filterMatches, splitSharedFilter } from "../../topic/filter.ts";
import { messageOf } from "../../user_error.ts";
import type { MessageProperties } from "../../wire/message_properties.ts";
import type { QoS } from "../../wire/packets.ts";
import type { StoredSession } from "../state.ts";
import { StateBuilder } from "./builder.ts";
import { storedClient } from "./client.ts";
import {
  MessageState,
  type MosquittoClient,
  type MosquittoClientMessage,
  type MosquittoMessage,
  type MosquittoRows,
} from "./mosquitto_rows.ts";
import { NO_PROPERTIES, propertiesOf } from "./mosquitto_properties.ts";
import type { Notes } from "./notes.ts";
import { spread } from "./spread.ts";

const NEVER = 0xffff_ffff;
const UNSUBSCRIBED = "it waits for a session without a subscription to it; " +
  "was that a shared one, then its client has to subscribe again";
const NO_SESSION = "there is no session of the client";

/** Adds all rows to a state that is empty so far; they are sorted. */
export function addMosquitto(rows: MosquittoRows, builder: StateBuilder): void {
  new Conversion(builder, rows).run();
}

class Conversion {
  readonly #builder: StateBuilder;
  readonly #notes: Notes;
  readonly #rows: MosquittoRows;
  readonly #messages = new Map<bigint, Message | undefined>();
  /** Client ids whose sessions were left out: what is theirs is no news. */
  readonly #expired = new Set<string>();

  constructor(builder: StateBuilder, rows: MosquittoRows) {
    this.#builder = builder;
    this.#notes = builder.notes;
    this.#rows = rows;
  }

  run(): void {
    const { messages, clients, retained, subscriptions, clientMessages } = this.#rows;
    const byAge = messages.sort((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
    for (const message of byAge) this.#addMessage(message);
    for (const client of clients) this.#addSession(client);
    for (const { clientId, topicFilter, options, identifier } of subscriptions) {
      const session = this.#sessionOf(clientId, "subscription");
      const [qos, noLocal, asPublished] = [options & 3, (options & 4) !== 0, (options & 8) !== 0];
      const made = subscriptionOptions(toQos(qos), noLocal, asPublished, identifier || undefined);
      if (session !== undefined) this.#builder.subscribe(session, topicFilter, made);
    }
    for (const id of retained) {
      const message = this.#messageOf(id, "retained message");
      if (message !== undefined) this.#builder.retain(message);
    }
    for (const one of clientMessages) if (!one.isIncoming) this.#addEntry(one);
    for (const one of clientMessages) if (one.isIncoming) this.#addReceived(one);
    this.#addWills();
  }

  #addMessage(row: MosquittoMessage): void {
    const { id, topicName, payload, qos, retain, source, properties, expiryTime } = row;
    if (topicName === undefined) this.#notes.skip("message", "its topic name is not UTF-8");
    const message = topicName === undefined ? undefined : this.#builder.message({
      topicName,
      payload,
      qos: toQos(qos),
      retain,
      origin: source === "" ? "broker" : "client",
      publisher: source === "" ? undefined : source,
      properties: this.#propertiesOf(properties, expiryTime),
      expiresAt: expiryTime === 0 ? undefined : expiryTime * 1000,
    });
    this.#messages.set(id, message);
  }

  /** Properties that Midge would have refused stay behind. */
  #propertiesOf(bytes: Uint8Array, expiryTime: number): MessageProperties | undefined {
    const { time } = this.#builder.state;
    try {
      return propertiesOf(bytes, expiryTime, time);
    } catch (error) {
      this.#notes.differ("message", `its properties are left out, for ${messageOf(error)}`);
      return propertiesOf(NO_PROPERTIES, expiryTime, time);
    }
  }

  #addSession(row: MosquittoClient): void {
    const { clientId, username, expiryInterval, expiryTime, lastPacketId } = row;
    const { time } = this.#builder.state;
    const isForEver = expiryInterval === NEVER;
    const end = isForEver
      ? Infinity
      : expiryTime === 0
      ? time + expiryInterval * 1000
      : expiryTime * 1000;
    if (end <= time) {
      this.#expired.add(clientId);
      return this.#notes.skip("session", "the session expiry interval is over");
    }
    this.#builder.session({
      clientId,
      username,
      expiryInterval: isForEver ? Infinity : expiryInterval * 1000,
      // How long a client has been away that may stay away for ever is not known.
      detachedAt: isForEver ? time : Math.min(time, end - expiryInterval * 1000),
      lastPacketId,
    });
  }

  #addEntry(row: MosquittoClientMessage): void {
    const session = this.#sessionOf(row.clientId, "message");
    const message = session && this.#messageOf(row.messageId, "message");
    if (session === undefined || message === undefined) return;
    const { qos, retain, state, identifiers, packetId } = row;
    const waits = state === MessageState.QUEUED || qos === 0 || packetId === 0;
    const released = state === MessageState.RESEND_PUBREL ||
      state === MessageState.WAIT_FOR_PUBCOMP;
    this.#builder.entry(session, {
      message,
      qos: toQos(qos),
      retain,
      identifiers: identifiers.length === 0 ? undefined : identifiers,
      group: this.#groupOf(session, message),
      packetId: waits ? 0 : packetId,
      released: released && !waits,
    });
  }

  /**
   * The shared subscription that a message waits for: one that its session has, and no other that matches. mosquitto.db
   * has no shared subscriptions, but what waits for their members.
   */
  #groupOf({ subscriptions }: StoredSession, { topicName }: Message): string | undefined {
    let group: string | undefined;
    for (const filter of subscriptions.keys()) {
      const split = splitSharedFilter(filter);
      if (typeof split === "string" || !filterMatches(split.topicFilter, topicName)) continue;
      if (split.group === undefined) return undefined;
      group ??= filter;
    }
    if (group === undefined) this.#notes.differ("message", UNSUBSCRIBED);
    return group;
  }

  /** Only QoS 2 is kept on its way in. */
  #addReceived({ clientId, messageId, packetId }: MosquittoClientMessage): void {
    const session = this.#sessionOf(clientId, "message");
    if (session === undefined || packetId === 0) return;
    session.received.add(packetId);
    const message = this.#messageOf(messageId, "message");
    if (message === undefined) return;
    this.#notes.differ(
      "QoS 2 message",
      "its client had still to send PUBREL; it is delivered now, and PUBREL only answered",
    );
    spread(this.#builder, message);
  }

  #addWills(): void {
    const { sessions, wills } = this.#builder.state;
    for (const row of this.#rows.wills) {
      const { clientId, topicName, payload, qos, retain, properties, delay, due } = row;
      const client = sessions.get(clientId)?.client;
      wills.set(clientId, {
        client: client ?? { ...storedClient(clientId, undefined), cleanSession: true },
        topicName,
        payload,
        qos: toQos(qos),
        retain,
        delay: delay * 1000,
        properties: this.#propertiesOf(properties, 0),
        due: due === 0 ? undefined : due * 1000,
      });
    }
  }

  #sessionOf(clientId: string, what: string): StoredSession | undefined {
    const session = this.#builder.state.sessions.get(clientId);
    if (session === undefined && !this.#expired.has(clientId)) this.#notes.skip(what, NO_SESSION);
    return session;
  }

  /** Undefined without a note where the message itself was left out with one. */
  #messageOf(id: bigint, what: string): Message | undefined {
    if (!this.#messages.has(id)) this.#notes.skip(what, "the file does not have it");
    return this.#messages.get(id);
  }
}

/** Two bits of a file that may be damaged. */
function toQos(qos: number): QoS {
  return qos === 1 ? 1 : qos === 2 ? 2 : 0;
}
