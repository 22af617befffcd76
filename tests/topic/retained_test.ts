/** Retained messages against brute force: every topic name asked one by one with filterMatches. */
import { assert, assertEquals } from "@std/assert";
import { filterMatches } from "../../lib/topic/filter.ts";
import { RetainedTree } from "../../lib/topic/retained.ts";
import { Random } from "../support/random.ts";

const LEVELS = ["a", "b", "", "$SYS", "$x"];

function randomName(random: Random): string {
  return random.list(1, 5, () => random.pick(LEVELS)).join("/") || "a";
}

function randomFilter(random: Random): string {
  const levels = random.list(1, 5, () => random.oneIn(3) ? "+" : random.pick(LEVELS));
  if (random.oneIn(3)) levels.push("#");
  return levels.join("/") || "#";
}

Deno.test("match says what brute force says, through random changes", () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = new Random(seed);
    const tree = new RetainedTree<string>();
    const all = new Map<string, string>();
    for (let step = 0; step < 100; step++) {
      const name = randomName(random);
      if (random.oneIn(3)) assertEquals(tree.delete(name), all.delete(name));
      else {
        const message = `${name}: ${step}`;
        tree.set(name, message);
        all.set(name, message);
      }
      assertEquals(tree.get(name), all.get(name));
      assertEquals(tree.count, [...all.keys()].filter((one) => !one.startsWith("$SYS")).length);
      const filter = randomFilter(random);
      const wanted = [...all].filter(([one]) => filterMatches(filter, one)).map(([, text]) => text);
      assertEquals(tree.match(filter).sort(), wanted.sort(), `${filter}, seed ${seed}`);
    }
    for (const name of all.keys()) assert(tree.delete(name));
    assertEquals([tree.count, tree.isEmpty], [0, true], "no node is left");
  }
});

Deno.test("names and filters of 30,000 levels do not overflow the stack", () => {
  const tree = new RetainedTree<string>();
  const deep = Array(30_000).fill("").join("/");
  tree.set(deep, "deep");
  assertEquals(tree.match("#"), ["deep"]);
  assertEquals(tree.match(`${deep}/#`), ["deep"]);
  assertEquals(tree.match(deep.replaceAll("/", "/+")), ["deep"]);
  assert(tree.delete(deep));
  assert(tree.isEmpty);
});

Deno.test("a search that is interrupted finds what stays, once, whatever comes and goes", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new Random(seed);
    const name = () => random.list(1, 6, () => random.pick(["a", "b", "c"])).join("/");
    const tree = new RetainedTree<string>();
    const stays = new Set(random.list(1, 25, name));
    for (const topic of stays) tree.set(topic, topic);
    const others = random.list(1, 40, name).filter((topic) => !stays.has(topic));
    for (const topic of others) tree.set(topic, topic);
    const filter = random.pick(["#", "+/#", "a/#", "+/+/#", "a/+/+", "+/b/#"]);
    const found: string[] = [];
    for (const topic of tree.visit(filter)) {
      if (topic !== undefined && stays.has(topic)) found.push(topic);
      for (let changes = random.below(4); changes > 0 && others.length > 0; changes--) {
        const other = random.pick(others);
        if (random.oneIn(2)) tree.set(other, other);
        else tree.delete(other);
      }
    }
    const wanted = [...stays].filter((topic) => filterMatches(filter, topic));
    assertEquals(found.toSorted(), wanted.toSorted(), `${filter}, seed ${seed}`);
  }
});
