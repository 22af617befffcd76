/**
 * A broker by calls, over a log that a test settles, fails and crashes at any moment: sessions, a spread in slices, messages
 * of a shared subscription that move. Invariant: what it says to a client it says when the journal lets it.
 */
import type { QueuedMessage } from "../../lib/session/queue.ts";
import { TurnRecords } from "../../lib/storage/turn_records.ts";
import { FakeOutlet } from "../session/support.ts";
import type { Random } from "../support/random.ts";
import { type Kept, KeptSessions, storedClient } from "./kept_sessions.ts";
import type { Answer, Published, SimulatedClient } from "./simulated_client.ts";

/** Editions all the time. */
const CLEANING = { leastBytes: 300, factor: 1.2 };
const MAX_INFLIGHT = 3;
/** A batch is full soon. */
const BATCH_BYTES = 100;
const PUBREL = 0x62;
const GROUP = "$share/g/t";

/** A message whose receivers get it little by little. */
interface Spread {
  readonly publisher: string;
  readonly message: Published;
  readonly left: string[];
  readonly apart: TurnRecords;
}

/** What was taken out of a session, and is to be given to others. */
interface Move {
  readonly from: Kept;
  readonly entries: QueuedMessage[];
}

/** One run after the other of a broker. */
export class SimulatedBroker {
  readonly #random: Random;
  readonly #clients: ReadonlyMap<string, SimulatedClient>;
  readonly #members: readonly string[];
  #spreads: Spread[] = [];
  #moves: Move[] = [];
  /** Whose new sessions are not safe yet. */
  readonly #renewed = new Set<SimulatedClient>();
  store = new KeptSessions([], CLEANING, MAX_INFLIGHT, BATCH_BYTES);

  /** @param members clients that share a subscription */
  constructor(
    random: Random,
    clients: ReadonlyMap<string, SimulatedClient>,
    members: readonly string[],
  ) {
    this.#random = random;
    this.#clients = clients;
    this.#members = members;
    for (const name of clients.keys()) this.store.create(name);
  }

  get isBusy(): boolean {
    return this.#spreads.length + this.#moves.length > 0;
  }

