/** What clients may not do is logged, but not as often as they try. */
import { assertEquals } from "@std/assert";
import { DenialLog } from "../../lib/broker/denial_log.ts";
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
  const log = new DenialLog(logger, () => now);
  for (let i = 1; i <= 1000; i++) log.note(`denial ${i}`);
  assertEquals([lines.length, lines.at(-1)], [20, "denial 20"]);
  now = 1000;
  log.note("another");
  assertEquals(lines.slice(20), ["980 more denials were not logged", "another"]);
});
