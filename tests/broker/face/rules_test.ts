/** Rules that are changed while the broker runs: what is refused, what holds then, what is counted. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { BrokerOptions } from "../../../mod.ts";
import type { ResultOf, RowOf } from "../../../lib/manage/commands.ts";
import { ask } from "../../../lib/manage/client.ts";
import { UserError } from "../../../lib/user_error.ts";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { publish, subscribe } from "../../support/raw_packets.ts";

const OPEN = "% all\n{allow, all}.\n";
const CLOSED = '{allow, all, publish, ["a"]}.\n{deny, all}.\n';
const TESTS = `
cases:
  - {clientid: c, action: publish, topic: a, expect: allow}
  - {name: b stays open, clientid: c, action: subscribe, topic: b, expect: allow}
`;

/** A broker whose rules stand in a file. */
class Stage implements AsyncDisposable {
  readonly folder = new TempFolder();
  it!: ClockedBroker;

  async start(options: BrokerOptions = {}, rules = OPEN): Promise<this> {
    this.folder.write("acl.conf", rules);
    const plugins = { acl_file: { file: this.path } };
    const management = { path: `${this.folder.path}/m.sock` };
    this.it = await ClockedBroker.start({ plugins, management, ...options });
    return this;
  }

  get path(): string {
    return `${this.folder.path}/acl.conf`;
  }

  ask(command: string, args: unknown = {}, onPart?: (part: unknown) => void): Promise<unknown> {
    return ask({ kind: "unix", path: `${this.folder.path}/m.sock` }, command, args, onPart);
  }

  async rules(): Promise<RowOf<"acl rules">[]> {
    const rows: RowOf<"acl rules">[] = [];
    await this.ask("acl rules", {}, (part) => rows.push(...part as RowOf<"acl rules">[]));
    return rows;
  }

