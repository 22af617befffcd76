/** Places at a server: shares, turns, and bounds of what waits. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Lane, Turnstile } from "../../../lib/access/sources/turnstile.ts";
import { BusyError } from "../../../lib/busy_error.ts";
import { turn } from "../../support/until.ts";
import { NEVER } from "./support.ts";

/** Work that notes its name when it begins and ends when told; what was refused is noted too. */
class Fixture {
  readonly begun: string[] = [];
  readonly refused: string[] = [];
  readonly ends = new Map<string, () => void>();
  readonly turnstile: Turnstile;

  constructor(limit: number) {
    this.turnstile = new Turnstile(limit);
  }

  enter(lane: Lane, name: string, from = "", weight = 1, signal = NEVER): void {
    this.turnstile.run({ lane, from, weight }, signal, () => {
      this.begun.push(name);
      return new Promise<void>((resolve) => this.ends.set(name, resolve));
    }).catch((cause) => this.refused.push(cause instanceof BusyError ? name : `${name} gone`));
  }

  many(lane: Lane, count: number, from = "", weight = 1): void {
    for (let i = 0; i < count; i++) this.enter(lane, `${lane}${i}`, from, weight);
  }

  async end(name: string): Promise<void> {
    this.ends.get(name)!();
    await turn();
  }
}

Deno.test("however many logins there are, a right has its place at once; and the other way round", async () => {
  for (const [flood, other] of [["logins", "rights"], ["rights", "logins"]] as const) {
    const it = new Fixture(8);
    it.many(flood, 500);
    it.many(other, 2);
    await turn();
    assertEquals(it.begun.filter((name) => name.startsWith(flood)).length, 6);
    assertEquals(it.begun.slice(-2), [`${other}0`, `${other}1`]);
    assertEquals([it.turnstile.running, it.turnstile.waiting], [8, 494]);
  }
});

Deno.test("one place for all: the two kinds take it in turn", async () => {
  const it = new Fixture(1);
  it.many("logins", 3);
  it.many("rights", 2);
  await turn();
  for (const name of ["logins0", "rights0", "logins1", "rights1", "logins2"]) await it.end(name);
  assertEquals(it.begun, ["logins0", "rights0", "logins1", "rights1", "logins2"]);
  assertEquals(it.turnstile.running, 0);
});

Deno.test("those that wait take turns by where they come from", async () => {
  const it = new Fixture(1);
  it.enter("logins", "first");
  for (const name of ["a1", "a2", "a3", "b1", "c1"]) it.enter("logins", name, name[0]);
  await turn();
  for (const name of ["first", "a1", "b1", "c1", "a2"]) await it.end(name);
  assertEquals(it.begun, ["first", "a1", "b1", "c1", "a2", "a3"]);
});

Deno.test("a thousand logins wait, no more: the newest of where most come from are refused", async () => {
  const it = new Fixture(4);
  it.many("logins", 1100, "flood");
  it.enter("logins", "honest", "elsewhere");
  it.enter("rights", "right");
  await turn();
  assertEquals(it.refused.length, 1100 - 3 - 999);
  assertEquals([it.refused.includes("honest"), it.begun.at(-1)], [false, "right"]);
  await it.end("logins0");
  await it.end("logins1");
  assertEquals(it.begun.at(-1), "honest");
});

Deno.test("what waits is bounded in size too", async () => {
  const it = new Fixture(1);
  it.many("logins", 1000, "flood", 64 * 1024);
  await turn();
  assertEquals([it.turnstile.waiting, it.refused.length], [64, 935]);
});

Deno.test("who leaves takes no place, and what fails gives its own back", async () => {
  const turnstile = new Turnstile(1);
  const entrant = { lane: "rights", from: "", weight: 1 } as const;
  const first = Promise.withResolvers<void>();
  const running = turnstile.run(entrant, NEVER, () => first.promise);
  const leaving = new AbortController();
  const left = assertRejects(
    () => turnstile.run(entrant, leaving.signal, () => Promise.reject(new Error("never run"))),
    Error,
    "gone",
  );
  const next = turnstile.run(entrant, NEVER, () => Promise.resolve("next"));
  leaving.abort(new Error("gone"));
  await left;
  assertEquals(turnstile.waiting, 1);
  first.reject(new Error("failed"));
  await assertRejects(() => running, Error, "failed");
  assertEquals([await next, turnstile.running], ["next", 0]);
});
