/** `midge bench`: every load against a broker, what it prints, and how it ends when something is wrong. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Times } from "../../lib/cli/load/percentiles.ts";
import { formatTable } from "../../lib/cli/bench_table.ts";
import { runMidge } from "../support/midge_process.ts";
import { connack, suback } from "../support/raw_packets.ts";
import { mosquittoTest, startMosquitto } from "../support/mosquitto.ts";
import { startBroker } from "../support/running_broker.ts";

const SHORT = ["-t", "0.3", "--warm-up", "0.1"];

interface Result {
  load: string;
  rate?: number;
  lost?: number;
  protocolVersion?: string;
  microseconds?: Record<string, number>;
}

const LOADS: readonly [args: string[], hasRate: boolean, hasTimes: boolean][] = [
  [["pairs", "-n", "2"], true, false],
  [["-n", "2", "-q", "1", "-s", "300"], true, false],
  [["pairs", "-n", "2", "-q", "2", "-s", "0"], true, false],
  [["pairs", "-n", "1", "-q", "1", "-s", "100000"], true, false],
  [["pairs", "-n", "2", "-q", "1", "-r", "500"], true, true],
  [["fanout", "-n", "5"], true, false],
  [["fanout", "-n", "5", "-q", "1"], true, false],
  [["connections", "-n", "40"], true, true],
  [["latency", "--messages", "50"], false, true],
  [["latency", "--messages", "50", "-q", "2"], false, true],
];

/** What a load measures: in a longer run where a machine that halts leaves too little of the short one. */
async function measured(port: number, args: readonly string[], hasRate: boolean): Promise<Result> {
  for (const seconds of ["0.3", "3", "30"]) {
    const flags = [...args, "-t", seconds, "--warm-up", "0.1", "-p", String(port), "--json"];
    const { code, stdout, stderr } = await runMidge(["bench", ...flags]);
    assertEquals([code, stderr], [0, []], args.join(" "));
    const result = JSON.parse(stdout[0]!) as Result;
    const isWhole = !hasRate || result.rate! > 0 && (result.lost ?? 0) === 0;
    if (isWhole || seconds === "30") return result;
  }
  throw new Error("there is a last run");
}

Deno.test("every load measures, loses nothing, and says so as JSON", async () => {
  await using midge = await startBroker({ plugins: { auth_anonymous: null } });
  for (const [args, hasRate, hasTimes] of LOADS) {
    const result = await measured(midge.address.port, args, hasRate);
    assertEquals(result.rate !== undefined && result.rate > 0, hasRate, args.join(" "));
    assertEquals(result.microseconds !== undefined, hasTimes, args.join(" "));
    if (hasTimes) {
      const { p50 = NaN, p99 = NaN, max = NaN } = result.microseconds!;
      assert(0 < p50 && p50 <= p99 && p99 <= max, `${args}: ${JSON.stringify(result)}`);
    }
    assert(result.lost === undefined || result.lost === 0);
  }
});

Deno.test("the same loads in version 5", async () => {
  await using midge = await startBroker({ plugins: { auth_anonymous: null } });
  for (const [args, hasRate] of LOADS) {
    const result = await measured(midge.address.port, [...args, "-V", "5"], hasRate);
    assertEquals(result.protocolVersion, "5");
    const { rate = 0, lost = 0 } = result;
    assertEquals([rate > 0, lost], [hasRate, 0], args.join(" "));
  }
});

await mosquittoTest("bench in version 5 keeps to mosquitto's receive maximum of 20", async () => {
  await using mosquitto = await startMosquitto();
  for (const load of [["pairs", "-n", "2", "-q", "1"], ["pairs", "-q", "2", "-r", "500"]]) {
    const flags = [...load, ...SHORT, "-p", String(mosquitto.ports[0]), "-V", "5"];
    const { code, stdout } = await runMidge(["bench", ...flags]);
    assertEquals(code, 0, stdout.join("\n"));
    assertStringIncludes(stdout[0]!, ", MQTT 5");
  }
});

