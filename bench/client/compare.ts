/**
 * `deno task bench:client`: Midge's client beside mqtt.js under Node, each in a process of its own, in turn, on
 * the same broker. Prints medians and their ratio as Markdown. Needs node and npm, for mqtt.js is installed
 * into a folder that is removed again.
 *
 *     deno task bench:client [--runs N] [--duration MS] [--only LOAD]...
 */
import { kill } from "../../tests/support/kill.ts";
import { parseArgs } from "node:util";
import { midge, mosquitto, type RunningBroker } from "../brokers.ts";
import { messageOf } from "../../lib/user_error.ts";

/** One row of the table. */
interface Row {
  readonly load: string;
  readonly title: string;
  /** On a broker, or from source.ts. */
  readonly from: "brokers" | "source";
}

const ROWS: readonly Row[] = [
  { load: "publish0", title: "publishing, QoS 0, each awaited", from: "brokers" },
  { load: "publish1", title: "publishing, QoS 1, 100 under way", from: "brokers" },
  { load: "publish2", title: "publishing, QoS 2, 100 under way", from: "brokers" },
  { load: "subscribe", title: "receiving, QoS 0, `for await` (mqtt.js: callback)", from: "source" },
  { load: "callback", title: "receiving, QoS 0, callback", from: "source" },
];

/** mqtt.js as the import map has it. */
const MQTTJS = "mqtt@5.16.0";

/** Measures one client: messages a second. */
type Measure = (url: string, load: string) => Promise<number>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      runs: { type: "string", default: "5" },
      duration: { type: "string", default: "3000" },
      only: { type: "string", multiple: true },
    },
  });
  const rows = ROWS.filter(({ load }) => values.only?.includes(load) ?? true);
  const folder = await installMqttJs();
  try {
    const clients: Measure[] = [midgeClient(values.duration), mqttJs(folder, values.duration)];
    print("|  | broker | Midge's client | mqtt.js | ratio |");
    print("| :-- | :-- | --: | --: | --: |");
    for (const row of rows) await measureRow(row, clients, Number(values.runs));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  print(`\nMedians of ${values.runs} runs, messages a second; 64 bytes. ${await conditions()}`);
}

async function measureRow(row: Row, clients: readonly Measure[], runs: number): Promise<void> {
  const sources = row.from === "source"
    ? [source]
    : [() => midge().start(), () => mosquitto().start()];
  for (const start of sources) {
    const broker = await start();
    try {
      const url = `mqtt://${broker.address.hostname}:${broker.address.port}`;
      const rates: number[][] = clients.map(() => []);
      for (let run = 0; run < runs; run++) {
        for (const [i, measure] of clients.entries()) rates[i]!.push(await measure(url, row.load));
      }
      const [ours = NaN, theirs = NaN] = rates.map(median);
      const cells = [ours, theirs].map((rate) => Math.round(rate).toLocaleString("en-US"));
      const ratio = (ours / theirs).toFixed(2);
      print(`| ${row.title} | ${broker.name} | ${cells.join(" | ")} | ${ratio}× |`);
    } finally {
      await broker.stop();
    }
  }
}

function midgeClient(duration: string): Measure {
  const script = new URL("midge.ts", import.meta.url).href;
  return (url, load) =>
    rateOf(Deno.execPath(), ["run", "--no-prompt", "--allow-net", "--allow-read", script], [
      url,
      load,
      duration,
    ]);
}

function mqttJs(folder: string, duration: string): Measure {
  return (url, load) => rateOf("node", [`${folder}/mqttjs.mjs`], [url, load, duration]);
}

async function installMqttJs(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "midge-bench-client-" });
  await Deno.copyFile(new URL("mqttjs.mjs", import.meta.url), `${folder}/mqttjs.mjs`);
  const args = ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, MQTTJS];
  const { success } = await new Deno.Command("npm", { args, stdout: "null" }).output();
  if (success) return folder;
  await Deno.remove(folder, { recursive: true });
  throw new Error(`npm could not install ${MQTTJS}`);
}

async function rateOf(
  program: string,
  options: readonly string[],
  args: readonly string[],
): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...options, ...args],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (success) return (JSON.parse(text.decode(stdout)) as { rate: number }).rate;
  throw new Error(`${args.join(" ")}: ${text.decode(stderr).trim().split("\n").at(-1)}`);
}

/** source.ts as if it were a broker. */
async function source(): Promise<Omit<RunningBroker, "addressOf" | "kill">> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net", new URL("source.ts", import.meta.url).href],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const port = Number((await reader.read()).value);
  return {
    name: "a source",
    address: { hostname: "127.0.0.1", port },
    pid: child.pid,
    async stop() {
      kill(child);
      await child.status;
      await reader.cancel();
    },
  };
}

async function conditions(): Promise<string> {
  const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
  const node = new TextDecoder().decode(stdout).trim();
  return `${navigator.hardwareConcurrency} cores; Deno ${Deno.version.deno}, Node ${node}, ${MQTTJS}.`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

try {
  await main();
} catch (error) {
  const message = messageOf(error);
  Deno.stderr.writeSync(new TextEncoder().encode(`bench: ${message}\n`));
  Deno.exit(1);
}