  async set(text: string, more: { dryRun?: boolean; revision?: string } = {}) {
    const revision = more.revision ?? (await this.rules())[0]!.revision;
    const args = { source: "acl_file", text, ...more, revision };
    return await this.ask("acl rules set", args) as ResultOf<"acl rules set">;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("new rules hold at once: for publishers, for subscriptions that are there, in the file", async () => {
  await using stage = await new Stage().start();
  const { it } = stage;
  const client = await it.open("c");
  await client.raw.send(subscribe(1, ["b", 0]));
  await client.raw.nextPacket();
  const { revision: _, ...result } = await stage.set(CLOSED);
  assertEquals(result, {
    source: "acl_file",
    saved: true,
    problems: [],
    failedTests: [],
    tests: 0,
    warnings: [],
  });
  assertEquals(stage.folder.read("acl.conf"), CLOSED);
  it.broker.publish({ topicName: "b", payload: "x" });
  await client.raw.expectNothing();
  assertEquals(it.logged("management: rules of acl_file changed").length, 1);
});

Deno.test("a text with mistakes: every one with its line, and nothing has changed", async () => {
  await using stage = await new Stage().start();
  const result = await stage.set('{allow, al}.\n{deny, all}.\n{allow, all, fly, ["a"]}.\n');
  assertEquals(result.saved, false);
  assertEquals(result.problems.length, 2);
  assertStringIncludes(result.problems[0]!, `${stage.path}:1:`);
  assertStringIncludes(result.problems[1]!, `${stage.path}:3:`);
  assertEquals(stage.folder.read("acl.conf"), OPEN);
  assertEquals((await stage.set("")).problems.length, 1);
});

Deno.test("access tests: each that would fail is named, nothing has changed, the running rules were not asked", async () => {
  await using stage = new Stage();
  await stage.start({ acl_tests: stage.folder.write("t.yaml", TESTS) });
  const result = await stage.set(CLOSED);
  assertEquals([result.saved, result.tests, result.problems], [false, 2, []]);
  assertEquals(result.failedTests, [
    `2: b stays open: expected allow, got deny: acl_file: ${stage.path}:2: {deny, all}`,
  ]);
  assertEquals(stage.folder.read("acl.conf"), OPEN);
  assertEquals((await stage.rules())[0]!.rules, [{ line: 2, text: "{allow, all}", hits: 0 }]);
  assertEquals((await stage.set('{allow, all, pubsub, ["#"]}.\n')).saved, true);
});

Deno.test("access tests that cannot be read are a refusal, not none", async () => {
  await using stage = new Stage();
  await stage.start({ acl_tests: `${stage.folder.path}/none.yaml` });
  const { message } = await assertRejects(() => stage.set(CLOSED), UserError);
  assertEquals(message, `${stage.folder.path}/none.yaml: no such file`);
  assertEquals(stage.folder.read("acl.conf"), OPEN);
});

Deno.test("a dry run says the same and changes nothing", async () => {
  await using stage = await new Stage().start();
  const { revision } = (await stage.rules())[0]!;
  const result = await stage.set(CLOSED, { dryRun: true });
  assertEquals([result.saved, result.revision], [false, revision]);
  assertEquals(stage.folder.read("acl.conf"), OPEN);
});

Deno.test("a change in place of a text that is no longer there is refused", async () => {
  await using stage = await new Stage().start();
  const { revision } = (await stage.rules())[0]!;
  stage.folder.write("acl.conf", "{deny, all}.\n");
  const { message } = await assertRejects(() => stage.set(CLOSED, { revision }), UserError);
  assertStringIncludes(message, `not "${revision}"; read them again`);
  assertEquals(stage.folder.read("acl.conf"), "{deny, all}.\n");
});

Deno.test("of two changes of one text at once one is refused", async () => {
  await using stage = await new Stage().start();
  const { revision } = (await stage.rules())[0]!;
  const both = await Promise.allSettled([
    stage.set(CLOSED, { revision }),
    stage.set("{deny, all}.\n", { revision }),
  ]);
  assertEquals(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

Deno.test("hits are counted by rule; a rule that stays keeps its count", async () => {
  const cache = { enable: false };
  await using stage = await new Stage().start({ acl_cache: cache }, CLOSED);
  const client = await stage.it.open("c");
  await client.raw.send(publish("a"), publish("x"));
  await client.raw.send(subscribe(1, ["y", 0]));
  await client.raw.nextPacket();
  const hits = async () => (await stage.rules())[0]!.rules.map((rule) => [rule.line, rule.hits]);
  assertEquals(await hits(), [[1, 1], [2, 2]]);
  await stage.set(`{allow, {user, "x"}, pubsub, ["z"]}.\n${CLOSED}`);
  assertEquals(await hits(), [[1, 0], [2, 1], [3, 2]]);
});

Deno.test("a file that no one can read as rules is shown as it is, with the rules that hold", async () => {
  await using stage = await new Stage().start();
  stage.folder.write("acl.conf", "{allow");
  const [row] = await stage.rules();
  assertEquals([row!.text, row!.rules.length], ["{allow", 1]);
  assertEquals((await stage.set(CLOSED)).saved, true);
});

Deno.test("rules of the configuration are shown, and read only", async () => {
  await using stage = new Stage();
  const plugins = {
    topic_acl: { publish_acl: { anonymous: ["a/#", "b"] }, subscribe_acl: { bob: null } },
  };
  await stage.start({ plugins, acl_cache: { enable: false } });
  const client = await stage.it.open("c");
  await client.raw.send(publish("a/1"), publish("c"));
  await client.raw.send(subscribe(1, ["y", 0]));
  await client.raw.nextPacket();
  const [row] = await stage.rules();
  assertEquals([row!.source, row!.file], ["topic_acl", null]);
  assertEquals(row!.rules.map(({ text, hits }) => [text, hits]), [
    ["publish anonymous: a/#, b", 2],
    ["publish anyone else: nothing", 0],
    ["subscribe bob: nothing", 0],
    ["subscribe anyone else: nothing", 1],
  ]);
  const args = { source: "topic_acl", text: "", revision: row!.revision };
  const { message } = await assertRejects(() => stage.ask("acl rules set", args), UserError);
  assertStringIncludes(message, "topic_acl: its rules stand in the configuration");
  const unknown = { ...args, source: "acl_file" };
  const other = await assertRejects(() => stage.ask("acl rules set", unknown), UserError);
  assertEquals(other.message, '"acl_file" shows no rules; expected one of topic_acl');
});
