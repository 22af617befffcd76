/** docs/examples/sqlite_store.ts passes the suite, and a broker on it remembers what it has acknowledged. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { SqliteStore } from "../../docs/examples/sqlite_store.ts";
import { Broker, UserError } from "../../mod.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { TempFolder } from "../support/midge_process.ts";
import { Party } from "../support/mixed_party.ts";
import { batchLogSuite, batchOf, loaded } from "../storage/batch_log_suite.ts";

const EXAMPLE = new URL("../../docs/examples/sqlite_store.ts", import.meta.url).pathname;

function optionsIn(folder: TempFolder, name: string) {
  const plugins = { [EXAMPLE]: { file: join(folder.path, name, "midge.db") } };
  return { plugins, storage: { plugin: EXAMPLE } };
}

/** What a backup, or the next start after kill -9, finds: its files as they are now. */
function copyFiles(folder: TempFolder, from: string, to: string): void {
  Deno.mkdirSync(join(folder.path, to));
  for (const { name } of Deno.readDirSync(join(folder.path, from))) {
    Deno.copyFileSync(join(folder.path, from, name), join(folder.path, to, name));
  }
}

batchLogSuite("SQLite", async () => {
  const folder = await Deno.makeTempDir();
  return {
    open: () => new SqliteStore(join(folder, "a", "midge.db")),
    remove: () => Deno.remove(folder, { recursive: true }),
  };
});

Deno.test("SQLite: what keepFrom leaves out is gone from the file", async () => {
  await using folder = new TempFolder();
  const open = () => new SqliteStore(join(folder.path, "midge.db"));
  const store = open();
  await loaded(store);
  for (const number of [1, 2, 3, 4]) store.append(batchOf(number, 10, number === 4 ? 3 : 1));
  store.close();
  const again = open();
  assertEquals((await loaded(again)).map(({ number }) => number), [3, 4]);
  again.close();
});

Deno.test("a broker on SQLite, its files copied while it runs: all that it acknowledged is there", async () => {
  await using folder = new TempFolder();
  await using first = await ClockedBroker.start(optionsIn(folder, "first"));
  for (const level of [4, 5] as const) {
    const keeper = await Party.open(first, `keeper${level}`, level, { keep: true });
    await keeper.subscribe("jobs/#", 2);
    await keeper.leave();
  }
  const sender = await Party.open(first, "sender", 5);
  const sent = Array.from({ length: 60 }, (_, at) => `${at}`);
  for (const payload of sent) {
    const qos = 1 + Number(payload) % 2;
    await sender.publish({ topic: `jobs/${qos}`, payload, qos, retain: qos === 1 });
  }
  copyFiles(folder, "first", "second");

  await using second = await ClockedBroker.start(optionsIn(folder, "second"));
  assertEquals(second.broker.metrics.retainedCount, 1);
  for (const level of [4, 5] as const) {
    const keeper = await Party.open(second, `keeper${level}`, level, { keep: true });
    assert(keeper.sessionPresent);
    const got: string[] = [];
    for (const _ of sent) got.push((await keeper.next()).payload);
    // The order is that of each topic.
    for (const rest of [0, 1]) {
      const isOfTopic = (payload: string) => Number(payload) % 2 === rest;
      assertEquals(got.filter(isOfTopic), sent.filter(isOfTopic));
    }
  }
  assertEquals(second.log.filter((line) => / (warn|error)/i.test(line)), []);
});

Deno.test("a second broker on one database, and a file that is none, are one line", async () => {
  await using folder = new TempFolder();
  const options = optionsIn(folder, "first");
  await using _first = await ClockedBroker.start(options);
  const problemsOf = async (name: string) => {
    await using broker = new Broker(testConfig(optionsIn(folder, name)));
    return (await assertRejects(() => broker.start(), UserError)).problems;
  };
  const [locked = "", ...more] = await problemsOf("first");
  assert(locked.startsWith(`storage: plugin ${EXAMPLE}: database is locked (`), locked);
  assertEquals(more, []);
  Deno.mkdirSync(join(folder.path, "other"));
  folder.write(
    "other/midge.db",
    "no database, but long enough to look like one at first".repeat(99),
  );
  const [broken = ""] = await problemsOf("other");
  assert(broken.includes(": file is not a database ("), broken);
  await Broker.check(testConfig(options));
});
