/** The tree below filters and retained topics: one node for a run of levels, whatever comes and goes. */
import { assert, assertEquals } from "@std/assert";
import { findNode, keyOf, LevelNode, nodeFor, removeValue } from "../../lib/topic/level_tree.ts";
import { Random } from "../support/random.ts";

/** All nodes but the root, checked against the invariants. */
function checkedCount(root: LevelNode<number>): number {
  let count = 0;
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const [key, child] of node.children ?? []) {
      count++;
      assertEquals(child.parent, node);
      assertEquals(keyOf(child.label.split("/")[0]!), key);
      const branches = child.children?.size ?? 0;
      assert(child.value !== undefined || branches > 1, `${child.label}: ${branches} children`);
      open.push(child);
    }
    assert(node.children === undefined || node.children.size > 0);
  }
  return count;
}

function pathsOf(random: Random): string[] {
  return random.list(
    1,
    60,
    () =>
      random.list(1, 6, () => random.pick(["", "a", "b", "ab", "+", "17", "1234", "abcd"])).join(
        "/",
      ),
  );
}

for (let seed = 0; seed < 30; seed++) {
  Deno.test(`every path is found, and no node is superfluous (seed ${seed})`, () => {
    const random = new Random(seed);
    const root = new LevelNode<number>("", undefined);
    const known = new Map<string, number>();
    for (const [i, path] of pathsOf(random).entries()) {
      nodeFor(root, path).value = i;
      known.set(path, i);
      const gone = random.oneIn(3) ? random.pick([...known.keys()]) : undefined;
      if (gone !== undefined && known.delete(gone)) removeValue(findNode(root, gone)!);
      checkedCount(root);
      for (const [one, value] of known) assertEquals(findNode(root, one)?.value, value, one);
      if (gone !== undefined) assertEquals(findNode(root, gone)?.value, undefined);
    }
    for (const path of known.keys()) removeValue(findNode(root, path)!);
    assertEquals(checkedCount(root), 0);
  });
}

Deno.test("levels that differ have keys that differ, and decimal numbers are numbers", () => {
  const texts = [
    "",
    "0",
    "00",
    "000",
    "0000",
    "1",
    "01",
    "001",
    "0001",
    "17",
    "-17",
    "+",
    "#",
    "é",
    "\u0131",
  ];
  texts.push(
    "1234",
    "01234",
    "123456789",
    "1234567890",
    "-1234",
    "1e10",
    "12.5",
    "1234a",
    "12599",
    "\u{1f600}",
    "abc",
    "abcd",
  );
  texts.push(
    "ab",
    "ba",
    "b",
    "ĀĀ",
    "Ā",
    "\u00ff\u00ff\u00ff",
    String.fromCharCode(0x31, 0x132),
    "٣٣٣٣",
  );
  assertEquals(new Set(texts.map(keyOf)).size, texts.length);
  for (const text of ["17", "1234", "123456789"]) assertEquals(typeof keyOf(text), "number", text);
});

Deno.test("a deep path is one node, and two that part late are three", () => {
  const root = new LevelNode<number>("", undefined);
  const deep = (first: string, last: string) => `${first}${"/a".repeat(126)}/${last}`;
  for (let i = 0; i < 100; i++) nodeFor(root, deep(`${i}`, "x")).value = 1;
  assertEquals(checkedCount(root), 100);
  for (let i = 0; i < 100; i++) nodeFor(root, deep(`${i}`, "y")).value = 1;
  assertEquals(checkedCount(root), 300);
  for (let i = 0; i < 100; i++) removeValue(findNode(root, deep(`${i}`, "x"))!);
  assertEquals(checkedCount(root), 100);
});
