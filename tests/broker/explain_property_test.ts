/**
 * Explain against the broker: random rules, limits and settings, random questions; what explain says is what the
 * client then gets to see. Invariant: everything follows from the seed that the message shows.
 */
import { assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import type { AccessReport } from "../../lib/manage/access_report.ts";
import { UserError } from "../../lib/user_error.ts";
import type { QoS } from "../../lib/wire/packets.ts";
import type { Peer } from "../conformance/peer.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Random } from "../support/random.ts";
import { PINGREQ, publish, subscribe } from "../support/raw_packets.ts";

const PINGRESP_TYPE = 13;
const BROKERS = 25;
const QUESTIONS = 40;
const LEVELS = ["a", "b", "cc", "", "$SYS", "$a", "é"];
const PREFIXES = ["$share/g/", "$share//", "$share/", "$queue/", "$share/+/", "$share/g"];

/** What a client can see of its own publish or subscription. */
type Seen = "done" | "dropped" | "refused" | "closed";

/** A broker whose rules, limits and settings are drawn, with a client on it that comes back when it was closed. */
class Stage implements AsyncDisposable {
  readonly it: ClockedBroker;
  readonly #spread: string[];
  #client: Peer | undefined;
  #lastId = 0;

  private constructor(it: ClockedBroker, spread: string[]) {
    this.it = it;
    this.#spread = spread;
  }

  static async start(random: Random): Promise<Stage> {
    const spread: string[] = [];
    const watcher: Hooks = {
      messageBroadcast: ({ message: { topicName } }) => void spread.push(topicName),
    };
    return new Stage(await ClockedBroker.start(randomOptions(random), watcher), spread);
  }

  async client(): Promise<Peer> {
    return this.#client ??= await this.it.open("c", { username: "alice" });
  }

  async publish(topic: string, qos: QoS, retain: boolean): Promise<Seen> {
    this.#spread.length = 0;
    const client = await this.client();
    await client.raw.sendAnyway(publish(topic, "x", { qos, retain, id: ++this.#lastId }));
    if (await this.#isClosed(client)) return "closed";
    return this.#spread.includes(topic) ? "done" : "dropped";
  }

  async subscribe(filter: string, qos: QoS): Promise<Seen> {
    const client = await this.client();
    await client.raw.sendAnyway(subscribe(9, [filter, qos]));
    const answer = await client.raw.nextPacket();
    if (answer === undefined) {
      this.#client = undefined;
      return "closed";
    }
    const code = answer.body[2];
    await client.unsubscribe(filter);
    return code === 0x80 ? "refused" : "done";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
  }

  /** After a ping is answered everything before it has been handled. */
  async #isClosed(client: Peer): Promise<boolean> {
    await client.raw.sendAnyway(PINGREQ);
    for (;;) {
      const packet = await client.raw.nextPacket();
      if (packet?.type === PINGRESP_TYPE) return false;
      if (packet !== undefined) continue;
      this.#client = undefined;
      return true;
    }
  }
}

function randomOptions(random: Random): BrokerOptions {
  return {
    max_topic_levels: random.pick([0, 3]),
    max_topic_length: random.pick([0, 10]),
    acl_nomatch: random.pick(["allow", "deny"]),
    acl_deny_action: random.pick(["ignore", "disconnect"]),
    acl_wildcards: random.pick(["strict", "emqx"]),
    plugins: { acl_file: { rules: random.list(0, 5, () => randomRule(random)) } },
  };
}

function randomRule(random: Random): Record<string, unknown> {
  const who = random.pick([{ all: true }, { user: "alice" }, { user: "bob" }, { clientid: "c" }]);
  return {
    permission: random.pick(["allow", "deny"]),
    ...who,
    action: random.pick(["publish", "subscribe", "pubsub", "all"]),
    topics: random.list(
      1,
      2,
      () => random.pick(["a/#", "+/b", "#", "a", "cc/%c", "b/+/a", "$a/#"]),
    ),
    ...(random.oneIn(3) && { qos: random.list(1, 2, () => random.below(3)) }),
    ...(random.oneIn(4) && { retain: random.oneIn(2) }),
  };
}

function randomTopic(random: Random): string {
  const name = random.list(1, 5, () => random.pick(LEVELS)).join("/");
  return random.oneIn(12) ? `${name}/+` : name;
}

function randomFilter(random: Random): string {
  const levels = random.list(1, 5, () => random.oneIn(4) ? "+" : random.pick(LEVELS));
  if (random.oneIn(4)) levels.push("#");
  if (random.oneIn(12)) levels.push("a#");
  const prefix = random.oneIn(3) ? random.pick(PREFIXES) : "";
  return prefix + levels.join("/");
}

/** What a report promises; undefined: the topic is none, which closes the connection. */
function promised(report: AccessReport | undefined): Seen {
  if (report === undefined) return "closed";
  if (report.verdict === "allow") return "done";
  if (report.effect.startsWith("the connection is closed")) return "closed";
  return report.action === "subscribe" ? "refused" : "dropped";
}

async function explained(
  { it }: Stage,
  question: Pick<AccessReport, "action" | "topic" | "qos" | "retain">,
): Promise<AccessReport | undefined> {
  try {
    return await it.broker.explain({ client: "c", ...question });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

for (let seed = 1; seed <= BROKERS; seed++) {
  Deno.test(`explain says what the broker does, seed ${seed}`, async () => {
    const random = new Random(seed);
    await using stage = await Stage.start(random);
    for (let number = 1; number <= QUESTIONS; number++) {
      await stage.client(); // a session that explain finds
      const isPublish = random.oneIn(2);
      const topic = isPublish ? randomTopic(random) : randomFilter(random);
      const action = isPublish ? "publish" : "subscribe";
      const qos = random.pick([0, 1, 2] as const);
      const retain = isPublish && random.oneIn(3);
      const report = await explained(stage, { action, topic, qos, retain });
      const seen = isPublish
        ? await stage.publish(topic, qos, retain)
        : await stage.subscribe(topic, qos);
      const shown = JSON.stringify(report ?? "no topic");
      assertEquals(seen, promised(report), `${number}: ${action} ${topic} ${qos}: ${shown}`);
    }
  });
}

for (let seed = 1; seed <= BROKERS; seed++) {
  Deno.test(`explain says what is delivered, seed ${seed}`, async () => {
    const random = new Random(seed);
    const rules = random.list(0, 5, () => ({ ...randomRule(random), action: "receive" }));
    await using it = await ClockedBroker.start({ plugins: { acl_file: { rules } } });
    const client = await it.open("c", { username: "alice" });
    await client.subscribed(["#", 2], ["$SYS/#", 2], ["$a/#", 2]);
    for (let number = 1; number <= QUESTIONS; number++) {
      const topicName = random.list(1, 4, () => random.pick(LEVELS)).join("/") || "a";
      const qos = random.pick([0, 1, 2] as const);
      const question = { client: "c", action: "receive", topic: topicName, qos } as const;
      const { verdict } = await it.broker.explain(question);
      it.broker.publish({ topicName, payload: "x", qos });
      const seen = (await client.drain()).length;
      assertEquals(seen, verdict === "allow" ? 1 : 0, `${number}: ${topicName} ${qos}`);
    }
  });
}

Deno.test("the three questions that explain and broker once answered differently", async () => {
  await using it = await ClockedBroker.start({ max_topic_levels: 3, max_topic_length: 10 });
  const client = await it.open("c");
  const explain = (action: "publish" | "subscribe", topic: string) =>
    it.broker.explain({ client: "c", action, topic });
  const shared = await explain("subscribe", "$share/g/a/b/c");
  assertEquals([shared.verdict, await client.subscribe(["$share/g/a/b/c", 0])], ["allow", [0]]);
  const long = await explain("subscribe", "abcdefghijkl");
  assertEquals([long.verdict, await client.subscribe(["abcdefghijkl", 0])], ["deny", [0x80]]);
  const topic = await explain("publish", "abcdefghijkl");
  assertEquals([topic.verdict, topic.effect], ["deny", "the connection is closed"]);
  await client.raw.send(publish("abcdefghijkl", "x"));
  await client.raw.expectClosed();
});
