/** docs/PLUGINS.md does what it says: its configurations load, its plugins work, its order is the real one. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../lib/user_error.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { Broker } from "../../lib/broker/life/broker.ts";
import { MOSQUITTO } from "../access/passwords/vectors.ts";
import { codeBlocks } from "../support/markdown.ts";
import { type BrokerAddress, RawClient } from "../support/raw_client.ts";
import { writeAll } from "../../lib/io.ts";
import {
  connack,
  connect,
  DISCONNECT,
  PINGREQ,
  PINGRESP,
  puback,
  publish,
  subscribe,
  unsubscribe,
} from "../support/raw_packets.ts";
import { calls } from "../support/recorder_plugin.ts";
import { startBroker } from "../support/running_broker.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/PLUGINS.md", import.meta.url));

const EXAMPLES = new URL("../../docs/examples/", import.meta.url);

const blocks = (language: string) => codeBlocks(TEXT, language);

/** A folder with the documented plugins and a password file. */
async function makeFolder(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/passwords`, `alice:${MOSQUITTO[0]!.hash}\n`);
  await Deno.writeTextFile(`${folder}/scram_passwords`, "# no users\n");
  for (const content of [...blocks("js"), ...blocks("ts")]) {
    const [, name] = /^\/\/ (\w+\.[jt]s):/.exec(content)!;
    await Deno.writeTextFile(`${folder}/${name}`, content);
  }
  await Deno.copyFile(new URL("sqlite_store.ts", EXAMPLES), `${folder}/sqlite_store.ts`);
  return folder;
}

Deno.test("every YAML block of docs/PLUGINS.md is a configuration that loads", async (t) => {
  const folder = await makeFolder();
  const configurations = blocks("yaml");
  assert(configurations.length >= 9, `${configurations.length} blocks`);
  for (const [index, content] of configurations.entries()) {
    const [firstPlugin] = content.split("\n").filter((line) => line.startsWith("  "));
    await t.step(`${index + 1}: ${firstPlugin}`, async () => {
      const file = `${folder}/config${index}.yaml`;
      await Deno.writeTextFile(file, content);
      const config = await loadConfig(file);
      assertEquals(config.warnings, []);
      await Broker.check(config);
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the error line that docs/PLUGINS.md shows is the one that people see", async () => {
  const [shown] = /^ {4}config\.yaml: .*$/m.exec(TEXT) ?? [];
  const plugins = { auth_file: { pasword_file: "passwords" } };
  const config = normalizeConfig({ plugins }, { file: "config.yaml", directory: "/nowhere" });
  const error = await assertRejects(() => Broker.check(config), UserError);
  assert(error.problems.includes(shown?.trim()), error.message);
});

Deno.test("the ten-line plugin of docs/PLUGINS.md works", async () => {
  const folder = await makeFolder();
  assertEquals(blocks("js")[0]!.trim().split("\n").length, 10);
  const plugins = { auth_anonymous: null, [`${folder}/greeter.js`]: null };
  await using running = await startBroker({ plugins });
  await using client = await RawClient.open(running.address, { clientId: "c1" });
  await client.send(subscribe(1, ["welcome/+", 0]));
  await client.expectPacket("SUBACK");
  const { topic, payload } = await client.expectPublish();
  assertEquals([topic, payload], ["welcome/c1", "hello"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the plugin with options of docs/PLUGINS.md works", async () => {
  const folder = await makeFolder();
  const hour = new Date().getUTCHours();
  for (const [open, close, expected] of [[0, 24, 1], [hour, hour, 0]] as const) {
    const plugins = { auth_anonymous: null, [`${folder}/office_hours.ts`]: { open, close } };
    await using running = await startBroker({ plugins });
    await using client = await RawClient.open(running.address, { clientId: "c1" });
    await client.send(subscribe(1, ["t", 0]));
    await client.expectPacket("SUBACK");
    await client.send(publish("t", "x"));
    if (expected === 1) await client.expectPublish();
    await client.expectNothing();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the plugin of docs/PLUGINS.md that accepts connections works", async () => {
  const folder = await makeFolder();
  const path = `${folder}/mqtt.sock`;
  const plugins = { auth_anonymous: null, [`${folder}/socket_listener.ts`]: { path } };
  const running = await startBroker({ plugins });
  const conn = await Deno.connect({ transport: "unix", path });
  await writeAll(conn, Uint8Array.from([...connect({ clientId: "local" }), ...PINGREQ]));
  assertEquals(await readBytes(conn, 6), [...connack(false, 0), ...PINGRESP]);
  const [client] = running.broker.clients;
  assertEquals([client?.clientId, client?.transport], ["local", "unix"]);
  await running.broker.stop();
  assertEquals(await conn.read(new Uint8Array(1)), null);
  conn.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the suite for storages runs as docs/PLUGINS.md says", async () => {
  const folder = await makeFolder();
  const [, options = ""] = /^\/\/ my_store_test\.ts: deno (.*)$/m.exec(TEXT) ?? [];
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = options.replace("PATH_TO_MIDGE/deno.json", config).split(" ");
  const command = new Deno.Command(Deno.execPath(), { args, cwd: folder, env: { NO_COLOR: "1" } });
  const { stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout);
  assert(/^ok \| \d{2} passed/m.test(text), text + new TextDecoder().decode(stderr));
  await Deno.remove(folder, { recursive: true });
});

async function readBytes(conn: Deno.Conn, count: number): Promise<number[]> {
  const bytes: number[] = [];
  while (bytes.length < count) {
    const buffer = new Uint8Array(count - bytes.length);
    const length = await conn.read(buffer);
    if (length === null) break;
    bytes.push(...buffer.subarray(0, length));
  }
  return bytes;
}

/** What the documented client does. */
async function runClient(address: BrokerAddress): Promise<void> {
  await using client = await RawClient.open(address, { clientId: "c1" });
  await client.send(subscribe(1, ["t", 1]));
  await client.expectPacket("SUBACK");
  await client.send(publish("t", "x", { qos: 1, id: 5, retain: true }));
  const { id } = await client.expectPublish();
  await client.expect(puback(5));
  await client.send(puback(id), unsubscribe(2, "t"));
  await client.expectPacket("UNSUBACK");
  await client.send(DISCONNECT);
  await client.expectClosed();
}

Deno.test("hooks fire in the order of docs/PLUGINS.md", async () => {
  const recorder = new URL("../support/recorder_plugin.ts", import.meta.url).href;
  const { broker, address } = await startBroker({ plugins: { [recorder]: null } });
  await runClient(address);
  await broker.stop();
  const [documented] = blocks("text");
  assertEquals(calls, documented?.trim().split("\n").map((line) => line.split("  ")[0]));
});
