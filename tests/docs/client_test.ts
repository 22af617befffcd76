/** docs/CLIENT.md and docs/examples do what they say: programs run, tables and commands are the real ones. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { normalizeClientConfig } from "../../lib/client/config.ts";
import { CLIENT_KEYS, CONNECTION_KEYS } from "../../lib/client/config_keys.ts";
import { parseYaml } from "../../lib/config/yaml.ts";
import { Client } from "../../mod.ts";
import { codeBlocks } from "../support/markdown.ts";
import { runMidge, TempFolder } from "../support/midge_process.ts";
import { type RunningBroker, startBroker } from "../support/running_broker.ts";
import { until } from "../support/until.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/CLIENT.md", import.meta.url));
const EXAMPLES = new URL("../../docs/examples/", import.meta.url);
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

function openBroker(): Promise<RunningBroker> {
  return startBroker({ plugins: { auth_anonymous: null } });
}

/** Runs an example on this broker; the result is what it printed. */
async function example(
  name: string,
  broker: RunningBroker,
  args: string[] = [],
  stdin = "",
): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      `--config=${CONFIG}`,
      "--allow-net",
      "--allow-read",
      new URL(name, EXAMPLES).pathname,
      `mqtt://127.0.0.1:${broker.address.port}`,
      ...args,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close());
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  assertEquals([code, text.decode(stderr)], [0, ""], name);
  return text.decode(stdout);
}

async function clientOf(broker: RunningBroker): Promise<Client> {
  const client = new Client(`mqtt://127.0.0.1:${broker.address.port}`);
  await client.connect();
  return client;
}

Deno.test("docs/examples/hello.ts, which docs/CLIENT.md shows", async () => {
  await using broker = await openBroker();
  assertEquals(await example("hello.ts", broker), "greetings/world: hello\n");
  const file = await Deno.readTextFile(new URL("hello.ts", EXAMPLES));
  const body = (text: string) => text.slice(text.indexOf("await client.connect()"));
  assertEquals(body(codeBlocks(TEXT, "ts")[0]!), body(file));
});

Deno.test("docs/examples/sensor.ts", async () => {
  await using broker = await openBroker();
  await using client = await clientOf(broker);
  const readings: unknown[] = [];
  client.onMessage("sensors/1/reading", (message) => void readings.push(message.json()));
  const states: string[] = [];
  client.onMessage("sensors/1/status", (message) => void states.push(message.text()));
  await client.subscribe("sensors/1/#", { qos: 1 });
  assertStringIncludes(await example("sensor.ts", broker, ["3"]), "connected\n");
  assertEquals([readings.length, states], [3, ["online", "offline"]]);
});

Deno.test("docs/examples/worker.ts gets the jobs of its absence", async () => {
  await using broker = await openBroker();
  await using client = await clientOf(broker);
  const first = example("worker.ts", broker, ["1"]);
  await until(() => broker.broker.metrics.subscriptionsCount === 1, "subscribed");
  await client.publish("jobs", "a", { qos: 2 });
  assertEquals(await first, "new at work\ndone: a\n");
  for (const job of ["b", "c"]) await client.publish("jobs", job, { qos: 2 });
  assertEquals(await example("worker.ts", broker, ["2"]), "back at work\ndone: b\ndone: c\n");
});

Deno.test("docs/examples/pipe.ts", async () => {
  await using broker = await openBroker();
  const input = Array.from({ length: 5000 }, (_, i) => `${i}\n`).join("");
  assertEquals(await example("pipe.ts", broker, ["numbers"], input), "5000 lines\n");
  assert(broker.broker.metrics.publishReceived >= 5000);
});

Deno.test("docs/examples/request.ts, which docs/CLIENT.md shows", async () => {
  await using broker = await openBroker();
  assertEquals(await example("request.ts", broker), "42\n");
  const file = await Deno.readTextFile(new URL("request.ts", EXAMPLES));
  assertStringIncludes(file, codeBlocks(TEXT, "ts").find((block) => block.includes("double"))!);
});

Deno.test("docs/examples/with_plugin.ts", async () => {
  await using broker = await openBroker();
  assertStringIncludes(await example("with_plugin.ts", broker), "packets of this client");
});

Deno.test("the configuration of docs/CLIENT.md loads, and its defaults are the real ones", () => {
  const [yaml = ""] = codeBlocks(TEXT, "yaml");
  const { topics: _topics, will: _will, ...shown } = parseYaml(yaml, "CLIENT.md") as Record<
    string,
    unknown
  >;
  const source = { directory: "/" };
  const [real, documented] = [{}, shown].map((options) => normalizeClientConfig(options, source));
  assertEquals(documented, real);
  assertEquals(normalizeClientConfig(parseYaml(yaml, "CLIENT.md"), source).warnings, []);
});

Deno.test("every key of the client is in docs/CLIENT.md", () => {
  for (const key of [...Object.keys(CLIENT_KEYS), ...Object.keys(CONNECTION_KEYS)]) {
    assert(new RegExp(`\\b${key}\\b`).test(TEXT), `${key} is not in docs/CLIENT.md`);
  }
});

Deno.test("the commands of docs/CLIENT.md are understood", async () => {
  await using broker = await openBroker();
  await using folder = new TempFolder();
  const image = folder.write("image.bin", "x");
  const { port } = broker.address;
  const commands = codeBlocks(TEXT, "sh").flatMap((block) => block.trim().split("\n"));
  assert(commands.length >= 12);
  for (const line of commands) {
    const command = line.replace(/^.*\| (?=midge)/, "").replace(/ \| .*$/, "");
    const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)]
      .map(([, single, double, plain]) => single ?? double ?? plain!);
    assertEquals(words.shift(), "midge", line);
    const args = words.map((word) => word.replace("image.bin", image));
    // To the broker of this test, and not for long.
    const more: Record<string, string[]> = {
      pub: ["-u", "me"],
      sub: ["-W", "0.2"],
      rr: ["-q", "0", "-W", "0.2"],
      bench: ["-t", "0.1", "--warm-up", "0", "-n", "2"],
      certs: [
        "--output-dir",
        folder.path,
        "--ca-crt",
        `${folder.path}/ca.crt`,
        "--ca-key",
        `${folder.path}/ca.key`,
      ],
    };
    const here = args.map((arg) => /^\w+:\/\//.test(arg) ? `mqtt://127.0.0.1:${port}` : arg);
    const isLocal = args.some((arg) => arg === "-L");
    const host = here.indexOf("-h");
    if (host >= 0) here.splice(host, 2);
    const at = isLocal || args[0] === "certs" ? [] : ["-p", String(port)];
    const { code, stderr } = await runMidge([...here, ...at, ...more[args[0]!]!], {
      stdin: "line\n",
    });
    assert(code === 0 || code === 27, `${line}: exit code ${code}: ${stderr.join("\n")}`);
  }
});