Deno.test("the table", async () => {
  await using midge = await startBroker({ plugins: { auth_anonymous: null } });
  const flags = ["-L", `mqtt://127.0.0.1:${midge.address.port}`, "-n", "2", "-r", "100"];
  const short = ["-t", "2", "--warm-up", "0.1"];
  const { stdout } = await runMidge(["bench", "pairs", ...flags, ...short]);
  const names = stdout.map((line) => line.slice(0, 14).trim());
  assertEquals(names.slice(0, 6), ["broker", "load", "pairs", "QoS", "payload", "asked for"]);
  assertEquals(names.slice(6, 9), ["rate", "payload rate", "lost"]);
  assertEquals(names.slice(9), ["p50", "p90", "p99", "p99.9", "max"]);
  assertMatch(stdout[6]!, /^rate {10}[\d,]+ messages\/s$/);
});

Deno.test("a table's numbers", () => {
  const measured = { rate: 12_345.6, lost: 0, p50: 12.3, max: 45_678 };
  const plan = { broker: "mqtt://h:1883", load: "fanout", clients: 100, qos: 0, size: 64 };
  const table = formatTable({ ...plan, rate: undefined, messages: 0, measured }).split("\n");
  assertEquals(table.slice(2), [
    "subscribers   100",
    "QoS           0",
    "payload       64 bytes",
    "rate          12,346 deliveries/s",
    "payload rate  0.8 MB/s",
    "lost          0",
    "p50           12 µs",
    "max           45.68 ms",
  ]);
});

Deno.test("percentiles", () => {
  const times = new Times();
  for (let i = 1000; i > 0; i--) times.add(i / 1000);
  assertEquals(times.percentiles(), { p50: 501, p90: 901, p99: 991, p999: 1000, max: 1000 });
  assert(Number.isNaN(new Times().percentiles()["p50"]));
});

Deno.test("a broker that is not there, refuses, or breaks off is exit code 1 and one line", async () => {
  await using closed = await startBroker({ plugins: {} });
  const port = String(closed.address.port);
  const refused = await runMidge(["bench", ...SHORT, "-p", port]);
  assertEquals([refused.code, refused.stdout, refused.stderr.length], [1, [], 1]);
  assertStringIncludes(refused.stderr[0]!, `midge: mqtt://127.0.0.1:${port}: the broker refused`);

  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Promise<void>[] = [];
  const serving = (async () => {
    for await (const connection of listener) connections.push(breakOff(connection));
  })();
  const broken = await runMidge(["bench", ...SHORT, "-p", String(listener.addr.port)]);
  assertEquals(
    [broken.code, broken.stdout, broken.stderr.length],
    [1, [], 1],
    broken.stderr.join(),
  );
  assertMatch(broken.stderr[0]!, /the broker closed a connection|a connection broke: /);
  listener.close();
  await serving;
  await Promise.all(connections);
  const absent = await runMidge(["bench", ...SHORT, "-p", "1"]);
  assertEquals([absent.code, absent.stdout, absent.stderr.length], [1, [], 1]);
});

/** Lets a client in and grants its subscription; what comes next ends the connection. */
async function breakOff(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    for (;;) {
      if (await connection.read(buffer) === null) break;
      if (buffer[0] === 0x10) await connection.write(connack(false, 0));
      else if (buffer[0] === 0x82) await connection.write(suback(1, 0));
      else break;
    }
  } catch {
    // The generator has ended.
  }
  connection.close();
}

const MISUSE: readonly [args: string[], line: string][] = [
  [["floods"], 'midge: bench: got "floods", expected pairs, fanout, connections, latency'],
  [["fanout", "-r", "5"], "--rate is for pairs"],
  [["-r", "5", "-s", "4"], "--size got 4, expected 8 or more with --rate"],
  [["-n", "0"], '--clients got "0", expected 1 or more'],
  [["-t", "long"], '--duration got "long", expected seconds'],
];

for (const [args, line] of MISUSE) {
  Deno.test(`exit code 2 and one line: midge bench ${args.join(" ")}`, async () => {
    const { code, stderr } = await runMidge(["bench", ...args]);
    assertEquals([code, stderr.length], [2, 1]);
    assertStringIncludes(stderr[0]!, line);
  });
}
