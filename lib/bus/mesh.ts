/**
 * Members that each have a link to every other one. Invariants: what one member gives another arrives in its order, since
 * all of it goes over one link; what was there before a member came is told to it before it takes clients; a frame that
 * makes no sense is a fault, for members are of one version.
 */
import type { OutgoingPublish } from "../session/outgoing.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import type { Beyond, Bus, BusMember, Claim, Granted, SharedTurn } from "./bus.ts";
import { Claims } from "./claims.ts";
import { interestBytes, numberBytes, numberOf, readInterest, textOf } from "./control_bytes.ts";
import {
  bodyLength,
  BusKind,
  HEAD,
  readMessage,
  readRun,
  writeFrame,
  writeMessage,
} from "./frames.ts";
import { OthersInterest, OwnInterest } from "./interest.ts";
import type { Link } from "./link.ts";
import { Peer } from "./peer.ts";
import { Stamps } from "./stamps.ts";

const PLAIN = { isPlain: true, stamp: undefined, groups: [] } as const;
const NO_PEERS: readonly Peer[] = [];
const NOTHING = new Uint8Array(0);
/** Bytes of retained messages after which a new member lets others have their turn. */
const A_PIECE = 65_536;
/** Retained messages from a member after which it is told of the clock here. */
const A_CLOCK = 256;

/** One member's side. */
export class MeshBus implements Bus {
  readonly #self: number;
  readonly #members: number;
  readonly #peers = new Map<number, Peer>();
  readonly #own = new OwnInterest();
  readonly #others = new OthersInterest();
  readonly #stamps: Stamps;
  readonly #claims: Claims;
  readonly #joined = Promise.withResolvers<void>();
  readonly #complete = Promise.withResolvers<void>();
  #member: BusMember | undefined;

