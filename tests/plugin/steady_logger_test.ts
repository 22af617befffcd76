/** What clients may not do is logged, but not as often as they try. */
import { assertEquals } from "@std/assert";
import { SteadyLogger } from "../../lib/plugin/steady_logger.ts";
import { FakeClock } from "../support/fake_clock.ts";
import type { Logger } from "../../lib/plugin/types.ts";

Deno.test("twenty denials a second are logged, then their number", () => {
  const lines: string[] = [];
  const ignore = () => {};
  const logger: Logger = {
    debug: ignore,
    info: (line) => lines.push(line),
    warn: ignore,
    error: ignore,
    isEnabledFor: () => true,
  };
  let now = 0;
  const log = new SteadyLogger(logger, { now: () => now }, "denials");
  for (let i = 1; i <= 1000; i++) log.info(`denial ${i}`);
  assertEquals([lines.length, lines.at(-1)], [20, "denial 20"]);
  now = 1000;
  log.info("another");
  assertEquals(lines.slice(20), ["980 more denials were not logged", "another"]);
});

Deno.test("with a timer the number is said by itself; debug passes always", () => {
  const lines: string[] = [];
  const note = (line: string) => void lines.push(line);
  const logger: Logger = {
    debug: note,
    info: note,
    warn: note,
    error: note,
    isEnabledFor: () => true,
  };
  const clock = new FakeClock();
  const log = new SteadyLogger(logger, clock, "lines");
  for (let i = 0; i < 30; i++) log.error("fault");
  for (let i = 0; i < 30; i++) log.debug("detail");
  assertEquals([lines.length, clock.timerCount], [50, 1]);
  clock.advance(1000);
  assertEquals([lines.length, lines.at(-1)], [51, "10 more lines were not logged"]);
  clock.advance(1000);
  assertEquals([lines.length, clock.timerCount], [51, 0]);
});
