/** Keys that take turns. */
import { assertEquals } from "@std/assert";
import { Turns } from "../lib/turns.ts";

function turnsOf(...names: string[]): Turns<string> {
  const turns = new Turns<string>();
  for (const name of names) turns.add(name[0]!, name);
  return turns;
}

function all(turns: Turns<string>): string {
  const names: string[] = [];
  for (let next = turns.next(); next !== undefined; next = turns.next()) names.push(next);
  return names.join(" ");
}

Deno.test("keys take turns, within a key the first goes first", () => {
  assertEquals(all(turnsOf("a1", "a2", "a3", "b1", "c1", "c2")), "a1 b1 c1 a2 c2 a3");
});

Deno.test("what is taken out is gone, wherever it was", () => {
  const turns = turnsOf("a1", "a2", "b1");
  assertEquals([turns.remove("b", "b1"), turns.remove("b", "b1"), turns.remove("a", "a1")], [
    true,
    false,
    true,
  ]);
  assertEquals([turns.size, all(turns), turns.size], [1, "a2", 0]);
});

Deno.test("the newest of the longest goes, and drain takes all", () => {
  const turns = turnsOf("a1", "a2", "a3", "b1", "b2");
  assertEquals([turns.removeFromLongest(), turns.removeFromLongest()], ["a3", "b2"]);
  assertEquals([turns.drain().join(" "), turns.size], ["a1 a2 b1", 0]);
  assertEquals(turns.removeFromLongest(), undefined);
});
