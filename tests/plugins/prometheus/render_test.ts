/** What prometheus writes, read by a reader of its own: every row once, right by the grammar, whatever names there are. */
import { assert, assertEquals } from "@std/assert";
import { COUNTS, HOSTILE, metrics, written } from "./everything.ts";
import { parseOpenMetrics, parseText } from "./parser.ts";

/** A family's samples, as text: `suffix{labels} value`. */
function samplesOf(text: string, name: string): string[] {
  const family = parseOpenMetrics(text).get(name);
  return (family?.samples ?? []).map(({ name: full, labels, value }) =>
    `${full.slice(name.length)}${JSON.stringify(labels)} ${value}`
  );
}

Deno.test("prometheus: both formats are right by the grammar, with hostile names", () => {
  const open = parseOpenMetrics(written("openmetrics"));
  const text = parseText(written("text"));
  assert(open.size > 60, `${open.size} families`);
  assertEquals(text.size, open.size);
  assertEquals(open.get("midge_build")?.samples[0]?.labels, { version: '0.1.0"' });
});

Deno.test("prometheus: a hostile name comes out as it was, but for what is no Unicode and \\r", () => {
  const shown = HOSTILE.replace("\r", " ").toWellFormed();
  assertEquals(samplesOf(written("openmetrics"), "midge_messages_dropped"), [
    '_total{"reason":"queue full"} 3',
    `_total${JSON.stringify({ reason: shown })} 4`,
  ]);
});

Deno.test("prometheus: base units, from bytes to days", () => {
  const text = written("openmetrics");
  const value = (name: string) => samplesOf(text, name)[0]?.split("} ")[1];
  assertEquals(value("midge_start_time_seconds"), "1795317255.5");
  assertEquals(value("midge_received_bytes"), "12");
  assertEquals(value("midge_certificate_left_seconds"), "172800");
  assertEquals(value("midge_storage_last_write_seconds"), "0.0015");
  assertEquals(value("midge_access_source_time_seconds"), "6");
  const { type, unit } = parseOpenMetrics(text).get("midge_received_bytes")!;
  assertEquals([type, unit], ["counter", "bytes"]);
});

Deno.test("prometheus: a histogram's buckets, bounds as each format has them", () => {
  const text = written("openmetrics");
  const latency = samplesOf(text, "midge_delivery_latency_seconds");
  assertEquals(latency.slice(0, 3), [
    '_bucket{"le":"0.00001"} 1',
    '_bucket{"le":"0.00002"} 3',
    '_bucket{"le":"0.00005"} 3',
  ]);
  assertEquals(latency.slice(-4), [
    '_bucket{"le":"10.0"} 3',
    '_bucket{"le":"+Inf"} 4',
    "_sum{} 99.000035",
    "_count{} 4",
  ]);
  assert(written("text").includes('midge_delivery_latency_seconds_bucket{le="10"} 3\n'));
  assertEquals(samplesOf(text, "midge_storage_write_seconds").at(-1), "_count{} 1");
});

Deno.test("prometheus: servers and storage are 1 or 0, what was not asked yet is left out", () => {
  const text = written("openmetrics");
  const source = HOSTILE.replace("\r", " ").toWellFormed();
  assertEquals(samplesOf(text, "midge_access_server_up"), [`${JSON.stringify({ source })} 1`]);
  assertEquals(samplesOf(text, "midge_storage_up"), ["{} 1"]);
});

Deno.test("prometheus: names alike are one sample, and many are bounded", () => {
  const twice = { source: "same", question: "authorize", counts: COUNTS } as const;
  const access = { ...metrics().access!, sources: [twice, twice] };
  assertEquals(samplesOf(written("openmetrics", { access }), "midge_access_source_allow"), [
    '_total{"source":"same","question":"authorize"} 2',
  ]);
  const reasons = Array.from({ length: 10_000 }, (_, index) => [`reason ${index}`, 1]);
  const messagesDropped = Object.fromEntries([...reasons, ["other", 7]]);
  const dropped = samplesOf(
    written("openmetrics", { messagesDropped }),
    "midge_messages_dropped",
  );
  assertEquals([dropped.length, dropped.at(-1)], [501, '_total{"reason":"other"} 9507']);
});

Deno.test("prometheus: aliases are unknown in OpenMetrics, typed as the exporter has them in text", () => {
  const open = parseOpenMetrics(written("openmetrics"));
  const text = parseText(written("text"));
  assertEquals(open.get("broker_bytes_received")?.type, "unknown");
  assertEquals(text.get("broker_bytes_received")?.type, "counter");
  assertEquals(text.get("broker_clients_connected")?.type, "gauge");
  assertEquals(open.get("broker_bytes_received")?.samples[0]?.value, 12);
  assertEquals(open.get("broker_uptime")?.samples[0]?.value, 10);
  for (const name of ALIASES) assert(open.has(name), name);
});

/** What boards for mosquitto's exporter ask for. */
const ALIASES = [
  "broker_bytes_received",
  "broker_bytes_sent",
  "broker_messages_received",
  "broker_messages_sent",
  "broker_messages_stored",
  "broker_clients_connected",
  "broker_clients_disconnected",
  "broker_clients_expired",
  "broker_clients_maximum",
  "broker_clients_total",
  "broker_heap_current",
  "broker_heap_maximum",
  "broker_publish_messages_received",
  "broker_publish_messages_sent",
  "broker_publish_messages_dropped",
  "broker_publish_bytes_received",
  "broker_publish_bytes_sent",
  "broker_retained_messages_count",
  "broker_store_messages_bytes",
  "broker_store_messages_count",
  "broker_subscriptions_count",
  "broker_uptime",
  "broker_load_bytes_received_1min",
  "broker_load_bytes_sent_5min",
  "broker_load_connections_15min",
  "broker_load_messages_received_1min",
  "broker_load_publish_dropped_1min",
  "broker_load_publish_received_5min",
  "broker_load_publish_sent_15min",
  "broker_load_sockets_1min",
] as const;

Deno.test("prometheus: no two families share a name, whatever suffixes they have", () => {
  const names = new Set<string>();
  for (const { name, samples } of parseOpenMetrics(written("openmetrics")).values()) {
    const own = new Set([name, ...samples.map((one) => one.name)]);
    for (const one of own) {
      assert(!names.has(one), one);
      names.add(one);
    }
  }
});
