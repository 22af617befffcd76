/** Nodes by their paths: against a Map, where hashes are few, and where nodes are many. */
import { assertEquals } from "@std/assert";
import { LevelNode, nodeFor, removeValue } from "../../lib/topic/level_tree.ts";
import { PathIndex } from "../../lib/topic/path_index.ts";
import { Random } from "../support/random.ts";

/** An index over a tree, and what it is to know. */
class World {
  readonly root = new LevelNode<string>("", undefined);
  readonly known = new Map<string, LevelNode<string>>();
  readonly index: PathIndex<string>;

  constructor(hash?: (path: string) => number) {
    this.index = new PathIndex(hash);
  }

  add(path: string): void {
    if (this.known.has(path)) return;
    const node = nodeFor(this.root, path);
    node.value = path;
    this.known.set(path, node);
    this.index.add(path, node);
  }

  remove(path: string): void {
    const node = this.known.get(path);
    if (node === undefined || !this.known.delete(path)) return;
    this.index.delete(path, node);
    removeValue(node);
  }
}

const LEVELS = ["", "a", "b", "ab", "17", "$x"];
const path = (random: Random) => random.list(2, 5, () => random.pick(LEVELS)).join("/");

Deno.test("paths that share a hash are told apart, whatever comes and goes", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random(seed);
    const world = new World(({ length }) => length & 3);
    const seen = new Set<string>();
    for (let step = 0; step < 80; step++) {
      const one = path(random);
      seen.add(one);
      if (random.oneIn(3)) world.remove(one);
      else world.add(one);
      for (const each of seen) {
        assertEquals(world.index.get(each), world.known.get(each), `${each}, seed ${seed}`);
      }
    }
  }
});

Deno.test("a path that only begins or ends like that of a node is not found", () => {
  const world = new World(() => 0);
  world.add("a/b/c");
  for (const other of ["b/c", "/a/b/c", "x/b/c", "aa/b/c", "a/b", "a/bb/c", "a-b/c", "c"]) {
    assertEquals(world.index.get(other), undefined, other);
  }
});

Deno.test("20,000 paths are found while they become so many, and when they go", () => {
  const world = new World();
  const name = (i: number) => `site/${i % 50}/sensor/${i}`;
  for (let i = 0; i < 20_000; i++) world.add(name(i));
  for (let i = 0; i < 20_000; i++) assertEquals(world.index.get(name(i))?.value, name(i));
  assertEquals(world.index.get(name(20_000)), undefined);
  for (let i = 0; i < 20_000; i += 2) world.remove(name(i));
  for (let i = 0; i < 20_000; i++) {
    assertEquals(world.index.get(name(i))?.value, i % 2 === 0 ? undefined : name(i));
  }
  for (let i = 1; i < 20_000; i += 2) world.remove(name(i));
  world.add("again");
  assertEquals(world.index.get("again")?.value, "again");
});
