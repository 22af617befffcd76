/** Scenarios: their percentiles, their table, their names, and where peers come from. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { cacheFolder } from "../../bench/peers/install.ts";
import { withPeersFolder } from "../../bench/peers/kind.ts";
import { COMPARED } from "../../bench/peers/programs.ts";
import { PEERS } from "../../bench/storage/peers.ts";
import { Histogram } from "../../bench/scenarios/histogram.ts";
import { LeftOut } from "../../bench/scenarios/left_out.ts";
import { SCENARIOS, scenariosNamed } from "../../bench/scenarios/list.ts";
import { limitPart, scenarioPart } from "../../bench/scenarios/table.ts";

Deno.test("a percentile is what a sorted list says, at most a 64th above it, never below", () => {
  const histogram = new Histogram();
  const times = Array.from({ length: 10_000 }, (_, i) => 0.05 * 1.001 ** i);
  for (const time of times) histogram.add(time);
  for (const share of [0.001, 0.25, 0.5, 0.9, 0.99, 0.999]) {
    const exact = times[Math.ceil(share * times.length) - 1]! * 1000;
    const seen = histogram.at(share);
    assert(
      seen >= exact * 0.999_999 && seen <= exact * (1 + 1 / 64),
      `${share}: ${seen}, ${exact}`,
    );
  }
  assertAlmostEquals(histogram.percentiles()["max"]!, times.at(-1)! * 1000, 1e-3);
  assertEquals(histogram.count, 10_000);
});

Deno.test("no time has no percentile; one below a microsecond counts as one", () => {
  const histogram = new Histogram();
  assertEquals(histogram.percentiles(), { p50: NaN, p99: NaN, p999: NaN, max: NaN });
  histogram.add(-1);
  assertEquals(histogram.percentiles(), { p50: 1, p99: 1, p999: 1, max: 1 });
});

Deno.test("one slow message of a thousand is in p99.9 and not in p99", () => {
  const histogram = new Histogram();
  for (let i = 0; i < 997; i++) histogram.add(1);
  for (let i = 0; i < 3; i++) histogram.add(500);
  assertEquals([histogram.at(0.99) < 1016, histogram.at(0.999)], [true, 500_000]);
});

Deno.test("a scenario's names and numbers belong together", () => {
  const names = SCENARIOS.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const { name, traffic, storm } of SCENARIOS) {
    assertEquals((traffic === undefined) !== (storm === undefined), true, name);
    const [, one, two, , rate] = /^\w+-(\d+K?)-(\d+K?)-(\w+?)-(\d+)K/.exec(name) ?? [];
    if (rate === undefined || traffic === undefined) continue;
    const number = (text: string) => Number(text.replace("K", "000"));
    assertEquals([traffic.publishers, traffic.subscribers], [number(one!), number(two!)], name);
    assertEquals(traffic.rate * traffic.perMessage, Number(rate) * 1000, name);
  }
});

Deno.test("each message of fan-in has one subscriber, of fan-out all", () => {
  const find = (name: string) => SCENARIOS.find((one) => one.name.startsWith(name))!.traffic!;
  const { topic, filter } = find("fanin");
  const matching = [0, 1, 2, 3, 4].filter((i) => topic(7).startsWith(filter(i).replace("+", "")));
  assertEquals(matching, [2]);
  assertEquals(find("fanout").filter(3), "test/+");
});

Deno.test("scenarios are found by the beginning of their names", () => {
  assertEquals(scenariosNamed(["conn-"]).map(({ name }) => name), [
    "conn-tcp-5K-1K",
    "conn-tls-1K-200",
  ]);
  assertEquals(scenariosNamed(undefined), SCENARIOS);
  assertThrows(() => scenariosNamed(["p3p"]), Error, "--only p3p: expected one of p2p-1K");
});

Deno.test("a row a broker; what one could not do is said in its row", () => {
  const [scenario] = scenariosNamed(["fanin"]);
  const measured = {
    offered: 10_000,
    rate: 9999.6,
    p50: 90,
    p99: 1500,
    p999: 25_000,
    cpu: 5.25,
    peak: 61,
    end: 60,
    lost: 3,
    late99: 40,
  };
  const part = scenarioPart(scenario!, [
    { broker: "A", measured },
    { broker: "B", measured: "not done within 45 s" },
  ]);
  const lines = part.split("\n");
  assertEquals(lines[0], "### fanin-1K-5-1K-10K");
  assertEquals(lines[2]!.endsWith("QoS 1. Offered: 10,000 a second."), true);
  assertEquals(lines.at(-2), "| A | 10,000 | 0.09 | 1.5 | 25 | 5.25 | 61 | 60 | 3 | 0.04 |");
  assertEquals(lines.at(-1), "| B | not done within 45 s |  |  |  |  |  |  |  |  |");
  const widths = lines.slice(4).map((line) => line.split("|").length);
  assertEquals(new Set(widths).size, 1);
});

Deno.test("the time for retained messages is a column where there is one", () => {
  const [scenario] = scenariosNamed(["p2p-retained"]);
  const part = scenarioPart(scenario!, [
    { broker: "A", measured: { retained: 321.4 } },
    { broker: "B", measured: { retained: NaN } },
  ]);
  assertEquals(part.split("\n").slice(-2), [
    "| A | - | - | - | - | - | - | - | - | 321 | - |",
    "| B | - | - | - | - | - | - | - | - | - | - |",
  ]);
});

Deno.test("who delivers less than a tenth of the plainest scenario is left out of the others", () => {
  const leftOut = new LeftOut();
  const at = (rate: number) => ({ offered: 1000, rate });
  leftOut.add("fanin-1K-5-1K-10K", { broker: "A", measured: at(1) });
  leftOut.add("p2p-1K-1K-1K-10K-qos0", { broker: "B", measured: at(100) });
  leftOut.add("p2p-1K-1K-1K-10K-qos0", { broker: "C", measured: at(99) });
  leftOut.add("p2p-1K-1K-1K-10K-qos0", { broker: "D", measured: "not done within 45 s" });
  leftOut.add("p2p-1K-1K-1K-10K-qos0", { broker: "E", measured: at(NaN) });
  const names = ["A", "B", "C", "D", "E"];
  assertEquals(names.filter((name) => leftOut.reasonFor(name)), ["C", "D", "E"]);
});

Deno.test("the generator's limit is a row a rate", () => {
  const row = { asked: 1000, rate: 1000.2, late50: 5, late99: 123 };
  assertEquals(limitPart([row]).split("\n").at(-1), "| 1,000 | 1,000 | 0.01 | 0.12 |");
});

Deno.test("--peers may stand without a folder", () => {
  assertEquals(withPeersFolder(["--peers"]), ["--peers", ""]);
  assertEquals(withPeersFolder(["--peers", "--only", "a"]), ["--peers", "", "--only", "a"]);
  assertEquals(withPeersFolder(["--peers", "/p", "--json"]), ["--peers", "/p", "--json"]);
});

Deno.test("peers are installed into the user's cache, outside of the project", () => {
  const env = (vars: Record<string, string>) => (name: string) => vars[name];
  assertEquals(cacheFolder(env({ XDG_CACHE_HOME: "/c", HOME: "/h" })), "/c/midge-bench-peers");
  assertEquals(cacheFolder(env({ HOME: "/h" })), "/h/.cache/midge-bench-peers");
});

Deno.test("peers have names of their own, and configurations that name their port", () => {
  const place = { folder: "/f", config: "/f/c", port: 12_345, other: 23_456 };
  for (const list of [COMPARED, PEERS]) {
    assertEquals(new Set(list.map(({ name }) => name)).size, list.length);
    for (const peer of list) {
      const told = peer.config(place) + peer.args(place).join(" ");
      assert(told.includes("12345"), peer.name);
    }
  }
});
