/** Loading, disposing and reloading plugins, and every way in which one can be wrong. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Broker } from "../../mod.ts";
import { UserError } from "../../lib/user_error.ts";
import type { PluginConfig } from "../../lib/config/types.ts";
import { type ContextFactory, PluginHost } from "../../lib/plugin/host.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { inlinePlugin, type InlineSetup } from "../support/inline_registry.ts";
import { TempFolder } from "../support/midge_process.ts";
import type { Hooks } from "../../lib/plugin/hook_types.ts";
import { until } from "../support/until.ts";
import { PluginHarness } from "../support/plugin_harness.ts";

/** A host whose contexts note when their timers end. */
function makeHost() {
  const stopped: string[] = [];
  const harness = new PluginHarness();
  const factory: ContextFactory = {
    clock: harness.clock,
    make: ({ key }) => ({
      ...harness.context,
      clock: { ...harness.clock, stop: () => void stopped.push(key) },
    }),
  };
  return { host: new PluginHost(factory, "config.yaml"), stopped, harness };
}

function configOf(setup: InlineSetup, key: string, options: unknown = {}): PluginConfig {
  return { key, name: key, module: inlinePlugin(setup), options, packaged: false };
}

/** A plugin that notes its life. */
function noting(life: string[], name: string): PluginConfig {
  return configOf(() => {
    life.push(`+${name}`);
    return { dispose: () => void life.push(`-${name}`) };
  }, name);
}

Deno.test("plugins are set up in order and disposed in reverse", async () => {
  const life: string[] = [];
  const { host, stopped } = makeHost();
  await host.load(["a", "b", "c"].map((name) => noting(life, name)));
  assertEquals(host.plugins.map(({ name }) => name), ["a", "b", "c"]);
  await host.dispose();
  await host.dispose();
  assertEquals(life, ["+a", "+b", "+c", "-c", "-b", "-a"]);
  assertEquals(stopped, ["c", "b", "a"]);
  assertEquals(host.plugins, []);
});

Deno.test("when one cannot be set up all others are disposed, and every problem is told", async () => {
  const life: string[] = [];
  const { host, stopped } = makeHost();
  const broken = (message: string) => configOf(() => Promise.reject(new Error(message)), message);
  const configs = [noting(life, "a"), broken("one"), noting(life, "b"), broken("two")];
  const error = await assertRejects(() => host.load(configs), UserError);
  assertEquals(error.problems, ["config.yaml: plugins.one: one", "config.yaml: plugins.two: two"]);
  assertEquals(life, ["+a", "+b", "-b", "-a"]);
  assertEquals(stopped.sort(), ["a", "b", "one", "two"]);
});

Deno.test("a dispose that throws is logged and stops nobody else's", async () => {
  const life: string[] = [];
  const { host, harness } = makeHost();
  const broken = configOf(() => ({ dispose: () => Promise.reject(new Error("stuck")) }), "broken");
  await host.load([noting(life, "a"), broken, noting(life, "b")]);
  await host.dispose();
  assertEquals(life, ["+a", "+b", "-b", "-a"]);
  assertEquals(harness.messages("error"), ["dispose failed: stuck"]);
});

const WRONG_HOOKS: [name: string, hooks: unknown, problem: RegExp][] = [
  [
    "a misspelt hook",
    { clientConected: () => {} },
    /unknown hook clientConected; did you mean clientConnected\?/,
  ],
  ["a hook that is none", { authorise2: () => {} }, /unknown hook authorise2; .*authorize/],
  ["a hook that is no function", { authorize: "allow" }, /hook authorize is not a function/],
  ["null for a hook", { authorize: null }, /hook authorize is not a function/],
  ["nothing", undefined, /setup returned undefined; expected an object of hooks/],
  ["a text", "hooks", /setup returned hooks; expected an object of hooks/],
  ["a function", () => {}, /expected an object of hooks/],
];

