/** What a start has left behind is collected once; a stop calls it off; where V8 offers nothing, nothing is done. */
import { assertEquals } from "@std/assert";
import { tidyUp } from "../../lib/cli/tidy.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("a second after the start all is collected, once", () => {
  const clock = new FakeClock();
  const asked: unknown[] = [];
  tidyUp(clock, (how: unknown) => asked.push(how));
  clock.advance(999);
  assertEquals(asked, []);
  clock.advance(100_000);
  assertEquals(asked, [{ type: "major", execution: "async", flavor: "last-resort" }]);
});

Deno.test("a broker that is stopped before does not collect", () => {
  const clock = new FakeClock();
  let count = 0;
  tidyUp(clock, () => count++)();
  clock.advance(2000);
  assertEquals(count, 0);
});

Deno.test("without V8's function no timer is set", () => {
  const clock = new FakeClock();
  tidyUp(clock, undefined)();
  clock.advance(2000);
});

Deno.test("deno task start offers it", async () => {
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const { tasks } = JSON.parse(text);
  assertEquals(
    tasks.start.command.includes("--v8-flags=--max-semi-space-size=8,--expose-gc "),
    true,
  );
});
