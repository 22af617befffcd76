/** What `deno task profile` makes of the output of perf, strace and V8: bench/profile. */
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CodeMap } from "../../bench/profile/code_map.ts";
import {
  callsOfPerfStat,
  callsOfPerfTrace,
  callsOfStrace,
  collectedOf,
} from "../../bench/profile/counts.ts";
import {
  type Allocating,
  allocatorsOf,
  constructorsOf,
  grownBy,
} from "../../bench/profile/heap.ts";
import { withPart } from "../../bench/parts.ts";
import { rateBetween } from "../../bench/profile/marks.ts";
import { ROWS, rowsNamed } from "../../bench/profile/rows.ts";
import { samplesOf, spentOf, tell } from "../../bench/profile/samples.ts";

const MAP = new CodeMap(
  "1000 100 Builtin:Old\n2000 10 JS:~f file:///a/lib/b.ts:1:2\n1000 80 Builtin:Young\nnot a line\n",
);
const SCRIPT = `
            deno 7 ffffffff81fee851 ipv4_dst_check ([kernel.kallsyms])
            deno 7      7f99940d9a2b JS:*'#handle file:///x/midge/lib/net/connection.ts:194:94 (/tmp/perf-7.map)
            deno 7      1010 [unknown] (/opt/deno/deno)
            deno 7      5cc28710398 [unknown] (/opt/deno/deno)
            deno 7      7f99d50b8a90 _int_malloc (/usr/lib/x86_64-linux-gnu/libc.so.6)
            deno 7      7f99d518e80f __memmove_avx512_unaligned_erms (/usr/lib/x86_64-linux-gnu/libc.so.6)
            deno 7      7f99d518e80f JS:^read ext:deno_net/01_net.js:1:2120 (/tmp/perf-7.map)
V8 DefaultWorke 8      7f99d50b8a90 cfree@GLIBC_2.2.5 (/usr/lib/x86_64-linux-gnu/libc.so.6)
V8 DefaultWorke 9      5cc28710398 [unknown] (/opt/deno/deno)
no sample
`;

Deno.test("a code map knows what lies where; code put over older code is the younger", () => {
  assertEquals(MAP.nameAt(0x0fff), undefined);
  assertEquals(MAP.nameAt(0x1000), "Builtin:Young");
  assertEquals(MAP.nameAt(0x107f), "Builtin:Young");
  assertEquals(MAP.nameAt(0x1080), undefined);
  assertEquals(MAP.nameAt(0x200f), "JS:~f file:///a/lib/b.ts:1:2");
  assertEquals(MAP.nameAt(0x2010), undefined);
});

Deno.test("samples keep a thread's name with its spaces", () => {
  const samples = samplesOf(SCRIPT);
  assertEquals(samples.length, 9);
  assertEquals(samples[7], {
    thread: "V8 DefaultWorke",
    tid: 8,
    address: 0x7f99d50b8a90,
    symbol: "cfree@GLIBC_2.2.5",
    file: "/usr/lib/x86_64-linux-gnu/libc.so.6",
  });
  assertEquals(samples[2]!.symbol, undefined);
});

Deno.test("each sample has one share, and the function that it was in", () => {
  assertEquals(samplesOf(SCRIPT).map((sample) => tell(sample, MAP)), [
    { share: "kernel", name: "ipv4_dst_check" },
    { share: "Midge's JavaScript", name: "#handle lib/net/connection.ts:194" },
    { share: "V8's builtins and stubs", name: "Builtin:Young" },
    { share: "deno's binary (V8 and Rust, without names)", name: "deno" },
    { share: "libc: malloc and free", name: "_int_malloc" },
    { share: "libc: copying", name: "__memmove_avx512_unaligned_erms" },
    { share: "Deno's JavaScript", name: "read ext:deno_net/01_net.js:1:2120" },
    { share: "libc: malloc and free", name: "cfree@GLIBC_2" },
    { share: "deno's binary (V8 and Rust, without names)", name: "deno" },
  ]);
});

Deno.test("shares of the main thread and of the others add up to all", () => {
  const { samples, shares, threads, functions } = spentOf(samplesOf(SCRIPT), 7, MAP);
  assertEquals(samples, 9);
  assertEquals([...threads.keys()], ["V8 DefaultWorke"]);
  const all = [shares, ...threads.values()].flatMap((parts) => [...parts.values()]);
  assertAlmostEquals(all.reduce((sum, part) => sum + part), 1);
  assertAlmostEquals(threads.get("V8 DefaultWorke")!.get("libc: malloc and free")!, 1 / 9);
  assertEquals(functions.length, 7);
});

