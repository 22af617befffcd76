/** The limits of listeners: rates with their bursts, inherited, and what is no rate. */
import { assertEquals } from "@std/assert";
import { NO_LISTENER_LIMITS } from "../../lib/config/listener_limits.ts";
import { problemsOf, read } from "./read.ts";

const limitsOf = (keys: string) => read(`listeners: {default: {${keys}}}`).listeners[0]!.limits;

Deno.test("nothing is limited where nothing is said, and 0 is no limit", () => {
  assertEquals(limitsOf(""), NO_LISTENER_LIMITS);
  const zeros =
    "max_connections_per_address: 0, max_conn_rate_per_address: 0, messages_rate: 0/s, bytes_rate: 0";
  assertEquals(limitsOf(zeros), NO_LISTENER_LIMITS);
});

Deno.test("rates: a number a second, or of a minute or an hour; a burst is what comes in a second", () => {
  const rates = {
    "10": { perSecond: 10, burst: 10 },
    "10/s": { perSecond: 10, burst: 10 },
    '"10"': { perSecond: 10, burst: 10 },
    "90/m": { perSecond: 1.5, burst: 2 },
    "36/h": { perSecond: 0.01, burst: 1 },
  };
  for (const [written, rate] of Object.entries(rates)) {
    assertEquals(limitsOf(`messages_rate: ${written}`).messagesRate, rate, written);
    assertEquals(limitsOf(`max_conn_rate_per_address: ${written}`).connectionRate, rate, written);
  }
  const bytes = { "64KiB": 65_536, "64KiB/s": 65_536, "1MiB/m": 1024 * 1024 / 60, "300": 300 };
  for (const [written, perSecond] of Object.entries(bytes)) {
    const burst = Math.ceil(perSecond);
    assertEquals(limitsOf(`bytes_rate: ${written}`).bytesRate, { perSecond, burst }, written);
  }
});

Deno.test("bursts are their rate's", () => {
  const limits = limitsOf(
    "max_connections_per_address: 7, max_conn_rate_per_address: 1, max_conn_burst_per_address: 20, " +
      "messages_rate: 2, messages_burst: 50, bytes_rate: 3, bytes_burst: 1KiB",
  );
  assertEquals(limits, {
    connectionsPerAddress: 7,
    connectionRate: { perSecond: 1, burst: 20 },
    messagesRate: { perSecond: 2, burst: 50 },
    bytesRate: { perSecond: 3, burst: 1024 },
  });
});

Deno.test("a listener inherits from default, key by key", () => {
  const { listeners } = read(`
listeners:
  default: {bind: ":1883", messages_rate: 10, messages_burst: 50, bytes-rate: 1KiB}
  other: {bind: ":1884", messages_rate: 20, bytes_rate: 0}
`);
  assertEquals(
    listeners.map(({ limits: { messagesRate, bytesRate } }) => [messagesRate, bytesRate]),
    [
      [{ perSecond: 10, burst: 50 }, { perSecond: 1024, burst: 1024 }],
      [{ perSecond: 20, burst: 50 }, undefined],
    ],
  );
});

Deno.test("of a burst without a rate it is warned, in the listener that says it", () => {
  const { warnings } = read(`
listeners:
  default: {bind: ":1883", messages_burst: 50}
  other: {bind: ":1884", bytes_rate: 5, max_conn_burst_per_address: 3}
`);
  assertEquals(warnings.filter((line) => line.includes("burst")), [
    "c.yaml: listeners.default.messages_burst: is for a rate, which is not given; not used",
    "c.yaml: listeners.other.max_conn_burst_per_address: is for a rate, which is not given; not used",
  ]);
});

Deno.test("what is no rate, burst or number is an error that says what was expected", () => {
  const expected = 'expected a number a second, or a text such as "30/m", or 0 for no limit';
  for (
    const [written, shown] of [["-1", "-1"], ["1.5", "1.5"], ["10/d", '"10/d"'], ["ten", '"ten"'], [
      "/s",
      '"/s"',
    ]]
  ) {
    assertEquals(problemsOf(`listeners: {default: {messages_rate: ${written}}}`), [
      `c.yaml: listeners.default.messages_rate: got ${shown}, ${expected}`,
    ]);
  }
  assertEquals(
    problemsOf("listeners: {default: {bytes_rate: 1XB, messages_burst: 0, bytes_burst: 0}}"),
    [
      "c.yaml: listeners.default.messages_burst: got 0, expected a whole number, 1 or more",
      'c.yaml: listeners.default.bytes_rate: got "1XB", expected bytes a second, a size such as 64KiB, or 0 for no limit',
      "c.yaml: listeners.default.bytes_burst: got 0, expected a size such as 4096 (bytes), 64KiB, 1MiB",
    ],
  );
});

Deno.test("flapping_detect: off, with numbers of EMQ X; what never ends is no ban", () => {
  const off = { enable: false, maxCount: 15, windowTime: 60_000, banTime: 300_000 };
  assertEquals(read("{data_dir: d}").flapping, off);
  const given = "flapping_detect: {enable: true, max_count: 3, window_time: 10, ban_time: 1h}";
  assertEquals(read(given).flapping, {
    enable: true,
    maxCount: 3,
    windowTime: 10_000,
    banTime: 3_600_000,
  });
  assertEquals(
    problemsOf("flapping_detect: {max_count: 0, window_time: 0, ban_time: 0}").length,
    3,
  );
});
