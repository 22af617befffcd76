/** The tree of topics: against a plain list of names for any messages and any opening and closing; its bounds. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Found } from "../../../../plugins/dashboard/page/views/topics/search.js";
import { type Branch, Tree } from "../../../../plugins/dashboard/page/views/topics/tree.js";
import { moved } from "../../../../plugins/dashboard/page/views/topics/tree_keys.js";
import {
  indexOf,
  rowCount,
  rowsOf,
} from "../../../../plugins/dashboard/page/views/topics/tree_rows.js";
import { message } from "./support.ts";

/** The names of all rows, in order. */
function names(tree: Tree): string[] {
  return rowsOf(tree.root, 0, Infinity).map(({ branch }) => branch.name);
}

/** What the rows ought to be, walked in the plainest way. */
function expected(branch: Branch): string[] {
  if (!branch.isExpanded) return [];
  const children = [...branch.children?.values() ?? []];
  children.sort((a, b) => a.level < b.level ? -1 : 1);
  return children.flatMap((child) => [child.name, ...expected(child)]);
}

/** Every branch below, itself included. */
function all(branch: Branch): Branch[] {
  return [branch, ...[...branch.children?.values() ?? []].flatMap(all)];
}

const level = fc.constantFrom("", "a", "b", "c", "ä");
const topicName = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join("/"))
  .filter((name) => name !== "");
const step = fc.oneof(
  fc.record({ topicName, count: fc.integer({ min: 1, max: 3 }), retain: fc.boolean() }),
  fc.record({ turned: fc.nat() }),
);

Deno.test("rows, places and sums hold for any messages, opened and closed branches", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(20), fc.nat(20), (steps, from, to) => {
      const tree = new Tree();
      const counts = new Map<string, number>();
      for (const one of steps) {
        if ("turned" in one) {
          const branches = all(tree.root).slice(1);
          const branch = branches[one.turned % branches.length];
          if (branch !== undefined) tree.expand(branch, !branch.isExpanded);
        } else {
          tree.take(message(one.topicName, "x", { retain: one.retain }), one.count, 0);
          counts.set(one.topicName, (counts.get(one.topicName) ?? 0) + one.count);
        }
      }
      const rows = expected(tree.root);
      assertEquals(names(tree), rows);
      assertEquals(rowCount(tree.root), rows.length);
      assertEquals(
        rowsOf(tree.root, from, to).map(({ branch }) => branch.name),
        rows.slice(from, to),
      );
      for (const branch of all(tree.root).slice(1)) {
        const below = [...counts].filter(([name]) =>
          name === branch.name || name.startsWith(`${branch.name}/`)
        );
        assertEquals(branch.topics, below.length);
        assertEquals(branch.messages, below.reduce((sum, [, count]) => sum + count, 0));
        assertEquals(branch.retained, all(branch).filter(({ isRetained }) => isRetained).length);
        assertEquals(indexOf(branch) ?? -1, rows.indexOf(branch.name));
        assertEquals(tree.find(branch.name), branch);
      }
    }),
  );
});

Deno.test("a retained mark comes with RETAIN and goes with an empty retained message", () => {
  const tree = new Tree();
  const marks = [["x", true], ["y", false], ["", false], ["", true], ["z", true]] as const;
  const seen = marks.map(([payload, retain]) =>
    tree.take(message("a/b", payload, { retain }), 1, 0)?.isRetained
  );
  assertEquals(seen, [true, true, true, false, true]);
  assertEquals(tree.root.retained, 1);
});

Deno.test("topics and the bytes of names are bounded; what is left out is counted", () => {
  const tree = new Tree({ topics: 3, nameBytes: 100 });
  for (const name of ["a", "b", "c", "d", "d"]) tree.take(message(name), 2, 0);
  assertEquals([tree.size, tree.leftOut, names(tree)], [3, 4, ["a", "b", "c"]]);
  const short = new Tree({ nameBytes: 100 });
  short.take(message("x".repeat(60)), 1, 0);
  assertEquals([short.size, short.leftOut], [0, 1]);
});

Deno.test("the bytes of payloads are bounded: the one that changed longest ago is forgotten", () => {
  const tree = new Tree({ payloadBytes: 10 });
  for (const name of ["a", "b", "a", "c"]) tree.take(message(name, "1234"), 1, 0);
  const kept = ["a", "b", "c"].map((name) => tree.get(name)?.last?.payload?.length);
  assertEquals([kept, tree.payloadBytes], [[4, undefined, 4], 8]);
  assertEquals(tree.get("b")?.last?.bytes, 4);
});

Deno.test("a name of slashes is no deep tree, and is found by its name", () => {
  const tree = new Tree();
  const name = "/".repeat(60_000);
  const branch = tree.take(message(name), 1, 0);
  assertEquals([branch?.depth, branch?.name === name, tree.find(name) === branch], [
    64,
    true,
    true,
  ]);
});

Deno.test("what the API knows counts no message, and is older than what was seen", () => {
  const tree = new Tree();
  tree.know(message("a", "old"), true);
  tree.take(message("b", "new"), 1, 0);
  tree.know(message("b", "old"), false);
  const text = (name: string) =>
    new TextDecoder().decode(tree.get(name)?.last?.payload ?? undefined);
  assertEquals([text("a"), text("b"), tree.root.messages, tree.root.retained], [
    "old",
    "new",
    1,
    1,
  ]);
});

Deno.test("a rate is what came a second, and falls when nothing comes", () => {
  const tree = new Tree();
  for (let at = 0; at < 60_000; at += 100) tree.take(message("a/b"), 5, at);
  const rate = tree.find("a")!.rate;
  assert(Math.abs(rate.value(60_000) - 50) < 2, String(rate.value(60_000)));
  assert(rate.value(120_000) < 0.2);
});

Deno.test("keys go as in the pattern treeview", () => {
  const tree = new Tree();
  for (const name of ["a/x", "a/y", "b", "c/z"]) tree.take(message(name), 1, 0);
  let active: Branch | undefined;
  const press = (key: string) => {
    const move = moved(key, { root: tree.root, found: undefined, active, rowsInSight: 2 });
    if (move?.expand !== undefined) tree.expand(move.branch, move.expand);
    else active = move?.branch ?? active;
    return `${active?.name}${active?.isExpanded ? "+" : ""}`;
  };
  const keys = "ArrowDown ArrowRight ArrowRight ArrowDown ArrowDown ArrowLeft Home End ArrowUp " +
    "PageUp PageDown ArrowLeft Home ArrowLeft Enter x";
  assertEquals(keys.split(" ").map(press), [
    "a",
    "a+",
    "a/x",
    "a/y",
    "b",
    "b",
    "a+",
    "c",
    "b",
    "a/x",
    "b",
    "b",
    "a+",
    "a",
    "a+",
    "a+",
  ]);
});

Deno.test("a search finds topics by any part of their name, also those that come later", () => {
  const tree = new Tree();
  for (const name of ["b/Temp", "a/temp", "a/hum"]) tree.take(message(name), 1, 0);
  const found = new Found(tree, "TEMP");
  const rows = () => found.rows().map(([name]) => name);
  assertEquals(rows(), ["a/temp", "b/Temp"]);
  tree.take(message("a/a/temp"), 1, 0);
  tree.take(message("a/a/hum"), 1, 0);
  assertEquals(rows(), ["a/a/temp", "a/temp", "b/Temp"]);
});
