/** `midge ctl history`: a line for each moment, numbers in their columns, a dash where nothing was measured. */
import { assertEquals } from "@std/assert";
import { SERIES } from "../../../lib/manage/commands.ts";
import { historyTable } from "../../../lib/cli/ctl/tables.ts";

/** A moment with these numbers, the others 0. */
function moment(values: Partial<Record<(typeof SERIES)[number], number | null>>) {
  const row = SERIES.map((name) => values[name] === undefined ? 0 : values[name]);
  return { at: Date.UTC(2026, 10, 28, 6, 36, 24), values: row };
}

Deno.test("midge ctl history: a moment's line", () => {
  const line = historyTable.line(moment({
    connections: 12,
    messagesIn: 1234.4,
    bytesOut: 99.6,
    rss: 82_400_000,
    eventLoopDelay: 4.06,
    latencyP50: 0.0123,
    latencyP99: null,
  }));
  assertEquals(line.split(/ +/), [
    "06:36:24",
    "12",
    "1234",
    "0",
    "0",
    "100",
    "0",
    "0",
    "82",
    "4.1",
    "0.012",
    "-",
  ]);
  assertEquals(historyTable.heading.split(/ +/).length, line.split(/ +/).length);
});

Deno.test("midge ctl history: a broker of another version may know fewer series", () => {
  assertEquals(historyTable.line({ at: 0, values: [3] }).split(/ +/).slice(0, 3), [
    "00:00:00",
    "3",
    "-",
  ]);
});