  /** CONNECT of a client, which may have a connection. */
  connect(client: SimulatedClient): void {
    if (this.#renewed.has(client)) return;
    this.disconnect(client);
    const session = this.#sessionOf(client.name);
    const outlet = client.outlet = new FakeOutlet();
    session.adopt({}, storedClient(client.name), Infinity);
    this.#later(client, () => {
      client.isLetIn = true;
      session.attach(outlet);
      for (const message of [...client.outbox]) this.#sent(client, message);
    });
  }

  disconnect(client: SimulatedClient): void {
    if (client.outlet === undefined) return;
    client.cut();
    this.#sessionOf(client.name).detach(this.store.clock.now());
  }

  /** The client publishes a new message. */
  publish(client: SimulatedClient, message: Published): void {
    this.#sent(client, message);
  }

  /** The client's next answer is handled; false: there is none. */
  hear(client: SimulatedClient): boolean {
    const answer = client.answers.shift();
    if (answer === undefined) return false;
    this.#answered(client, this.#sessionOf(client.name), answer);
    return true;
  }

  /** A receiver more of a spread, an entry more of a move. */
  goOn(): void {
    const spread = this.#spreads[0];
    if (spread !== undefined) this.#goOnSpread(spread);
    const move = this.#moves[0];
    if (move === undefined) return;
    const entry = move.entries.shift();
    if (entry !== undefined) move.from.giveAway(entry, () => this.#give(entry, move.from));
    if (move.entries.length === 0) this.#moves.shift();
  }

  /** What waits for a member that is away goes to others. */
  memberAway(name: string): void {
    const session = this.#sessionOf(name);
    if (session.isConnected || this.#moves.some(({ from }) => from === session)) return;
    this.#moves.push({ from: session, entries: session.takeShared(() => true) });
  }

  /** A member's session ends, and a new one begins; its client begins anew when that is safe. */
  endMember(client: SimulatedClient): void {
    this.disconnect(client);
    this.#renewed.add(client);
    const session = this.#sessionOf(client.name);
    this.#moves.push({ from: session, entries: session.takeShared(() => true) });
    this.store.end(session);
    const { store } = this;
    store.create(client.name).detach(store.clock.now());
    store.journal.whenSafe(() => {
      if (this.store === store && this.#renewed.delete(client)) client.forget();
    });
  }

  /** The broker is gone, and started again on what was safe. @param isThere and is the write under way? */
  crash(isThere: boolean): void {
    const { log } = this.store;
    if (isThere && log.isWriting) void log.settle();
    for (const client of this.#clients.values()) client.cut();
    this.#spreads = [];
    this.store = new KeptSessions(log.batches, CLEANING, MAX_INFLIGHT, BATCH_BYTES);
    this.#moves = this.store.ending.map((session) => {
      const entries = session.takeShared(() => true);
      session.end();
      return { from: session, entries };
    });
    for (const client of this.#renewed) this.endMember(client);
  }

  #sessionOf(name: string): Kept {
    return this.store.sessions.get(name) ?? this.store.create(name);
  }

  /** What the client hears when all that was recorded so far is safe. */
  #later(client: SimulatedClient, say: () => void, session?: Kept, packetId?: number): void {
    const { store } = this;
    const { outlet } = client;
    const step = () => {
      if (this.store === store && client.outlet === outlet && outlet !== undefined) say();
    };
    if (session === undefined) store.journal.whenSafe(step);
    else session.journal!.whenReceived(packetId!, step);
  }

  /** PUBLISH or PUBREL of a client. */
  #sent(client: SimulatedClient, message: Published): void {
    const session = this.#sessionOf(client.name);
    const { qos, packetId, isReleased } = message;
    if (isReleased) return this.#released(client, session, message);
    const received = () => {
      message.isReleased = true;
      this.#released(client, session, message);
    };
    if (qos === 2 && session.hasReceived(packetId)) {
      return this.#later(client, received, session, packetId);
    }
    if (qos === 2 && this.#random.oneIn(3)) return this.#spread(client, session, message, received);
    for (const name of message.receivers) this.#deliver(name, message);
    if (message.isShared) this.#deliverToOne(message);
    if (qos === 2) session.receive(packetId);
    this.#later(client, qos === 2 ? received : () => client.done(message));
  }

  #released(client: SimulatedClient, session: Kept, message: Published): void {
    session.forget(message.packetId);
    this.#later(client, () => client.done(message));
  }

  #spread(
    client: SimulatedClient,
    session: Kept,
    message: Published,
    received: () => void,
  ): void {
    const apart = new TurnRecords(true);
    const { journal } = this.store;
    journal.gatherInto(apart, () => {
      if (message.isShared) this.#deliverToOne(message);
      session.receive(message.packetId);
    });
    const left = [...message.receivers];
    this.#spreads.push({ publisher: client.name, message, left, apart });
    this.#later(client, received, session, message.packetId);
  }

  #goOnSpread({ left, apart, message }: Spread): void {
    const { journal } = this.store;
    const name = left.shift();
    if (name !== undefined) journal.gatherInto(apart, () => this.#deliver(name, message));
    if (left.length > 0) return;
    this.#spreads.shift();
    journal.closeApart(apart);
  }

  #deliver(name: string, { name: payload, qos }: Published): void {
    this.#sessionOf(name).deliver(this.store.message(payload), qos);
  }

  #deliverToOne({ name, qos }: Pick<Published, "name" | "qos">, not?: Kept): void {
    const members = this.#members.map((member) => this.#sessionOf(member));
    const to = members.find((member) => member.isReady && member !== not) ??
      members.find((member) => member !== not)!;
    to.deliver(this.store.message(name), qos, false, undefined, this.store.group(GROUP));
  }

  #give({ message, qos }: QueuedMessage, from: Kept): void {
    const name = new TextDecoder().decode(message.payload);
    const level = qos === 2 ? 2 : 1;
    this.#deliverToOne({ name, qos: level }, from);
  }

  #answered(client: SimulatedClient, session: Kept, { kind, packetId }: Answer): void {
    const { outlet } = client;
    if (kind === "PUBREC") {
      const say = () => outlet?.pushAck(PUBREL, packetId);
      return session.release(packetId) ? this.#later(client, say) : void say();
    }
    const isDone = kind === "PUBACK" ? session.acknowledge(packetId) : session.complete(packetId);
    if (isDone) session.drain();
  }
}
