/** Members that come, go and acknowledge as they like: no message of their group is lost, and none of QoS 2 comes twice. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Peer5 } from "../support/peer5.ts";
import { Random } from "../support/random.ts";
import { until } from "../support/until.ts";

const FILTER = "$share/g/t";
const NAMES = ["a", "b", "c"];

/** One run. */
class Play {
  readonly #it: ClockedBroker;
  readonly #random: Random;
  readonly #there = new Map<string, Peer5>();
  readonly published: string[] = [];
  readonly acknowledged: string[] = [];

  constructor(it: ClockedBroker, random: Random) {
    this.#it = it;
    this.#random = random;
  }

  async begin(): Promise<void> {
    for (const name of NAMES) await this.come(name, 2);
  }

  async come(name: string, receiveMaximum = 1 + this.#random.below(3)): Promise<void> {
    if (this.#there.has(name)) return;
    const peer = await Peer5.keep(this.#it, name, { properties: { receiveMaximum } });
    if (!peer.sessionPresent) await peer.codes(FILTER, 2);
    this.#there.set(name, peer);
  }

  async step(): Promise<void> {
    const name = this.#random.pick(NAMES);
    const what = this.#random.below(8);
    if (what < 4) this.publish();
    else if (what === 4) await this.come(name);
    else if (what === 5) await this.#go(name);
    else await this.#acknowledge(name);
  }

  publish(): void {
    const qos = this.#random.pick([1, 2] as const);
    const payload = `${qos}-${this.published.length}`;
    this.published.push(payload);
    this.#it.broker.publish({ topicName: "t", payload, qos });
  }

  /** All that is there is taken, by everyone. */
  async finish(): Promise<void> {
    for (const name of NAMES) await this.come(name);
    for (let isQuiet = false; !isQuiet;) {
      isQuiet = true;
      for (const name of NAMES) if (await this.#acknowledge(name) > 0) isQuiet = false;
    }
  }

  async #go(name: string): Promise<void> {
    const peer = this.#there.get(name);
    if (peer === undefined) return;
    this.#there.delete(name);
    if (this.#random.oneIn(2)) return await peer.disconnect();
    await peer.raw.close();
    const left = this.#there.size;
    await until(() => this.#it.broker.metrics.clientsConnected === left, "the end");
  }

  /** @returns how many messages were there */
  async #acknowledge(name: string): Promise<number> {
    const got = await this.#there.get(name)?.drain() ?? [];
    this.acknowledged.push(...got.map((one) => one.split("/")[0]!));
    return got.length;
  }
}

Deno.test("what is published to a group is acknowledged by a member, at QoS 2 by one", async () => {
  for (let seed = 0; seed < 40; seed++) {
    await using it = await ClockedBroker.start();
    const play = new Play(it, new Random(seed));
    await play.begin();
    for (let i = 0; i < 40; i++) await play.step();
    await play.finish();
    const { published, acknowledged } = play;
    assertEquals(new Set(acknowledged), new Set(published), `seed ${seed}`);
    const exact = acknowledged.filter((one) => one.startsWith("2-"));
    assertEquals(exact.length, new Set(exact).size, `seed ${seed}: once`);
    assertEquals(it.broker.metrics.messagesDropped, {}, `seed ${seed}`);
  }
});
