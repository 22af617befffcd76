/** The hook `storage`: what the start checks, what it says, and what a reload leaves alone. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker, type BrokerOptions, definePlugin, type Hooks, UserError } from "../../mod.ts";
import type { BatchStorage, StoredBatch } from "../../plugin.ts";
import { captureLog, ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { RawClient } from "../support/raw_client.ts";
import { connect, puback, publish } from "../support/raw_packets.ts";
import { TempFolder } from "../support/midge_process.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A storage whose content a test sees; `fail` is thrown by the next appends. */
class Shelf implements BatchStorage {
  batches: StoredBatch[] = [];
  readonly life: string[] = [];
  fail: Error | undefined;
  onAppend: () => void = () => {};

  async *load(): AsyncGenerator<StoredBatch> {
    this.life.push("load");
    yield* this.batches;
  }

  append(batch: StoredBatch): void {
    queueMicrotask(this.onAppend);
    if (this.fail !== undefined) throw this.fail;
    this.batches.push({ ...batch, body: batch.body.slice() });
  }

  close(): void {
    this.life.push("close");
  }
}

function pluginOf(hooks: Hooks) {
  return definePlugin({ name: "shelf", apiVersion: 1, setup: () => hooks });
}

/** The problems of a start with these options. */
async function problemsOf(options: BrokerOptions): Promise<readonly string[]> {
  const start = async () => {
    await using broker = new Broker(testConfig(options));
    await broker.start();
  };
  return (await assertRejects(start, UserError)).problems;
}

/** The problems of a start with what these hooks say is a storage. */
async function wrongStorage(storage: unknown): Promise<readonly string[]> {
  const plugins = { shelf: pluginOf({ storage: storage as BatchStorage }) };
  return await problemsOf({ plugins, storage: { plugin: "shelf" } });
}

const load = async function* () {};
const append = () => {};

Deno.test("a plugin given as an object keeps what a broker is to remember", async () => {
  const shelf = new Shelf();
  const options = {
    plugins: { shelf: pluginOf({ storage: shelf }) },
    storage: { plugin: "shelf" },
  };
  await using first = await ClockedBroker.start(options);
  const keeper = await first.keep("keeper");
  await keeper.subscribed(["a/#", 1]);
  await keeper.disconnect();
  const sender = await first.open("sender");
  await sender.publish("a/b", "x", { qos: 1, retain: true });
  await first.broker.stop();
  assertEquals(shelf.life, ["load", "close"]);
  await using second = await ClockedBroker.start(options);
  assertEquals(second.broker.metrics.retainedCount, 1);
  const back = await RawClient.open(second.address, { clientId: "keeper", cleanSession: false });
  assert(back.sessionPresent);
  assertEquals((await back.expectPublish()).topic, "a/b");
  await back.close();
});

Deno.test("an object that is no plugin, and one with a wrong trait, are one line each", async () => {
  const setup = () => ({});
  const odd = { name: "odd", apiVersion: 1, setup, order: "first" };
  assertEquals(await problemsOf({ plugins: { nameless: { setup }, odd } }), [
    "plugins.nameless: it is no plugin: name is undefined; expected { name, apiVersion: 1, setup(options, context) }",
    'plugins.odd: order is "first"; expected "last", or nothing',
  ]);
});

Deno.test("a storage that is none is a line for each mistake", async () => {
  assertEquals(await wrongStorage({ load, apend: append, append, version: 1 }), [
    "plugins.shelf: hook storage: unknown method apend; did you mean append? Known methods: load, append, close",
    "plugins.shelf: hook storage: unknown method version",
  ]);
  assertEquals(await wrongStorage({ load: 1, close: "no" }), [
    "plugins.shelf: hook storage: load is not a function",
    "plugins.shelf: hook storage: append is not a function",
    "plugins.shelf: hook storage: close is not a function",
  ]);
  assertEquals(await wrongStorage(append), [
    "plugins.shelf: hook storage is not an object; expected { load, append, close }",
  ]);
});

Deno.test("a storage that would not be used is refused, and so is one that is not there", async () => {
  const [one, other] = [pluginOf({ storage: new Shelf() }), pluginOf({ storage: new Shelf() })];
  const unused = (name: string) =>
    `plugins.${name}: it brings a storage, which would not be used; expected \`storage: {plugin: ${name}}\``;
  assertEquals(await problemsOf({ plugins: { one }, storage: {} }), [unused("one")]);
  assertEquals(await problemsOf({ plugins: { one } }), [unused("one")]);
  assertEquals(await problemsOf({ plugins: { one, other }, storage: { plugin: "one" } }), [
    unused("other"),
  ]);
  assertEquals(
    await problemsOf({ plugins: { auth_anonymous: null }, storage: { plugin: "auth_anonymous" } }),
    [
      "plugins.auth_anonymous: it brings no storage, and `storage` names it; expected the hook `storage`",
    ],
  );
});

Deno.test("what a storage throws at the start is one line that names the plugin", async () => {
  await using folder = new TempFolder();
  const file = folder.write(
    "shelf.js",
    'export default { name: "shelf", apiVersion: 1, setup: () => ({ storage: {\n' +
      '  async *load() { yield 1; throw new Error("the shelf is broken"); }, append() {} } }) };\n',
  );
  const options = { plugins: { [file]: null }, storage: { plugin: file } };
  assertEquals(await problemsOf(options), [`storage: plugin ${file}: a batch is 1`]);
  folder.write("other.js", folder.read("shelf.js").replace("yield 1; ", ""));
  const other = `${folder.path}/other.js`;
  assertEquals(await problemsOf({ plugins: { [other]: null }, storage: { plugin: other } }), [
    `storage: plugin ${other}: the shelf is broken (${other}:2:25)`,
  ]);
});