Deno.test("system calls of all threads are added up, from perf and from strace", () => {
  const perf = ` deno (7), 287 events, 46.0%

   syscall            calls  errors  total       min       avg       max       stddev
                                     (msec)    (msec)    (msec)    (msec)        (%)
   --------------- --------  ------ -------- --------- --------- ---------     ------
   epoll_wait            26      0  1208.238     0.000    46.471   200.225     31.32%
   futex                  2      1     0.026     0.013     0.013     0.013      0.52%

 V8 DefaultWorke (8), 2 events, 0.3%

   futex                  1      0     0.000     0.000     0.000     0.000      0.00%
`;
  assertEquals([...callsOfPerfTrace(perf)], [["epoll_wait", 26], ["futex", 3]]);
  const strace = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.02    0.010325           5      2018           sendto
 38.98    0.006596           3      2101        83 recvfrom
------ ----------- ----------- --------- --------- ----------------
100.00    0.016921           4      4119        83 total
`;
  assertEquals([...callsOfStrace(strace)], [["sendto", 2018], ["recvfrom", 2101]]);
});

Deno.test("calls of probes have the function's name", () => {
  const said = "296678,,midge_7:malloc,1000000,100.00,,\n12,,probe_libc__free,1,100.00,,\n" +
    "<not counted>,,midge_7:calloc,0,0.00,,\n";
  assertEquals([...callsOfPerfStat(said)], [["malloc", 296678], ["free", 12]]);
});

Deno.test("V8's collections in a window: what the heap grew by between them", () => {
  const at = (ms: number, kind: string, before: number, after: number) =>
    `[97:0x55b3f9628000]       ${ms} ms: ${kind} ${before}.0 (4.2) -> ${after}.0 (4.5) MB, ` +
    `pooled: 0.0 MB, 0.50 / 0.00 ms (average mu = 1.000, current mu = 1.000) allocation failure; \n`;
  const text = at(10, "Scavenge", 9, 1) + at(20, "Scavenge", 5, 2) + "a line\n" +
    at(30, "Mark-Compact", 3, 1) + at(40, "Scavenge", 9, 1);
  assertEquals(collectedOf(text, 15, 35), {
    bytes: 5 * 2 ** 20,
    scavenges: 1,
    markSweeps: 1,
    paused: 1,
  });
  assertEquals(collectedOf("", 0).bytes, 0);
});

Deno.test("a heap by constructor, and what came for each between two looks", () => {
  const snapshot = (sessions: number) =>
    JSON.stringify({
      snapshot: {
        meta: {
          node_fields: ["type", "name", "self_size"],
          node_types: [["object", "array", "closure"]],
        },
      },
      nodes: [1, 1, 40, 2, 1, 8, ...Array.from({ length: sessions }, () => [0, 0, 100]).flat()],
      strings: ["Session", ""],
    });
  const before = constructorsOf(snapshot(1));
  assertEquals(before.get("(array)"), { count: 1, size: 40 });
  assertEquals(before.get("function (no name)"), { count: 1, size: 8 });
  assertEquals(grownBy(before, constructorsOf(snapshot(5)), 2), [
    { name: "Session", count: 2, size: 200 },
  ]);
});

Deno.test("bytes are added up by the function that asked for them", () => {
  const node = (functionName: string, selfSize: number, ...children: Allocating[]): Allocating => ({
    callFrame: { functionName, url: "file:///x/lib/a.ts", lineNumber: 4 },
    selfSize,
    children,
  });
  const tree = node("r", 0, node("a", 10, node("b", 5)), node("b", 7));
  const ofPackage = node("c", 1);
  const url = "file:///x/cache/npm/registry.example/@y/z/1.0.0/lib/c.js";
  assertEquals(allocatorsOf(tree), [
    { name: "b lib/a.ts:5", size: 12 },
    { name: "a lib/a.ts:5", size: 10 },
  ]);
  assertEquals(
    allocatorsOf({ ...ofPackage, callFrame: { ...ofPackage.callFrame, url } }),
    [{ name: "c @y/z/1.0.0/lib/c.js:5", size: 1 }],
  );
});

Deno.test("a part replaces its own and nothing else; one without a place goes to the end", () => {
  const page = withPart(withPart("# Words\n", "a", "old a"), "b", "old b");
  const changed = withPart(page, "a", "new $& a");
  assertEquals(changed, page.replace("old a", () => "new $& a"));
  assertEquals(changed.startsWith("# Words\n"), true);
});

Deno.test("what arrived is told by the marks around a time, and by the nearest two outside of all", () => {
  const marks = [[1000, 0], [2000, 100], [3000, 500]].map(([at, count]) => ({
    at: at!,
    count: count!,
  }));
  assertEquals(rateBetween(marks, 1500, 2500), 250);
  assertEquals(rateBetween(marks, 1000, 2000), 100);
  assertEquals(rateBetween(marks, 3000, 4000), 400);
  assertEquals(rateBetween(marks, 0, 1000), 100);
  assertEquals(rateBetween(marks.slice(1, 2), 0, 1), NaN);
});

Deno.test("rows are found by their names; an unknown one is told of the others", () => {
  assertEquals(rowsNamed([]), ROWS);
  assertEquals(rowsNamed(["idle", "qos1"]).map(({ name }) => name), ["idle", "qos1"]);
  assertThrows(() => rowsNamed(["qos9"]), Error, "qos9: expected one of qos1, qos2");
});
