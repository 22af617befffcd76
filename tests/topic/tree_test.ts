/** The subscription tree against brute force: every filter asked one by one with filterMatches. */
import { assert, assertEquals } from "@std/assert";
import { filterMatches } from "../../lib/topic/filter.ts";
import { SubscriptionTree } from "../../lib/topic/tree.ts";
import type { QoS } from "../../lib/wire/packets.ts";
import { Random } from "../support/random.ts";

interface Subscription {
  filter: string;
  subscriber: string;
  group: string | undefined;
}

const highest = (all: readonly QoS[]): QoS => all.reduce((a, b) => a >= b ? a : b);

const LEVELS = ["a", "b", "", "$SYS", "ü"];

function randomFilter(random: Random): string {
  const levels = random.list(1, 5, () => random.oneIn(4) ? "+" : random.pick(LEVELS));
  if (random.oneIn(4)) levels.push("#");
  return levels.join("/") || "#";
}

function randomName(random: Random): string {
  return random.list(1, 6, () => random.pick(LEVELS)).join("/") || "a";
}

/** What brute force says of a topic name: subscribers at their highest QoS, groups by filter and name. */
function expectation(all: Map<string, [Subscription, QoS]>, topicName: string) {
  const subscribers = new Map<string, QoS>();
  const groups = new Map<string, Map<string, QoS>>();
  for (const [{ filter, subscriber, group }, qos] of all.values()) {
    if (!filterMatches(filter, topicName)) continue;
    if (group === undefined) {
      subscribers.set(subscriber, Math.max(subscribers.get(subscriber) ?? 0, qos) as QoS);
    } else {
      const key = `${group} ${filter}`;
      groups.set(key, new Map(groups.get(key)).set(subscriber, qos));
    }
  }
  return { subscribers, groups: [...groups.values()] };
}

const sorted = (members: Iterable<[string, QoS]>) => [...members].map(String).sort();
const sortedGroups = (groups: Iterable<ReadonlyMap<string, QoS>>) =>
  [...groups].map((members) => sorted(members).join(" ")).sort();

function assertMatches(
  tree: SubscriptionTree<string, QoS>,
  all: Map<string, [Subscription, QoS]>,
  topicName: string,
  seed: number,
): void {
  const { subscribers, groups } = tree.match(topicName);
  const wanted = expectation(all, topicName);
  const where = `${topicName}, seed ${seed}`;
  assertEquals(sorted(subscribers), sorted(wanted.subscribers), where);
  const members = groups.map((group) => group.members);
  assertEquals(sortedGroups(members), sortedGroups(wanted.groups), where);
}

Deno.test("match says what brute force says, through random additions and removals", () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = new Random(seed);
    const tree = new SubscriptionTree<string, QoS>(highest);
    const all = new Map<string, [Subscription, QoS]>();
    for (let step = 0; step < 120; step++) {
      const filter = randomFilter(random);
      const subscriber = `s${random.below(6)}`;
      const group = random.oneIn(4) ? `g${random.below(2)}` : undefined;
      const key = `${group} ${subscriber} ${filter}`;
      const before = tree.generation;
      if (random.oneIn(3)) {
        const removed = tree.remove(filter, subscriber, group);
        assertEquals(removed, all.delete(key));
        assertEquals(tree.generation > before, removed, "the generation rises with changes only");
      } else {
        const qos = random.below(3) as QoS;
        const [, old] = all.get(key) ?? [];
        assertEquals(tree.add(filter, subscriber, qos, group), !all.has(key));
        assert(tree.generation > before || old === qos);
        all.set(key, [{ filter, subscriber, group }, qos]);
      }
      assertEquals(tree.count, all.size);
      assertMatches(tree, all, randomName(random), seed);
    }
    for (const [{ filter, subscriber, group }] of all.values()) {
      assert(tree.remove(filter, subscriber, group));
    }
    assertEquals([tree.count, tree.isEmpty], [0, true], "no node is left");
  }
});