  /**
   * @param self the number of this member, from 0 on
   * @param members how many there are
   */
  constructor(self: number, members: number) {
    this.#self = self;
    this.#members = members;
    this.#stamps = new Stamps(self);
    this.#claims = new Claims({
      post: (to, kind, body) => this.#post(to, kind, body),
      homeOf: (clientId) => this.#homeOf(clientId),
      giveUp: (claim) => this.#member!.giveUp(claim),
    });
  }

  /** Topics whose removal is remembered: others may not know of it yet. */
  get removedTopics(): number {
    return this.#stamps.removedCount;
  }

  /** Client ids that have their home here, and a session somewhere. */
  get sessionsKnown(): number {
    return this.#claims.ownersKnown;
  }

  /** A link to another member is there. Its batches go to `receive`, its end to `lost`. */
  connect(number: number, link: Link): void {
    const peer = new Peer(number, link);
    this.#peers.set(number, peer);
    if (this.#member !== undefined) this.#tellAll(peer);
  }

  /** A link has ended: its member's interest and sessions are gone. */
  async lost(number: number): Promise<void> {
    const peer = this.#peers.get(number);
    if (peer === undefined) return;
    this.#peers.delete(number);
    this.#others.forget(peer);
    this.#claims.lost(number);
    this.#member?.interestChanged();
    await peer.link.close();
  }

  /**
   * A batch has come: whole frames.
   * @returns a promise where it waits; the batch is borrowed until then, and the next one must wait too
   */
  receive(number: number, batch: Uint8Array): void | Promise<void> {
    const peer = this.#peers.get(number);
    if (peer === undefined) return;
    if (this.#member !== undefined) return this.#receive(peer, batch, 0);
    return this.#joined.promise.then(() => this.#receive(peer, batch, 0));
  }

  async join(member: BusMember): Promise<void> {
    this.#member = member;
    this.#joined.resolve();
    for (const peer of this.#peers.values()) this.#tellAll(peer);
    if (this.#members > 1) await this.#complete.promise;
  }

  async leave(): Promise<void> {
    for (const number of [...this.#peers.keys()]) await this.lost(number);
  }

  match(topicName: string): Beyond | undefined {
    return this.#others.match(topicName);
  }

  send(
    publish: OutgoingPublish,
    beyond: Beyond | undefined,
    turns: readonly SharedTurn[],
  ): void | Promise<void> {
    if (this.#member === undefined) return; // what is retained by then is told to all
    if (publish.retain || turns.length > 0) return this.#sendToAll(publish, beyond, turns);
    const peers = (beyond?.peers ?? NO_PEERS) as readonly Peer[]; // those that match() has named
    for (let i = 0; i < peers.length; i++) this.#write(peers[i]!, publish, PLAIN);
    for (let i = 0; i < peers.length; i++) if (peers[i]!.link.isFull) return room(peers);
  }

  subscribed(topicFilter: string, by: 1 | -1): void {
    const count = this.#own.change(topicFilter, by);
    if (count === undefined) return;
    const body = interestBytes(topicFilter, count);
    for (const number of this.#peers.keys()) this.#post(number, BusKind.INTEREST, body);
  }

  claim(claim: Claim): Promise<Granted> | undefined {
    return this.#claims.ask(claim);
  }

  released(clientId: string): void {
    this.#post(this.#homeOf(clientId), BusKind.RELEASED, encodeUtf8(clientId, "client id"));
  }

  expired(topicName: string): void {
    this.#stamps.expired(topicName);
  }

  /** Retained messages are everyone's, the rest goes to who wants it. */
  #sendToAll(
    publish: OutgoingPublish,
    beyond: Beyond | undefined,
    turns: readonly SharedTurn[],
  ): void | Promise<void> {
    const stamp = publish.retain
      ? this.#stamps.give(publish.topicName, publish.payloadLength === 0)
      : undefined;
    for (const peer of this.#peers.values()) {
      const groups = turns.filter((turn) => turn.peer === peer).map(({ filter }) => filter);
      const isPlain = beyond?.peers.includes(peer) ?? false;
      if (!isPlain && stamp === undefined && groups.length === 0) continue;
      this.#write(peer, publish, { isPlain, stamp, groups });
    }
    return room([...this.#peers.values()]);
  }

  #write(peer: Peer, publish: OutgoingPublish, to: Parameters<typeof writeMessage>[2]): void {
    writeMessage(peer.link, publish, to);
    if (!peer.isDirty) this.#member!.flushLater(peer);
  }

  #post(to: number, kind: BusKind, body: Uint8Array): void {
    if (this.#member === undefined) return; // it has nothing yet
    if (to === this.#self) return this.#control(to, kind, body);
    const peer = this.#peers.get(to);
    if (peer === undefined) {
      // A home that is lost knows nothing: what is claimed there is granted.
      if (kind === BusKind.CLAIM) this.#claims.lost(to);
      return;
    }
    writeFrame(peer.link, kind, body);
    if (!peer.isDirty) this.#member.flushLater(peer);
  }

  #homeOf(clientId: string): number {
    let hash = 0;
    for (let i = 0; i < clientId.length; i++) {
      hash = (Math.imul(hash, 31) + clientId.charCodeAt(i)) | 0;
    }
    return (hash >>> 0) % this.#members;
  }

  #tellAll(peer: Peer): void {
    this.#tell(peer).catch((cause: unknown) => this.#member!.failed(cause));
  }

  /** What is here is told to a member that has come. */
  async #tell(peer: Peer): Promise<void> {
    for (const [topicFilter, count] of this.#own.all()) {
      this.#post(peer.number, BusKind.INTEREST, interestBytes(topicFilter, count));
    }
    for (const publish of this.#member!.retained()) {
      if (publish === undefined) continue;
      const stamp = this.#stamps.of(publish.topicName);
      this.#write(peer, publish, { isPlain: false, stamp, groups: [] });
      if (peer.link.length < A_PIECE) continue;
      await (peer.link.isFull ? peer.link.whenRoom() : this.#member!.pause());
      if (this.#peers.get(peer.number) !== peer) return;
    }
    this.#post(peer.number, BusKind.READY, NOTHING);
  }

  #receive(peer: Peer, batch: Uint8Array, from: number): void | Promise<void> {
    for (let at = from; at < batch.length;) {
      const start = at + HEAD;
      const end = start + bodyLength(batch, at, batch.length)!;
      const kind = batch[at]!;
      at = end;
      if (kind !== BusKind.MESSAGE && kind !== BusKind.RUN) {
        this.#control(peer.number, kind as BusKind, batch.subarray(start, end));
        continue;
      }
      const waiting = kind === BusKind.RUN
        ? this.#run(peer, batch, start, end)
        : this.#message(peer, batch, start, end);
      if (waiting !== undefined) return this.#goOn(waiting, peer, batch, end);
    }
  }

  async #goOn(waiting: Promise<void>, peer: Peer, batch: Uint8Array, at: number): Promise<void> {
    await waiting;
    await this.#receive(peer, batch, at);
  }

  #run(peer: Peer, batch: Uint8Array, start: number, end: number): void | Promise<void> {
    readRun(batch, start, end, peer.incoming);
    return this.#member!.run(peer.incoming);
  }

  #message(peer: Peer, batch: Uint8Array, start: number, end: number): void | Promise<void> {
    const { incoming } = peer;
    const stamp = readMessage(batch, start, end, incoming);
    if (stamp !== undefined) {
      const { topicName, payloadLength } = incoming;
      incoming.isKept = this.#stamps.isNewest(topicName, stamp, payloadLength === 0);
      this.#clock(peer, stamp);
      if (++peer.keptMessages === A_CLOCK) this.#tellClock(peer);
    }
    return this.#member!.message(incoming);
  }

  /** A member that says nothing by itself would have others remember for ever what was removed. */
  #tellClock(peer: Peer): void {
    peer.keptMessages = 0;
    this.#post(peer.number, BusKind.CLOCK, numberBytes(this.#stamps.now));
  }

  #clock(peer: Peer, stamp: number): void {
    peer.lastStamp = stamp;
    let lowest = Infinity;
    for (const { lastStamp } of this.#peers.values()) lowest = Math.min(lowest, lastStamp);
    this.#stamps.seen(lowest);
  }

  #control(from: number, kind: BusKind, body: Uint8Array): void {
    const claims = this.#claims;
    if (kind === BusKind.INTEREST) this.#interest(from, body);
    else if (kind === BusKind.CLAIM) claims.claimed(from, body);
    else if (kind === BusKind.YIELD) claims.yields(from, body);
    else if (kind === BusKind.YIELDED) claims.yielded(from, body);
    else if (kind === BusKind.GRANTED) claims.granted(body);
    else if (kind === BusKind.RELEASED) claims.released(from, textOf(body));
    else if (kind === BusKind.READY) this.#ready(from);
    else if (kind === BusKind.CLOCK) this.#clock(this.#peers.get(from)!, numberOf(body));
    else throw new Error(`the bus has no frames of kind ${kind}`);
  }

  #interest(from: number, body: Uint8Array): void {
    const { topicFilter, count } = readInterest(body);
    this.#others.set(this.#peers.get(from)!, topicFilter, count);
    this.#member?.interestChanged();
  }

  #ready(from: number): void {
    this.#peers.get(from)!.isReady = true;
    const ready = [...this.#peers.values()].filter(({ isReady }) => isReady);
    if (ready.length === this.#members - 1) this.#complete.resolve();
  }
}

/** Waits for those that do not keep up. */
function room(peers: readonly Peer[]): Promise<void> | undefined {
  const full = peers.filter(({ link }) => link.isFull);
  if (full.length === 0) return undefined;
  return Promise.all(full.map(({ link }) => link.whenRoom())).then(() => {});
}