const GOOD = { number: 1, keepFrom: 1, time: 0, wall: 0, body: new Uint8Array(0) };
const WRONG_BATCHES: [batches: unknown[], problem: string][] = [
  [[null], "a batch is null"],
  [[{ ...GOOD, number: 1n }], "batch 1: number is 1 (bigint); expected a whole number"],
  [[{ ...GOOD, keepFrom: 0.5 }], "batch 1: keepFrom is 0.5 (number); expected a whole number"],
  [[{ ...GOOD, time: "0" }], "batch 1: time is 0 (string); expected a number"],
  [[{ ...GOOD, wall: NaN }], "batch 1: wall is NaN (number); expected a number"],
  [[{ ...GOOD, body: "" }], "batch 1: body is a string; expected bytes"],
  [[GOOD, GOOD], "behind batch 1 comes 1; expected the next one"],
  [[GOOD, { ...GOOD, number: 3 }], "behind batch 1 comes 3; expected the next one"],
  [[{ ...GOOD, number: 5 }], "it begins with batch 5; needed from 1 on"],
];

for (const [batches, problem] of WRONG_BATCHES) {
  Deno.test(`a storage that gives back what is no log refuses the start: ${problem}`, async () => {
    const shelf = new Shelf();
    shelf.batches = batches as StoredBatch[];
    assertEquals(await wrongStorage(shelf), [`storage: plugin shelf: ${problem}`]);
    assertEquals(shelf.life, ["load", "close"]);
  });
}

Deno.test("an append that throws is brought again, and the acknowledgement waits for it", async () => {
  const shelf = new Shelf();
  const plugins = { shelf: pluginOf({ storage: shelf }) };
  await using it = await ClockedBroker.start({ plugins, storage: { plugin: "shelf" } });
  const sender = await it.dial();
  await sender.send(connect({ clientId: "sender" }));
  await sender.expectPacket("CONNACK");
  shelf.fail = new Error("the shelf is full");
  const tried = Promise.withResolvers<void>();
  shelf.onAppend = tried.resolve;
  await sender.send(publish("a/b", "x", { qos: 1, id: 1, retain: true }));
  await tried.promise;
  await sender.expectNothing();
  assertEquals(it.logged("storage").map((line) => line.replace(/^.*storage: /, "")), [
    "writing to shelf fails, what must be kept waits: the shelf is full",
  ]);
  shelf.fail = undefined;
  it.clock.advance(100);
  await sender.expect(puback(1));
  assertEquals(shelf.batches.map(({ number }) => number), [1]);
});

Deno.test("a close that throws is logged, and the stop goes on", async () => {
  const shelf = new Shelf();
  shelf.close = () => {
    throw new Error("it sticks");
  };
  let isDisposed = false;
  const plugins = { shelf: pluginOf({ storage: shelf, dispose: () => void (isDisposed = true) }) };
  await using it = await ClockedBroker.start({ plugins, storage: { plugin: "shelf" } });
  await it.broker.stop();
  assertEquals(it.logged("storage.close failed: it sticks").length, 1);
  assert(isDisposed);
});

Deno.test("a reload leaves what keeps the storage as it is, and says so", async () => {
  const [shelf, other] = [new Shelf(), new Shelf()];
  const life: string[] = [];
  const plugin = pluginOf({ storage: shelf, dispose: () => void life.push("disposed") });
  const plugins = { auth_anonymous: null, shelf: plugin };
  const storage = { plugin: "shelf" };
  const options = (more: BrokerOptions) => testConfig({ plugins, storage, ...more });
  captureLog();
  await using broker = new Broker(options({}), new FakeClock());
  await broker.start();
  const changesOf = async (more: BrokerOptions) => (await broker.reload(options(more))).changes;
  const later = "changed: this takes effect at the next start";

  assertEquals(await changesOf({}), []);
  const another = pluginOf({ storage: other });
  assertEquals(await changesOf({ plugins: { auth_anonymous: null, shelf: another } }), [
    `plugins.shelf ${later}`,
  ]);
  assertEquals(await changesOf({ plugins: { auth_anonymous: null }, storage: {} }), [
    `storage ${later}`,
    `plugins.shelf ${later}`,
  ]);
  const moved = { plugins: { auth_anonymous: null, other: another }, storage: { plugin: "other" } };
  assertEquals(await changesOf(moved), [
    `storage ${later}`,
    `plugins.shelf ${later}`,
    `plugins.other ${later}`,
  ]);
  const beside = { plugins: { ...plugins, other: another } };
  const error = await assertRejects(() => broker.reload(options(beside)), UserError);
  assertEquals(error.problems, [
    "plugins.other: it brings a storage, which would not be used; expected `storage: {plugin: other}`",
  ]);
  broker.publish({ topicName: "a", payload: "x", retain: true });
  await broker.stop();
  assertEquals([shelf.batches.length, other.life, life], [1, [], ["disposed"]]);
});

Deno.test("a changed file of what keeps the storage is imported at the next start", async () => {
  await using folder = new TempFolder();
  const text = 'export default { name: "shelf", apiVersion: 1, setup: () => ({\n' +
    "  storage: { async *load() {}, append() {} } }) };\n";
  const file = folder.write("shelf.js", text);
  const config = testConfig({ plugins: { [file]: null }, storage: { plugin: file } });
  captureLog();
  await using broker = new Broker(config, new FakeClock());
  await broker.start();
  folder.write("shelf.js", `${text}// changed\n`);
  assertEquals((await broker.reload(config)).changes, [
    `plugin ${file}: ${file} has changed; it is imported at the next start`,
  ]);
});
