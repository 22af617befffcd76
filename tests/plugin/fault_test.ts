/** A stranger's plugin that is wrong: each mistake is one line with file, line and column; a changed file is read anew. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker } from "../../mod.ts";
import { UserError } from "../../lib/user_error.ts";
import { faultText } from "../../lib/plugin/fault.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { TempFolder } from "../support/midge_process.ts";

const plugin = (body: string) => `export default {\n  name: "p",\n  apiVersion: 1,\n${body}\n};\n`;

const AT_START: [what: string, source: string, place: string, words: RegExp][] = [
  ["a syntax error", "export default {\n  a: 1\n}\n}\n", "4:1", /Expression expected|Unexpected/],
  ["a name twice", "let a;\nlet a;\n", "2:5", /Identifier 'a' has already been declared/],
  ["a name that is not exported", 'import { x } from "./fine.js";\n', "1:10", /named 'x'/],
  ["a module that is not there", 'import "./no.js";\n', "1:8", /Module not found/],
  ["a throw at import", "\nnull.x;\n", "2:6", /Cannot read properties of null/],
  ["a throw in setup", plugin("  setup() {\n    lamp();\n  },"), "5:5", /lamp is not defined/],
  [
    "a rejection of setup",
    plugin("  async setup() {\n    await 1;\n    throw new Error('no');\n  },"),
    "6:11",
    /no \(/,
  ],
];

for (const [what, source, place, words] of AT_START) {
  Deno.test(`${what} is said with file, line and column`, async () => {
    await using folder = new TempFolder();
    folder.write("fine.js", "export const y = 1;");
    const path = folder.write("p.js", source);
    const config = testConfig({ plugins: { [path]: null } });
    const { problems } = await assertRejects(() => Broker.check(config), UserError);
    assertEquals(problems.length, 1);
    assert(problems[0]!.endsWith(` (${path}:${place})`), problems[0]);
    assert(words.test(problems[0]!), problems[0]);
  });
}

Deno.test("a mistake in a file that the plugin imports is said with that file", async () => {
  await using folder = new TempFolder();
  const helper = folder.write("helper.js", "export default {\n  ,\n}\n");
  const path = folder.write("p.js", 'import "./helper.js";');
  const config = testConfig({ plugins: { [path]: null } });
  const { problems } = await assertRejects(() => Broker.check(config), UserError);
  assert(problems[0]!.endsWith(` (${helper}:2:3)`), problems[0]);
});

Deno.test("what hooks and timers throw is logged with file, line and column", async () => {
  await using folder = new TempFolder();
  const path = folder.write(
    "p.js",
    plugin(`  setup: (_options, context) => ({
    brokerStarted() {
      context.clock.every(1000, () => { throw new Error("tick"); });
    },
    clientConnected() { null.a; },
    async clientSubscribed() { await 1; null.b; },
    authorize() { null.c; },
    messageReceived() { context.publish({ topicName: "a/#", payload: "" }); },
  }),`),
  );
  await using it = await ClockedBroker.start({ plugins: { [path]: null, auth_anonymous: null } });
  const client = await it.open("c");
  await client.subscribed(["t", 0]).catch(() => {}); // denied: the connection may end
  it.clock.advance(1000);
  const lines = it.logged("failed: ").map((line) => JSON.stringify(line));
  for (
    const [what, place] of [["clientConnected", "8:30"], ["authorize", "10:24"], ["timer", "6:47"]]
  ) {
    const line = lines.find((one) => one.includes(`${what} failed: `));
    assert(line?.includes(` (${path}:${place})`), `${what}: ${lines.join("\n")}`);
  }
});

Deno.test("what is no error, or not of the plugin, has no place", () => {
  const module = "file:///etc/midge/lamp.js";
  assertEquals(faultText("text", module), "text");
  assertEquals(faultText(new Error("of this test"), module), "of this test");
  assertEquals(faultText(new UserError("for people"), import.meta.url), "for people");
  assertEquals(faultText(new Error("packaged"), undefined), "packaged");
  const own = faultText(new Error("of this file"), import.meta.url);
  assert(/^of this file \(\/.*fault_test\.ts:\d+:\d+\)$/.test(own), own);
  const foreign = new Error("x");
  foreign.stack =
    "x\n    at file:///c/npm/registry/y.js:1:2\n    at file:///etc/midge/lamp.js#ab:3:4";
  assertEquals(faultText(foreign, module), "x (/etc/midge/lamp.js:3:4)");
});

const SAYING = (text: string) =>
  `import { b } from "./helper.js";\n${
    plugin(
      `  setup(_options, context) {\n    context.logger.warn("${text} " + b);\n    return {};\n  },`,
    )
  }`;

Deno.test("a reload loads a changed plugin anew, and says what only the next start reads", async () => {
  await using folder = new TempFolder();
  const helper = folder.write("helper.js", "export const b = 'first';");
  const path = folder.write("p.js", SAYING("one"));
  const config = testConfig({ plugins: { auth_anonymous: null, [path]: null } });
  await using it = await ClockedBroker.start({ plugins: { [path]: null } });
  assertEquals(it.logged("one first").length, 1);
  assertEquals((await it.broker.reload(config)).changes, []);
  folder.write("p.js", SAYING("two"));
  assertEquals((await it.broker.reload(config)).changes, [
    `plugin ${path} disposed`,
    `plugin ${path} set up`,
  ]);
  assertEquals(it.logged("two first").length, 1);
  folder.write("helper.js", "export const b = 'second';");
  const nextStart = `plugin ${path}: ${helper} has changed; it is imported at the next start`;
  assertEquals((await it.broker.reload(config)).changes, [nextStart]);
  assertEquals((await it.broker.reload(config)).changes, [nextStart]);
  folder.write("p.js", SAYING("three"));
  assertEquals((await it.broker.reload(config)).changes.at(-1), nextStart);
  assertEquals(it.logged("three first").length, 1);
});

Deno.test("a changed plugin that cannot be imported changes nothing, and one that is taken back is the old one", async () => {
  await using folder = new TempFolder();
  folder.write("helper.js", "export const b = 'first';");
  const path = folder.write("p.js", SAYING("one"));
  const config = testConfig({ plugins: { auth_anonymous: null, [path]: null } });
  await using it = await ClockedBroker.start({ plugins: { [path]: null } });
  folder.write("p.js", "export default {");
  await assertRejects(() => it.broker.reload(config), UserError, `${path}:1:`);
  folder.write("p.js", SAYING("one"));
  assertEquals((await it.broker.reload(config)).changes, []);
  folder.write("p.js", SAYING("two"));
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null } }));
  await it.broker.reload(config);
  assertEquals(it.logged("two first").length, 1, "gone for a while, it is not the first one again");
});
