/**
 * A client of the load: one session over many connections, MQTT 3.1.1 or 5. Invariants: all that it sends is noted
 * before the first byte leaves, all that comes when it has been read; it has one connection at a time.
 */
import { withDeadline } from "../../lib/wait.ts";
import { messageOf } from "../../lib/user_error.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { DISCONNECT, PINGREQ, type RawPacket } from "../support/raw_packets.ts";
import { Inbox } from "./inbox.ts";
import { type Incoming, incomingOf, type Level } from "./incoming.ts";
import { Link } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { type ConnectOptions, connectPacket } from "./packets.ts";
import { Requests } from "./requests.ts";
import { delay, type World } from "./world.ts";

const RETRY_MS = 15;

/** Who it is. */
export interface Identity {
  readonly name: string;
  readonly level: Level;
  /** Of MQTT 5; undefined: 65,535. */
  readonly receiveMaximum?: number;
}

/** A client. */
export class Member {
  readonly name: string;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly requests: Requests;
  readonly #identity: Identity;
  readonly #world: World;
  #link: Link | undefined;
  #endedBy: "cut" | "goodbye" | "broker" = "broker";
  #connect: ConnectOptions = {};
  #isIn = false;
  #hasSession = false;
  #welcome = Promise.withResolvers<void>();
  #pong = Promise.withResolvers<void>();

  constructor(identity: Identity, world: World) {
    this.#identity = identity;
    this.#world = world;
    this.name = identity.name;
    const note = this.#note.bind(this);
    const send = (bytes: Uint8Array) => this.#isIn ? this.#link?.send(bytes) : undefined;
    this.outbox = new Outbox(identity.level, note, send);
    this.inbox = new Inbox(note, send);
    this.requests = new Requests(identity.level, note, send);
  }

  /** CONNACK has come, and the connection is there. */
  get isIn(): boolean {
    return this.#isIn;
  }

  /** A new round begins: what stands is said to its history. */
  restate(): void {
    this.#note({ kind: "known", isThere: this.#hasSession });
    if (this.#isIn && this.#connect.will !== undefined) {
      this.#note({ kind: "connect", clean: false, kept: true, will: this.#connect.will });
      this.#note({ kind: "connack", isPresent: this.#hasSession });
    }
    for (const [filter, qos] of this.requests.confirmed) {
      this.#note({ kind: "subscribe", filter, qos });
      this.#note({ kind: "suback", filter, qos });
    }
  }

  /** Tries once. True when it was let in. */
  async connect(options: ConnectOptions = {}): Promise<boolean> {
    const { name, level, receiveMaximum } = this.#identity;
    const link = await Link.open(this.#world.address, (packet) => this.#onPacket(packet));
    if (link === undefined) return false;
    [this.#link, this.#endedBy, this.#connect] = [link, "broker", options];
    this.#welcome = Promise.withResolvers();
    const { clean = false, kept = true, will } = options;
    this.#note({ kind: "connect", clean, kept, ...(will !== undefined && { will }) });
    link.send(connectPacket(level, name, options, receiveMaximum));
    const over = link.ended.then(() => this.#over(link));
    await withDeadline(Promise.race([this.#welcome.promise, over]), PATIENCE_MS);
    if (!this.#isIn) await this.cut();
    return this.#isIn;
  }

  /** Tries until it is let in, or the run is over. */
  async reconnect(options: ConnectOptions = {}): Promise<void> {
    while (!this.#isIn && !this.#world.isOver) {
      if (!await this.connect(options)) await delay(RETRY_MS);
    }
  }

  /** Ends the connection without DISCONNECT. */
  async cut(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    this.#endedBy = "cut";
    await link.close();
    await link.ended;
    this.#over(link);
  }

  /** DISCONNECT, and the broker's end of the connection. */
  async goodbye(): Promise<void> {
    const link = this.#link;
    if (!this.#isIn || link === undefined) return;
    this.#endedBy = "goodbye";
    link.send(DISCONNECT);
    await withDeadline(link.ended, PATIENCE_MS);
    await link.close();
    await link.ended;
    this.#over(link);
  }

  /** All that the broker had sent before it read this has come. False when the connection ended. */
  async ping(): Promise<boolean> {
    const link = this.#link;
    if (!this.#isIn || link === undefined) return false;
    this.#pong = Promise.withResolvers();
    link.send(PINGREQ);
    await withDeadline(Promise.race([this.#pong.promise, link.ended]), PATIENCE_MS);
    return this.#isIn;
  }

  /** The connection is over, however it ended; once for each. */
  #over(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#isIn = false;
    this.inbox.disconnected();
    this.#note({ kind: "end", by: this.#endedBy });
  }

  #onPacket(packet: RawPacket): void {
    try {
      this.#take(incomingOf(this.#identity.level, packet));
    } catch (error) {
      this.#note({ kind: "damaged", topic: "", payload: messageOf(error) });
      void this.#link?.close();
    }
  }

  #take(packet: Incoming): void {
    switch (packet.type) {
      case "CONNACK":
        return this.#onConnack(packet.isPresent, packet.code);
      case "PUBLISH":
        return this.inbox.onPublish(packet);
      case "PUBREL":
        return this.inbox.onPubrel(packet.id);
      case "PUBACK":
      case "PUBREC":
      case "PUBCOMP":
        return this.outbox.onAck(packet);
      case "SUBACK":
      case "UNSUBACK":
        return this.requests.onAnswer(packet);
      case "PINGRESP":
        return this.#pong.resolve();
      case "DISCONNECT":
        return this.#note({
          kind: "refused",
          what: "the connection: DISCONNECT",
          code: packet.code,
        });
    }
  }

  #onConnack(isPresent: boolean, code: number): void {
    if (code !== 0) {
      this.#note({ kind: "refused", what: "CONNECT", code });
      void this.#link?.close();
      return;
    }
    const { clean = false, kept = true } = this.#connect;
    this.#note({ kind: "connack", isPresent });
    this.#isIn = true;
    this.#hasSession = kept;
    if (!isPresent) this.inbox.forget();
    if (clean) this.requests.forget();
    this.outbox.resend();
    this.requests.resend(isPresent);
    this.#welcome.resolve();
  }

  #note(happening: Parameters<World["history"]["add"]>[1]): void {
    this.#world.history.add(this.name, happening);
  }
}