for (const [name, hooks, problem] of WRONG_HOOKS) {
  Deno.test(`a setup that returns ${name} is one line`, async () => {
    const { host } = makeHost();
    const error = await assertRejects(
      () => host.load([configOf(() => hooks as never, "p")]),
      UserError,
    );
    assertEquals(error.problems.length, 1);
    assert(problem.test(error.problems[0]!), error.message);
    assert(error.problems[0]!.startsWith("config.yaml: plugins.p: "));
  });
}

Deno.test("what a setup opened is freed when its hooks are refused", async () => {
  const life: string[] = [];
  const { host } = makeHost();
  const half = configOf(() => ({ dispose: () => void life.push("freed"), mispelt() {} }), "half");
  await assertRejects(() => host.load([half]), UserError);
  assertEquals(life, ["freed"]);
});

Deno.test("a hook that is undefined is absent", async () => {
  const { host } = makeHost();
  await host.load([configOf(() => ({ authorize: undefined as never }), "p")]);
});

Deno.test("any option is unknown to a plugin without a schema", async () => {
  const { host } = makeHost();
  const config = configOf(() => ({}), "p", { level: 3, other: 4 });
  const error = await assertRejects(() => host.load([config]), UserError);
  assertEquals(error.problems, [
    "config.yaml: plugins.p: unknown option level, other; this plugin takes no options",
  ]);
});

Deno.test("reload keeps what is the same, in the new order, and disposes after the new ones are used", async () => {
  const life: string[] = [];
  const { host } = makeHost();
  const [a, b, c] = ["a", "b", "c"].map((name) => noting(life, name)) as [
    PluginConfig,
    PluginConfig,
    PluginConfig,
  ];
  await host.load([a, b]);
  const before = host.plugins[1];
  life.length = 0;
  const changes = await host.reload([b, c], () => void life.push("used"));
  assertEquals(life, ["+c", "used", "-a"]);
  assertEquals(changes, ["plugin a disposed", "plugin c set up"]);
  assertEquals(host.plugins[0], before);
  await host.dispose();
  assertEquals(life.slice(3), ["-c", "-b"]);
});