Deno.test("a subscription made again as it was changes nothing", () => {
  const tree = new SubscriptionTree<string, QoS>(highest);
  tree.add("a/b", "s", 1);
  tree.add("a/b", "s", 1, "g");
  const { generation } = tree;
  tree.add("a/b", "s", 1);
  tree.add("a/b", "s", 1, "g");
  assertEquals(tree.generation, generation);
});

Deno.test("overlapping filters give one delivery at the highest QoS", () => {
  const tree = new SubscriptionTree<string, QoS>(highest);
  tree.add("a/#", "s", 0);
  tree.add("a/+", "s", 2);
  tree.add("a/b", "s", 1);
  assertEquals([...tree.match("a/b").subscribers], [["s", 2]]);
  tree.add("a/+", "s", 0);
  assertEquals([...tree.match("a/b").subscribers], [["s", 1]]);
});

Deno.test("members of a group take turns, also while members come and go", () => {
  const tree = new SubscriptionTree<string, QoS>(highest);
  const first = () => {
    const [group] = tree.match("t").groups;
    return group!.inTurn().next().value;
  };
  for (const one of ["a", "b", "c"]) tree.add("t", one, 1, "g");
  assertEquals([first(), first(), first(), first()], ["a", "b", "c", "a"]);
  tree.remove("t", "b", "g");
  assertEquals(new Set([first(), first()]), new Set(["a", "c"]));
  tree.add("t", "d", 1, "g");
  assertEquals(new Set([first(), first(), first()]), new Set(["a", "c", "d"]));
  const [group] = tree.match("t").groups;
  assertEquals(new Set(group!.inTurn()), new Set(["a", "c", "d"]));
});

Deno.test("filters and names of 30,000 levels do not overflow the stack", () => {
  const tree = new SubscriptionTree<string, QoS>(highest);
  const deep = Array(30_000).fill("").join("/");
  for (const filter of [deep, `${deep}/#`, deep.replaceAll("/", "/+")]) tree.add(filter, filter, 1);
  assertEquals(tree.match(deep).subscribers.size, 3);
  for (const filter of [deep, `${deep}/#`, deep.replaceAll("/", "/+")]) {
    assert(tree.remove(filter, filter));
  }
  assert(tree.isEmpty);
});

Deno.test("200,000 groups on one filter are matched", () => {
  const tree = new SubscriptionTree<string, QoS>(highest);
  for (let i = 0; i < 200_000; i++) tree.add("t", "s", 1, `g${i}`);
  assertEquals(tree.match("t").groups.length, 200_000);
});

Deno.test("filters without end of one subscriber are merged once, at the end of the match", () => {
  const LEVELS_DEEP = 12;
  const merged: number[][] = [];
  const tree = new SubscriptionTree<string, number>((all) => merged.push([...all]));
  for (let bits = 0; bits < 1 << LEVELS_DEEP; bits++) {
    const levels = Array.from({ length: LEVELS_DEEP }, (_, at) => bits >> at & 1 ? "+" : "a");
    tree.add(levels.join("/"), "many", bits);
  }
  tree.add("#", "one", 7);
  const { subscribers } = tree.match("a/".repeat(LEVELS_DEEP - 1) + "a");
  assertEquals(subscribers.get("one"), 7, "what is alone is not merged");
  assertEquals(subscribers.get("many"), 1, "what the only call of merge has returned");
  assertEquals(merged.length, 1);
  assertEquals(merged[0]!.toSorted((a, b) => a - b), [...new Array(1 << LEVELS_DEEP).keys()]);
});

Deno.test("a subscriber whose filters all have the same options has them, unmerged", () => {
  const options = { qos: 1 };
  const tree = new SubscriptionTree<string, { qos: number }>(() => ({ qos: -1 }));
  for (const filter of ["a/b", "a/+", "a/#"]) tree.add(filter, "s", options);
  assertEquals(tree.match("a/b").subscribers.get("s"), options);
  tree.add("#", "s", { qos: 2 });
  assertEquals(tree.match("a/b").subscribers.get("s"), { qos: -1 });
});
