/**
 * README.md does what it says: every block is run by a test, or has its reason; its configurations load, its plugin works,
 * its program runs, its tasks exist.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker } from "../../lib/broker/life/broker.ts";
import { UserError } from "../../lib/user_error.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import manifest from "../../deno.json" with { type: "json" };
import { MOSQUITTO } from "../access/passwords/vectors.ts";
import { certPath } from "../support/certs.ts";
import { codeBlocks } from "../support/markdown.ts";
import { runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { subscribe } from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const TEXT = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

const YAML = "every YAML block of README.md is a configuration that loads";
const FIRST_MINUTES = "tests/docs/first_minutes_test.ts";

/** By the first line of a block: the test that runs it, or why none does. */
const BLOCKS: Readonly<Record<string, string>> = {
  "./midge": FIRST_MINUTES,
  "./midge sub -v -t 'hello/#'": FIRST_MINUTES,
  "./midge pub -t hello/world -m 'It works'": FIRST_MINUTES,
  "hello/world It works": FIRST_MINUTES,
  "./midge ctl token new": FIRST_MINUTES,
  "./midge init home": FIRST_MINUTES,
  "./midge init safe --secure": FIRST_MINUTES,
  "sudo midge service install":
    "not run: it writes to /etc/systemd; its own tests run it below another root",
  "npx --yes deno@2.9.6 task test": "not run: it is what runs this test",
  "midge passwd passwords alice": "midge passwd and midge check, as README.md has them",
  'midge certs ca --cn "My authority" && midge certs server --cn localhost':
    "TLS in three commands: those of docs/TLS.md, which its test runs",
  "// lamp.js": "the plugin of README.md works",
  'import { Broker } from "@midge/midge";': "the program of README.md runs",
  "listeners:": YAML,
  "plugins:": YAML,
};

Deno.test("every block of README.md is run by a test, or has its reason", async () => {
  const own = await Deno.readTextFile(new URL(import.meta.url));
  const firstLines = [...TEXT.matchAll(/^```(.*)\n(.*)\n/gm)].filter(([, language]) =>
    language !== ""
  )
    .map(([, , line]) => line!);
  assertEquals(new Set(firstLines), new Set(Object.keys(BLOCKS)));
  for (const runner of Object.values(BLOCKS)) {
    if (runner.startsWith("not run: ")) continue;
    const isThere = runner.startsWith("tests/")
      ? await Deno.stat(new URL(`../../${runner}`, import.meta.url)).then(() => true)
      : own.split(`"${runner}"`).length > 2 || runner === YAML;
    assert(isThere, runner);
  }
});

Deno.test("midge passwd and midge check, as README.md has them", async () => {
  await using folder = new TempFolder();
  const [config = ""] = codeBlocks(TEXT, "yaml");
  folder.write("config.yaml", config);
  const block = codeBlocks(TEXT, "sh").find((one) => one.startsWith("midge passwd")) ?? "";
  const outcomes = [];
  for (const line of block.trim().split("\n")) {
    const [name, ...args] = line.split(" ");
    assertEquals(name, "midge");
    outcomes.push(await runMidge(args, { cwd: folder.path, stdin: "sesame\n" }));
  }
  assertEquals(outcomes.map(({ code }) => code), [0, 0]);
  assertEquals(outcomes[1]?.stdout.at(-1), "config.yaml: fine");
});

/** A folder with the README's plugin and a password file. */
async function makeFolder(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/passwords`, `alice:${MOSQUITTO[0]!.hash}\n`);
  await Deno.writeTextFile(`${folder}/lamp.js`, codeBlocks(TEXT, "js")[0]!);
  await Deno.copyFile(certPath("server.pem"), `${folder}/server.crt`);
  await Deno.copyFile(certPath("server.key"), `${folder}/server.key`);
  return folder;
}

Deno.test(YAML, async () => {
  const folder = await makeFolder();
  const configurations = codeBlocks(TEXT, "yaml");
  assert(configurations.length >= 2);
  for (const [index, content] of configurations.entries()) {
    const file = `${folder}/config${index}.yaml`;
    await Deno.writeTextFile(file, content);
    await Broker.check(await loadConfig(file));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("TLS in three commands: those of docs/TLS.md, which its test runs", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/TLS.md", import.meta.url));
  const [commands] = codeBlocks(page, "sh");
  assert(codeBlocks(TEXT, "sh").includes(commands!), commands);
});

Deno.test("the error line that README.md shows is the one that people see", async () => {
  const [shown] = /^ {4}config\.yaml: .*$/m.exec(TEXT) ?? [];
  const plugins = { auth_file: { pasword_file: "passwords" } };
  const config = normalizeConfig({ plugins }, { file: "config.yaml", directory: "/nowhere" });
  const error = await assertRejects(() => Broker.check(config), UserError);
  assert(error.problems.includes(shown?.trim()), error.message);
});

Deno.test("the plugin of README.md works", async () => {
  const folder = await makeFolder();
  const plugins = { auth_anonymous: null, [`${folder}/lamp.js`]: null };
  await using running = await startBroker({ plugins });
  await using client = await RawClient.open(running.address, { clientId: "desk" });
  await client.send(subscribe(1, ["lamp/+", 0]));
  await client.expectPacket("SUBACK");
  const { topic, payload } = await client.expectPublish();
  assertEquals([topic, payload], ["lamp/desk", "on"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the program of README.md runs", async () => {
  const folder = await makeFolder();
  const file = `${folder}/example.ts`;
  await Deno.writeTextFile(file, codeBlocks(TEXT, "ts")[0]!);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const lock = new URL("../../deno.lock", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--config", config, "--lock", lock],
      ...["--allow-net", "--allow-read", file],
    ],
    signal: AbortSignal.timeout(PATIENCE_MS),
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  const [, port] = /^listening on port ([1-9]\d*)\n$/.exec(value ?? "") ?? [];
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: Number(port) });
  await client.send(subscribe(1, ["greeting", 0]));
  await client.expectPacket("SUBACK");
  assertEquals((await client.expectPublish()).payload, "hello");
  child.kill("SIGINT");
  assertEquals((await child.status).code, 0);
  await reader.cancel();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("every task and file that README.md names exists", async () => {
  const tasks = new Set(Object.keys(manifest.tasks));
  for (const [, task] of TEXT.matchAll(/\btask (\w[\w:]*)/g)) {
    assert(tasks.has(task!) || task === "start", `there is no task ${task}`);
  }
  for (const [, file] of TEXT.matchAll(/\]\((?!#|https?:)([^)#]+)/g)) {
    await Deno.stat(new URL(`../../${file}`, import.meta.url));
  }
});