/** A plugin's source by what is written into the file; all are loaded from disk. */
const FILES: [name: string, source: string, problem: RegExp][] = [
  [
    "no_default.js",
    "export const x = 1;",
    /no plugin as its default export.*expected \{ name, apiVersion: 1/,
  ],
  ["function.js", "export default () => {};", /no plugin as its default export/],
  ["version.js", "export default { name: 'x', apiVersion: 2, setup() {} };", /no plugin/],
  ["nameless.js", "export default { apiVersion: 1, setup() {} };", /no plugin/],
  [
    "throws.js",
    "throw new Error('at import');",
    /cannot import .*throws\.js: at import \(.*throws\.js:1:7\)$/,
  ],
  ["syntax.js", "export default {", /cannot import .*syntax\.js: /],
  ["missing_import.js", "import './nowhere.js'; export default {};", /cannot import /],
  [
    "options.js",
    "export default { name: 'x', apiVersion: 1, options: {}, setup: () => ({}) };",
    /options.*Standard Schema/,
  ],
  [
    "schema_throws.js",
    "export default { name: 'x', apiVersion: 1, setup: () => ({}), options: {'~standard': {" +
    "version: 1, vendor: 'v', validate() { throw new TypeError('no idea') } }}};",
    /no idea/,
  ],
  [
    "schema_silent.js",
    "export default { name: 'x', apiVersion: 1, setup: () => ({}), options: {'~standard': {" +
    "version: 1, vendor: 'v', validate() {} }}};",
    /options/,
  ],
];

for (const [name, source, problem] of FILES) {
  Deno.test(`a plugin file that is wrong is one line: ${name}`, async () => {
    await using folder = new TempFolder();
    const path = folder.write(name, source);
    const config = testConfig({ plugins: { [path]: null } });
    const error = await assertRejects(() => Broker.check(config), UserError);
    assertEquals(error.problems.length, 1);
    assert(!error.message.includes("\n"), error.message);
    assert(problem.test(error.problems[0]!), error.message);
    assert(error.problems[0]!.includes(path), error.message);
  });
}

Deno.test("a file that is not there is one line", async () => {
  const config = testConfig({ plugins: { "./no/such/plugin.ts": null } });
  const error = await assertRejects(() => Broker.check(config), UserError);
  assertEquals(error.problems.length, 1);
  assert(/plugins\..*plugin\.ts: cannot import file:/.test(error.message), error.message);
});

/** A stranger's plugin; the types are stripped where the file is TypeScript. */
const STRANGER = (type: string) =>
  `let topics${type} = [];
  export default {
    name: "stranger",
    apiVersion: 1,
    setup: (_options, context) => ({
      messageReceived({ message }) {
        context.publish({ topicName: "echo/" + message.topicName, payload: message.payload });
      },
    }),
  };`;

Deno.test("a stranger's plugin by path, JavaScript and TypeScript, absolute, relative and by URL", async () => {
  await using folder = new TempFolder();
  const js = folder.write("stranger.js", STRANGER(""));
  const ts = folder.write("stranger.ts", STRANGER(": string[]"));
  const relative = "./" + js.slice(1).replace(/^/, "../".repeat(Deno.cwd().split("/").length - 1));
  for (const name of [js, ts, relative, pathToFileURL(ts).href]) {
    await using it = await ClockedBroker.start({ plugins: { [name]: null } });
    const client = await it.open("c");
    await client.subscribed(["echo/#", 0]);
    await client.publish("t", "hello", { qos: 1 });
    await client.gets("hello/0");
  }
  assert(fileURLToPath(pathToFileURL(ts)).endsWith("stranger.ts"));
});

Deno.test("context methods work when they are taken apart", async () => {
  const calls: unknown[] = [];
  await using it = await ClockedBroker.start(
    {},
    ({ publish, kick, clock: { every, epoch }, clients, rulesChanged }) => ({
      clientConnected() {
        publish({ topicName: "welcome", payload: "x", retain: true });
        calls.push(kick("nobody"), [...clients()].length, epoch() > 0);
        rulesChanged();
        every(1000, () => calls.push("tick"));
      },
    }),
  );
  const client = await it.open("c");
  await client.subscribed(["welcome", 0]);
  await client.gets("x/0/r");
  it.clock.advance(1000);
  assertEquals(calls, [false, 1, true, "tick"]);
});

Deno.test("a timer's callback that throws is logged, and a timer ends with its plugin", async () => {
  let late: (() => void) | undefined;
  const plugin = inlinePlugin((context) => {
    context.clock.every(1000, () => {
      throw new Error("tick");
    });
    late = () => void context.clock.every(1000, () => {});
    return {};
  });
  await using it = await ClockedBroker.start({ plugins: { [plugin]: null } });
  it.clock.advance(2000);
  assertEquals(it.logged("timer failed: tick").length, 2);
  const { timerCount } = it.clock;
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null } }));
  assertEquals(it.clock.timerCount, timerCount - 1);
  late!();
  assertEquals(it.clock.timerCount, timerCount - 1, "a plugin that is gone starts no timer");
});

Deno.test("what a plugin never finishes ends after 30 s, and what comes too late is freed", async () => {
  const { host, harness } = makeHost();
  const setUp = Promise.withResolvers<Hooks>();
  const life: string[] = [];
  const stuck = configOf(() => {
    life.push("set up");
    return setUp.promise;
  }, "stuck");
  const loading = assertRejects(() => host.load([stuck]), UserError);
  await until(() => life.length === 1 && harness.clock.timerCount === 1, "the deadline");
  harness.clock.advance(30_000);
  assertEquals(
    (await loading).message,
    "config.yaml: plugins.stuck: setup has not finished in 30 s",
  );
  setUp.resolve({ dispose: () => void life.push("freed") });
  await until(() => life.length === 2, "dispose");

  await host.load([configOf(() => ({ dispose: () => new Promise(() => {}) }), "clingy")]);
  const disposed = host.dispose();
  await until(() => harness.clock.timerCount === 1, "the deadline");
  harness.clock.advance(30_000);
  await disposed;
  assertEquals([host.plugins, harness.clock.timerCount], [[], 0]);
});
