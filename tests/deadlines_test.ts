/** Things by the time they are due. */
import { assert, assertEquals } from "@std/assert";
import { type Deadline, Deadlines } from "../lib/deadlines.ts";
import { Random } from "./support/random.ts";

Deno.test("what is due comes out, the earliest first, and nothing before its time", () => {
  const deadlines = new Deadlines<string>();
  for (const at of [30, 10, 20, 10]) deadlines.add(at, `at ${at}`);
  assertEquals(deadlines.size, 4);
  assertEquals(deadlines.next(9), undefined);
  assertEquals([10, 10, 10].map((now) => deadlines.next(now)), ["at 10", "at 10", undefined]);
  assertEquals([30, 30, 30].map((now) => deadlines.next(now)), ["at 20", "at 30", undefined]);
  assertEquals(deadlines.size, 0);
});

Deno.test("what was deleted does not come, and is deleted once", () => {
  const deadlines = new Deadlines<number>();
  const all = [5, 3, 8, 1, 4].map((at) => deadlines.add(at, at));
  assert(deadlines.delete(all[3]!));
  assert(!deadlines.delete(all[3]!));
  assertEquals(deadlines.next(9), 3);
  assert(!deadlines.delete(all[1]!), "it came out");
  assert(!new Deadlines<number>().delete(all[0]!), "it stands elsewhere");
  assertEquals([9, 9, 9, 9].map((now) => deadlines.next(now)), [4, 5, 8, undefined]);
});

Deno.test("any order of adding, deleting and taking out does as a sorted list does", () => {
  const random = new Random(7);
  const deadlines = new Deadlines<number>();
  let listed: Deadline<number>[] = [];
  for (let step = 0; step < 20_000; step++) {
    const choice = random.below(10);
    if (choice < 5) {
      const at = random.below(1000);
      listed.push(deadlines.add(at, at));
    } else if (choice < 7 && listed.length > 0) {
      const [gone] = listed.splice(random.below(listed.length), 1);
      assert(deadlines.delete(gone!));
    } else {
      const now = random.below(1000);
      const least = Math.min(...listed.map(({ at }) => at));
      assertEquals(deadlines.next(now), least <= now ? least : undefined);
      listed = listed.filter((one) => one.index !== -1);
    }
    assertEquals(deadlines.size, listed.length);
  }
});
