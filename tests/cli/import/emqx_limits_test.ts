/** EMQ X's rates, of listeners and zones, and its policy about clients that come and go. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { importTexts } from "./support.ts";

const BASE = "listener.tcp.a = 127.0.0.1:1883\nlistener.tcp.a.zone = z\nzone.z.enable_acl = on\n";

async function importConf(lines: string) {
  const { config, notes } = await importTexts({ "emqx.conf": BASE + lines });
  const { a } = config.listeners as Record<string, Record<string, unknown>>;
  const { bind: _, ...limits } = a!;
  return { limits, notes, flapping: config.flapping_detect };
}

const RATES: [lines: string, limits: Record<string, unknown>][] = [
  ["listener.tcp.a.rate_limit = 100KB,10s\n", { bytes_rate: 10_240, bytes_burst: 102_400 }],
  ["listener.tcp.a.rate_limit = 100kb, 3s\n", { bytes_rate: "2048000/m", bytes_burst: 102_400 }],
  ["zone.z.rate_limit.conn_bytes_in = 1MB,1s\n", { bytes_rate: 2 ** 20, bytes_burst: 2 ** 20 }],
  ["zone.z.publish_limit = 5,10s\n", { messages_rate: "30/m", messages_burst: 5 }],
  [
    "zone.z.publish_limit = 100,1s\nzone.z.rate_limit.conn_messages_in = 7,10s\n",
    { messages_rate: "42/m", messages_burst: 7 },
  ],
  ["zone.z.publish_limit = 1,2h\n", { messages_rate: "1/h", messages_burst: 1 }],
  ["listener.tcp.a.max_conn_rate = 0\n", {}],
  ["zone.other.publish_limit = 5,10s\n", {}],
];

for (const [lines, limits] of RATES) {
  Deno.test(`rates: ${lines.trim().replaceAll("\n", ", ")}`, async () => {
    assertEquals((await importConf(lines)).limits, limits);
  });
}

Deno.test("connections a second are counted by address here, which is told", async () => {
  const { limits, notes } = await importConf("listener.tcp.a.max_conn_rate = 500\n");
  assertEquals(limits, { max_conn_rate_per_address: 500 });
  assertEquals(notes, [
    "differs: listener.tcp.a.max_conn_rate (emqx.conf:4): it holds for each address (EMQ X: for all of the " +
    "listener together)",
  ]);
});

Deno.test("clients that come and go are banned where the zone says so", async () => {
  const own = "flapping_detect_policy = 20, 30s, 1h\n";
  const on = "zone.z.enable_flapping_detect = on\n";
  assertEquals((await importConf(own)).flapping, undefined);
  const whole = { enable: true, max_count: 30, window_time: "1m", ban_time: "5m" };
  assertEquals((await importConf(on)).flapping, whole);
  const { flapping } = await importConf(on + own);
  assertEquals(flapping, { enable: true, max_count: 20, window_time: "30s", ban_time: "1h" });
});

const REFUSED: [lines: string, problem: string][] = [
  ["listener.tcp.a.rate_limit = fast\n", "expected an amount and a time"],
  ["listener.tcp.a.rate_limit = 100KB,0s\n", "expected an amount and a time"],
  ["listener.tcp.a.max_conn_rate = many\n", "expected a whole number"],
  [
    "zone.z.enable_flapping_detect = on\nflapping_detect_policy = 30\n",
    "expected a number and two durations",
  ],
];

for (const [lines, problem] of REFUSED) {
  Deno.test(`refuses ${lines.trim().replaceAll("\n", ", ")}`, async () => {
    await assertRejects(() => importConf(lines), UserError, problem);
  });
}
