/** From the configuration to a client that trusts the authority: a broker with TLS gets its certificate while it runs. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Broker, type BrokerOptions } from "../../mod.ts";
import { PEBBLE, type Pebble, startPebble } from "../services/pebble.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { runProgram } from "../services/system.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { within } from "../support/raw_client.ts";
import { until } from "../support/until.ts";
import { DataDir } from "./stage.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const REQUIREMENT = { name: "Pebble", programs: [...PEBBLE.programs, "mosquitto_pub"] };

const optionsFor = (pebble: Pebble, dataDir: string, more: object = {}): BrokerOptions => ({
  data_dir: dataDir,
  plugins: { auth_anonymous: null },
  listeners: {
    default: {
      bind: "127.0.0.1:0",
      ssl: true,
      acme: {
        domains: ["localhost"],
        directory: pebble.directory,
        cafile: pebble.cafile,
        http_port: pebble.httpPort,
        ...more,
      },
    },
    second: { bind: "127.0.0.1:0" },
  },
});

/** Publishes as a client that trusts this root alone; rejects where it does not trust the broker. */
function publish(broker: Broker, root: string): Promise<string> {
  const { port } = broker.listeners.find(({ name }) => name === "default")!;
  const flags = ["-h", "localhost", "-p", String(port), "--cafile", root];
  return runProgram("mosquitto_pub", [...flags, "-t", "a", "-m", "b", "-q", "1"]);
}

await serviceTest(
  REQUIREMENT,
  "acme: mosquitto_pub trusts the broker, without a restart",
  async () => {
    await using pebble = await startPebble();
    await using dataDir = new DataDir();
    const root = `${dataDir.path}/root.pem`;
    await Deno.writeTextFile(root, await pebble.root());
    await pebble.pause();
    await using broker = new Broker(optionsFor(pebble, dataDir.path));
    await broker.start();
    await assertRejects(() => publish(broker, root), Error, "TLS error");
    await pebble.resume();
    const [folder] = [...Deno.readDirSync(`${dataDir.path}/acme`)].map(({ name }) => name);
    const state = `${dataDir.path}/acme/${folder}/localhost/state.json`;
    await until(() => Deno.readTextFileSync(state).includes('"placeholder": false'), "it");
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const refused = await publish(broker, root).then(() => undefined, (error: Error) => error);
      if (refused === undefined) break;
      if (performance.now() > deadline) throw refused;
    }
  },
);

await serviceTest(
  PEBBLE,
  "acme: two listeners share one certificate, and a stop is at once",
  async () => {
    await using pebble = await startPebble();
    await using dataDir = new DataDir();
    await pebble.pause();
    // Its time stands still: the request that hangs does not end by itself.
    await using it = await ClockedBroker.start(optionsFor(pebble, dataDir.path));
    await within(it.broker.stop(), "the stop");
    await pebble.resume();
    assertEquals([...Deno.readDirSync(`${dataDir.path}/acme`)].length, 1);
    assertEquals(await pebble.orders(), 0);
  },
);

Deno.test("acme: a data_dir that cannot be written is said at start, and nothing is open", async () => {
  await using dataDir = new DataDir();
  await Deno.writeTextFile(`${dataDir.path}/acme`, "");
  const acme = { domains: ["a.test"], http_port: 23_999 };
  const broker = new Broker({
    data_dir: dataDir.path,
    listeners: { secure: { bind: "127.0.0.1:0", ssl: true, acme } },
  });
  const error = await assertRejects(() => broker.start(), Error);
  assertStringIncludes(error.message, "listeners.secure.acme: ");
  assertStringIncludes(error.message, "cannot be written: a part of its path is no folder");
  assertEquals(broker.listeners, []);
});

Deno.test("acme: a cafile that is not there is said at start", async () => {
  await using dataDir = new DataDir();
  const acme = { domains: ["a.test"], cafile: `${dataDir.path}/none.pem` };
  const broker = new Broker({
    data_dir: dataDir.path,
    listeners: { secure: { bind: "127.0.0.1:0", ssl: true, acme } },
  });
  const error = await assertRejects(() => broker.start(), Error);
  assertEquals(error.message, `listeners.secure.acme: ${dataDir.path}/none.pem: no such file`);
});
