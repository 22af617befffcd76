/** What a plugin says of itself beside its hooks: the order it is asked in, how it combines, whether it asks for proof. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker, type Hooks, type PluginTraits, UserError } from "../../mod.ts";
import { onlyLogsAt, PACKAGED_NAMES, PACKAGED_PLUGINS } from "../../lib/config/plugins.ts";
import { makeObservers, OBSERVING_HOOKS } from "../../lib/plugin/hooks.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { TempFolder } from "../support/midge_process.ts";
import { PluginHarness } from "../support/plugin_harness.ts";
import { RawClient } from "../support/raw_client.ts";
import { puback, publish } from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";

const OBSERVED: ReadonlySet<string> = new Set(OBSERVING_HOOKS);

/** A broker with these plugins and no others, in this order. */
function startWith(...plugins: readonly (readonly [Hooks, PluginTraits])[]) {
  const names = plugins.map(([hooks, traits]) => [inlinePlugin(hooks, traits), null]);
  return ClockedBroker.start({ plugins: Object.fromEntries(names) });
}

Deno.test("order: last is asked after all others, about logins and about rights", async () => {
  const asked: string[] = [];
  const noting = (name: string, verdict?: "allow"): Hooks => ({
    authenticate() {
      asked.push(`${name} authenticate`);
      return verdict;
    },
    authorize: () => void asked.push(`${name} authorize`),
  });
  const late = inlinePlugin(noting("late", "allow"), { order: "last" });
  const early = inlinePlugin(noting("early"));
  await using running = await startBroker({ plugins: { [late]: null, [early]: null } });
  await using client = await RawClient.open(running.address, { clientId: "c" });
  await client.send(publish("t", "x", { qos: 1, id: 1 }));
  await client.expect(puback(1));
  assertEquals(asked, [
    "early authenticate",
    "late authenticate",
    "early authorize",
    "late authorize",
  ]);
});

Deno.test("combines: one that goes by the first answer is enough, else one denial denies", async () => {
  const answers = async (traits: PluginTraits) => {
    await using it = await startWith(
      [{ authorize: () => "allow" }, traits],
      [{ authorize: () => "deny" }, {}],
    );
    const client = await it.open("c");
    await client.publish("t", "x", { qos: 1 });
    return it.broker.metrics.messagesDropped.denied ?? 0;
  };
  assertEquals(await answers({}), 1);
  assertEquals(await answers({ combines: "all" }), 1);
  assertEquals(await answers({ combines: "first" }), 0);
});

Deno.test("admitsWithoutProof: such a plugin leaves the broker open, and is no other authenticator", async () => {
  const seen: boolean[] = [];
  const open = inlinePlugin({ authenticate: () => "allow" }, { admitsWithoutProof: true });
  const looking = inlinePlugin((context) => ({
    brokerStarted: () => void seen.push(context.hasOtherAuthenticator),
  }));
  const checking = inlinePlugin({ authenticate: () => "allow" });
  const start = async (...names: string[]) => {
    const plugins = Object.fromEntries(names.map((name) => [name, null]));
    const broker = new Broker(testConfig({ plugins }));
    await broker.start();
    await broker.stop();
    return broker;
  };
  const alone = await start(open, looking);
  assertEquals(alone.accessSummary, `anyone may connect: no plugin but ${open} authenticates`);
  const guarded = await start(open, checking, looking);
  assertEquals(guarded.accessSummary, `clients are let in by ${open}, ${checking}`);
  const closed = await start(looking);
  assertEquals([alone.isOpen, guarded.isOpen, closed.isOpen], [true, false, false]);
  assertEquals(seen, [false, true, false]);
});

const WRONG: readonly (readonly [string, string])[] = [
  [`order: "first"`, `order is "first"; expected "last", or nothing`],
  [`combines: "any"`, `combines is "any"; expected "all" or "first", or nothing`],
  [`admitsWithoutProof: 1`, `admitsWithoutProof is 1; expected true or false, or nothing`],
  [`order: null`, `order is null; expected "last", or nothing`],
];

for (const [trait, problem] of WRONG) {
  Deno.test(`a plugin that says ${trait} is one line`, async () => {
    await using folder = new TempFolder();
    const source = `export default { name: "x", apiVersion: 1, ${trait}, setup: () => ({}) };`;
    const path = folder.write("odd.js", source);
    const config = testConfig({ plugins: { [path]: null } });
    const error = await assertRejects(() => Broker.check(config), UserError);
    assertEquals(error.problems.length, 1);
    assert(error.message.endsWith(`/odd.js: ${problem}`), error.message);
  });
}

Deno.test("a packaged plugin that only logs at a level wants nothing below it, and nothing else", async () => {
  const loggers = PACKAGED_PLUGINS.filter((one) => one.onlyLogsAt !== undefined);
  assertEquals(loggers.map(({ name, onlyLogsAt }) => [name, onlyLogsAt]), [
    ["packet_logger", "debug"],
  ]);
  for (const { name } of loggers) {
    const { default: plugin } = await import(`../../plugins/${name}.ts`);
    const wanted = async (level: "debug" | "info") => {
      const harness = new PluginHarness({ level });
      const hooks = await harness.setUp(plugin);
      assert(Object.keys(hooks).every((hook) => hook === "observes" || OBSERVED.has(hook)), name);
      const observers = makeObservers([{ name, logger: harness.context.logger, hooks }]);
      return Object.values(observers).filter((run) => run !== undefined).length;
    };
    assertEquals([await wanted("info"), await wanted("debug")], [0, 2], name);
  }
});

Deno.test("what is known of a packaged plugin does not count for a stranger's of that name", () => {
  const { plugins } = testConfig({ plugins: { packet_logger: null, event_logger: null } });
  const stranger = { ...plugins[0]!, packaged: false };
  assertEquals([...plugins, stranger].map(onlyLogsAt), ["debug", undefined, undefined]);
});

/** The text of every module below a folder of lib/. */
function* modulesBelow(folder: URL): Generator<readonly [string, string]> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* modulesBelow(new URL(`${name}/`, folder));
    else yield [name, Deno.readTextFileSync(new URL(name, folder))];
  }
}

Deno.test("broker, chain and host know no plugin by its name", () => {
  const named = new RegExp(`["'\`](?:${PACKAGED_NAMES.join("|")})["'\`]`);
  let count = 0;
  for (const room of ["broker", "access/chain", "plugin"]) {
    for (const [name, text] of modulesBelow(new URL(`../../lib/${room}/`, import.meta.url))) {
      count++;
      assertEquals(named.exec(text)?.[0], undefined, `${room}: ${name}`);
    }
  }
  assert(count > 20, `${count} modules`);
});
