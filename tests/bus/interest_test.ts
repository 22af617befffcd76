/** What others are told of subscriptions, and whose turn it is. */
import { assertEquals } from "@std/assert";
import type { BusPeer } from "../../lib/bus/bus.ts";
import { OthersInterest, OwnInterest } from "../../lib/bus/interest.ts";

const A: BusPeer = { name: "a" };
const B: BusPeer = { name: "b" };

function names(others: OthersInterest, topicName: string): string[] {
  return others.match(topicName)?.peers.map(({ name }) => name).sort() ?? [];
}

Deno.test("a filter is told with its first subscription and the end of its last", () => {
  const own = new OwnInterest();
  assertEquals([own.change("t", 1), own.change("t", 1)], [1, undefined]);
  assertEquals([...own.all()], [["t", 2]]);
  assertEquals([own.change("t", -1), own.change("t", -1)], [undefined, 0]);
  assertEquals([...own.all()], []);
});

Deno.test("a shared one is told with every change", () => {
  const own = new OwnInterest();
  assertEquals([own.change("$share/g/t", 1), own.change("$share/g/t", 1)], [1, 2]);
  assertEquals([own.change("$share/g/t", -1), own.change("$share/g/t", -1)], [1, 0]);
  assertEquals([own.change("$queue/t", 1), own.change("$queue/t", 1)], [1, 2]);
});

Deno.test("each member that wants a topic is named once", () => {
  const others = new OthersInterest();
  assertEquals(others.match("t/x"), undefined);
  others.set(A, "t/+", 1);
  others.set(A, "t/#", 1);
  others.set(B, "t/x", 1);
  assertEquals(names(others, "t/x"), ["a", "b"]);
  assertEquals(names(others, "t/y"), ["a"]);
  assertEquals(others.match("u"), undefined);
  others.set(A, "t/+", 0);
  others.set(A, "t/+", 0);
  assertEquals(names(others, "t/y"), ["a"]);
  others.forget(A);
  assertEquals(names(others, "t/x"), ["b"]);
  others.set(B, "t/x", 0);
  assertEquals(others.match("t/x"), undefined);
});

Deno.test("what is no filter is left out", () => {
  const others = new OthersInterest();
  others.set(A, "$share/g", 1);
  assertEquals(others.match("$share/g"), undefined);
});

Deno.test("the members of a group take turns by their number, here and there", () => {
  const others = new OthersInterest();
  others.set(A, "$share/g/t", 1);
  others.set(B, "$share/g/t", 2);
  const turns = (here: number) => {
    const { peers, shared } = others.match("t")!;
    assertEquals([peers, shared.map(({ filter }) => filter)], [[], ["$share/g/t"]]);
    return shared[0]!.next(here)?.name ?? "here";
  };
  assertEquals(Array.from({ length: 8 }, () => turns(1)), [
    "here",
    "a",
    "b",
    "b",
    "here",
    "a",
    "b",
    "b",
  ]);
  others.set(B, "$share/g/t", 0);
  assertEquals(Array.from({ length: 3 }, () => turns(0)), ["a", "a", "a"]);
  others.set(A, "$share/g/t", 3);
  assertEquals(Array.from({ length: 4 }, () => turns(1)), ["a", "a", "a", "here"]);
});
