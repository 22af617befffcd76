/**
 * Clients of a broker that crashes, whose disk fails and whose log is cleaned all the time: each message that was
 * acknowledged arrives, QoS 2 once. Invariant: everything follows from the seed that a failure names.
 */
import { assertEquals } from "@std/assert";
import { Random } from "../support/random.ts";
import { turns } from "./held_log.ts";
import { entryText, type Kept } from "./kept_sessions.ts";
import { SimulatedBroker } from "./simulated_broker.ts";
import { type Published, SimulatedClient } from "./simulated_client.ts";

const NAMES = ["a", "b", "c", "g1", "g2"];
const MEMBERS = ["g1", "g2"];
const RECEIVERS = ["a", "b", "c"];
const STEPS = 400;
const RUNS = 150;

/** One run: a broker, its clients, and what they have published. */
class Run {
  readonly random: Random;
  readonly clients = new Map(NAMES.map((name) => [name, new SimulatedClient(name)]));
  readonly broker: SimulatedBroker;
  readonly published: Published[] = [];
  readonly trace: string[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.broker = new SimulatedBroker(this.random, this.clients, MEMBERS);
  }

  async step(): Promise<void> {
    const { random } = this;
    const client = this.clients.get(random.pick(NAMES))!;
    const what = random.below(100);
    this.trace.push(`${what} ${client.name}`);
    if (what < 10) this.broker.connect(client);
    else if (what < 14) this.broker.disconnect(client);
    else if (what < 34) this.#publish(client);
    else if (what < 54) client.read();
    else if (what < 70) this.broker.hear(client);
    else if (what < 76) this.broker.goOn();
    else if (what < 92) await this.#disk();
    else await this.#seldom(client);
    if (random.oneIn(2)) await turns();
  }

  /** All connect, all is written, read and answered. */
  async finish(): Promise<void> {
    for (const client of this.clients.values()) this.broker.disconnect(client);
    for (let rounds = 0; rounds < 400; rounds++) {
      this.broker.goOn();
      await this.broker.store.log.settleAll();
      this.broker.store.clock.advance(10_000);
      for (const client of this.clients.values()) {
        if (client.outlet === undefined) this.broker.connect(client);
        while (client.read());
        while (this.broker.hear(client));
      }
    }
    await this.broker.store.log.settleAll();
  }

  #publish(client: SimulatedClient): void {
    if (!client.isLetIn || client.outbox.length > 3) return;
    const { random } = this;
    const receivers = RECEIVERS.filter(() => random.oneIn(2));
    const qos = random.oneIn(2) ? 1 : 2;
    const name = `m${this.published.length}`;
    const message = client.publish(name, qos, receivers, random.oneIn(3));
    this.published.push(message);
    this.broker.publish(client, message);
  }

  async #disk(): Promise<void> {
    const { log, clock } = this.broker.store;
    if (!log.isWriting) return clock.advance(this.random.below(1500));
    if (this.random.oneIn(5)) await log.fail();
    else await log.settle();
  }

  async #seldom(client: SimulatedClient): Promise<void> {
    const { random, broker } = this;
    const { sessions, journal } = broker.store;
    const session = sessions.get(client.name);
    const what = random.below(8);
    if (what === 0) journal.startEdition();
    else if (what === 1) session?.hold();
    else if (what < 4) session?.resume();
    else if (what === 4) broker.memberAway(random.pick(MEMBERS));
    else if (what === 5) broker.store.retain(`t${random.below(4)}`, random.pick(["x", undefined]));
    else if (what === 6 && random.oneIn(3)) {
      broker.endMember(this.clients.get(random.pick(MEMBERS))!);
    } else if (what === 7 && random.oneIn(2)) broker.crash(random.oneIn(2));
    await turns();
  }
}

/** How often each message arrived, where that is wrong. */
function wrongs({ published, clients }: Run): string[] {
  return published.flatMap(({ name, qos, receivers, isShared, isForgotten }) => {
    const least = isForgotten ? 0 : 1;
    const most = qos === 1 ? Infinity : 1;
    const counts = receivers.map((to) => [to, clients.get(to)!.taken.get(name) ?? 0] as const);
    const wrong = counts.filter(([, count]) => count < least || count > most);
    const shared = MEMBERS.reduce((sum, to) => sum + (clients.get(to)!.taken.get(name) ?? 0), 0);
    // A QoS 2 message that was sent stays with its client, and ends with its session.
    const leastShared = qos === 1 ? least : 0;
    if (isShared && (shared < leastShared || shared > most)) wrong.push(["group", shared]);
    return wrong.map(([to, count]) => `${name}/${qos} ${count} times at ${to}`);
  });
}

/** What is live, as text. */
function live(sessions: ReadonlyMap<string, Kept>): unknown {
  return [...sessions].map(([name, session]) => [
    name,
    [...session.receivedIds].sort(),
    [...session.subscriptions.keys()].sort(),
    session.entries().length,
  ]).sort();
}

Deno.test("what was acknowledged arrives, QoS 2 once, whatever the disk and the broker do", async () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const run = new Run(seed);
    try {
      for (let step = 0; step < STEPS; step++) await run.step();
      for (const session of run.broker.store.sessions.values()) session.resume();
      await run.finish();
    } catch (cause) {
      throw new Error(`seed ${seed}, step ${run.trace.length}`, { cause });
    }
    assertEquals(wrongs(run), [], `seed ${seed}`);
    const { store } = run.broker;
    const { state, ending } = store.stored;
    assertEquals(ending, [], `seed ${seed}`);
    const stored = [...state.sessions].map(([name, { received, subscriptions, entries }]) => [
      name,
      [...received].sort(),
      [...subscriptions.keys()].sort(),
      entries.size,
    ]).sort();
    assertEquals(stored, live(store.sessions), `seed ${seed}`);
    const left = [...state.sessions.values()].flatMap(({ entries }) => [...entries.values()]);
    assertEquals(left.map(entryText), [], `seed ${seed}`);
    assertEquals(
      [...state.retained.keys()].sort(),
      [...store.retained.keys()].sort(),
      `seed ${seed}`,
    );
  }
});
