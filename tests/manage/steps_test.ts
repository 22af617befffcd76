/** Parts of a listing: others have their turn in between. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { inSteps } from "../../lib/manage/steps.ts";

/** Takes a millisecond of work each. */
function* slow(parts: number): Generator<number> {
  for (let n = 0; n < parts; n++) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    yield n;
  }
}

Deno.test("timers have their turn while a long listing is handed on without a wait", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const seen: number[] = [];
  await inSteps(slow(60), (part) => {
    seen.push(part);
    return Promise.resolve();
  });
  clearInterval(timer);
  assertEquals(seen, [...slow(60)]);
  assert(turns >= 5, `${turns} turns`);
});

Deno.test("what fails ends it, and the listing is told", async () => {
  let isOver = false;
  function* parts() {
    try {
      yield 1;
      yield 2;
    } finally {
      isOver = true;
    }
  }
  await assertRejects(
    () => inSteps(parts(), () => Promise.reject(new Error("gone"))),
    Error,
    "gone",
  );
  assert(isOver);
});
