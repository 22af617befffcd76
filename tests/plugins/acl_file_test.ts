/** acl_file: where its rules come from, how they are read again, and what clients see of them. */
import { assertEquals, assertRejects } from "@std/assert";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import type { AuthorizeRequest, BrokerOptions, Hooks, Verdict } from "../../mod.ts";
import aclFile from "../../plugins/acl_file.ts";
import { fakeClient, PluginHarness } from "../support/plugin_harness.ts";
import { RawClient } from "../support/raw_client.ts";
import { puback, publish, suback, subscribe } from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";

interface Folder extends AsyncDisposable {
  readonly path: string;
  write(name: string, text: string): Promise<void>;
}

/** A folder that is gone at the end of the test. */
async function folder(): Promise<Folder> {
  const path = await Deno.makeTempDir();
  return {
    path,
    write: (name, text) => Deno.writeTextFile(`${path}/${name}`, text),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

function verdict(hooks: Hooks, part: Partial<AuthorizeRequest>): Verdict {
  const request: AuthorizeRequest = {
    client: fakeClient({ username: "u1" }),
    action: "publish",
    topic: "t",
    qos: 0,
    retain: false,
    signal: new AbortController().signal,
    ...part,
  };
  return hooks.authorize!(request) as Verdict;
}

/** allow, deny or `-`. */
function answer(hooks: Hooks, part: Partial<AuthorizeRequest>): string {
  const found = verdict(hooks, part);
  return (typeof found === "object" ? found.result : found) ?? "-";
}

Deno.test("acl_file without file and rules has the guide's default rules", async () => {
  const harness = new PluginHarness();
  const hooks = await harness.setUp(aclFile);
  const subscribeTo = (topic: string, client = fakeClient()) =>
    answer(hooks, { action: "subscribe", topic, client });
  assertEquals(subscribeTo("$SYS/#"), "deny");
  assertEquals(subscribeTo("#"), "deny");
  assertEquals(subscribeTo("a/#"), "allow");
  assertEquals(subscribeTo("$SYS/#", fakeClient({ username: "dashboard" })), "allow");
  assertEquals(subscribeTo("#", fakeClient({ address: "127.0.0.1" })), "allow");
  assertEquals(answer(hooks, {}), "allow");
  assertEquals(hooks.hasReceiveRules!(), false);
  assertEquals(harness.messages("info").length, 1);
});

Deno.test("acl_file reads EMQ X's form from .conf; the reason names file and line", async () => {
  await using dir = await folder();
  await dir.write("acl.conf", '%% mine\n{deny, {user, "u1"}, publish, ["t"]}.\n');
  const hooks = await new PluginHarness({ directory: dir.path }).setUp(aclFile, {
    file: "acl.conf",
  });
  assertEquals(verdict(hooks, {}), {
    result: "deny",
    because: 'acl.conf:2: {deny, {user, "u1"}, publish, ["t"]}',
  });
  assertEquals(verdict(hooks, { topic: "x" }), undefined);
  await hooks.dispose!();
});

Deno.test("acl_file reads Midge's form from .yaml", async () => {
  await using dir = await folder();
  await dir.write("acl.yaml", "- {permission: deny, user: u1, action: publish, topics: [t]}\n");
  const harness = new PluginHarness({ directory: dir.path });
  const hooks = await harness.setUp(aclFile, { file: "acl.yaml" });
  assertEquals(
    (verdict(hooks, {}) as { because: string }).because.slice(0, 17),
    "acl.yaml, rule 1:",
  );
  await hooks.dispose!();
  assertEquals(harness.timerCount, 0);
});

Deno.test("acl_file: a file with nothing but comments is valid and answers nothing", async () => {
  await using dir = await folder();
  for (const [name, text] of [["a.conf", "%% {deny, all}.\n"], ["a.yaml", "# none\n"]] as const) {
    await dir.write(name, text);
    const hooks = await new PluginHarness({ directory: dir.path }).setUp(aclFile, { file: name });
    assertEquals(answer(hooks, {}), "-", name);
  }
});

Deno.test("acl_file takes rules in its options", async () => {
  const hooks = await new PluginHarness().setUp(aclFile, {
    rules: [
      { permission: "deny", all: true, action: "receive", topics: ["secret/#"] },
      { permission: "allow", user: "u1", action: "publish", topics: ["t"], qos: 0 },
    ],
  });
  assertEquals(answer(hooks, {}), "allow");
  assertEquals(answer(hooks, { qos: 1 }), "-");
  const request = { client: fakeClient(), topic: "secret/a", qos: 0, retain: false } as const;
  assertEquals((hooks.authorizeReceive!(request) as { result: string }).result, "deny");
  assertEquals(hooks.authorizeReceive!({ ...request, topic: "open" }), undefined);
});

Deno.test("acl_file refuses to start with options or a file that cannot be used", async () => {
  await using dir = await folder();
  await dir.write("bad.conf", "{allow, all}.\n{alow, all}.\n");
  await dir.write("bad.yaml", "- {permission: allow\n");
  await dir.write("odd.txt", "");
  await dir.write("zero.conf", "");
  await dir.write("zero.yaml", "");
  await dir.write("blank.conf", "\ufeff \r\n\n");
  await dir.write("null.yml", "---\n");
  await Deno.writeFile(`${dir.path}/latin.conf`, Uint8Array.of(0xff));
  const table: [Record<string, unknown>, string][] = [
    [{ file: "bad.conf" }, "bad.conf:2:2: expected allow or deny"],
    [{ file: "bad.yaml" }, "bad.yaml:"],
    [{ file: "odd.txt" }, "odd.txt: expected a file that ends in .conf, .yaml or .yml"],
    [{ file: "latin.conf" }, "latin.conf: cannot be read: it is not UTF-8 text"],
    [{ file: "none.conf" }, "none.conf: cannot be read: "],
    [{ file: "zero.conf" }, "zero.conf: is empty; expected rules, or a comment (%)"],
    [{ file: "zero.yaml" }, "zero.yaml: is empty; expected rules, or a comment (#)"],
    [{ file: "blank.conf" }, "blank.conf: is empty; "],
    [{ file: "null.yml" }, "null.yml: is empty; "],
    [{ file: "bad.conf", rules: [] }, "file and rules are both given"],
    [{ rules: [{ permission: "allow" }] }, "rules, rule 1: got none, expected exactly one of"],
    [{ rules: "all" }, 'plugins.acl_file.rules: got "all", expected a list of rules'],
    [{ fil: "x" }, "did you mean file?"],
  ];
  for (const [options, part] of table) {
    const harness = new PluginHarness({ directory: dir.path });
    await assertRejects(() => harness.setUp(aclFile, options), Error, part);
    assertEquals(harness.timerCount, 0);
  }
});

Deno.test("acl_file reads a changed file again, and keeps the last good rules", async () => {
  await using dir = await folder();
  await dir.write("acl.conf", "{deny, all}.");
  const harness = new PluginHarness({ directory: dir.path });
  const hooks = await harness.setUp(aclFile, { file: "acl.conf" });
  const changeTo = async (text: string) => {
    await dir.write("acl.conf", text);
    harness.advance(2000);
    await hooks.brokerReloading!({}); // waits for the reading that the timer began
  };
  await changeTo('{allow, all, pubsub, ["t"]}. {deny, all, receive, ["r"]}.');
  assertEquals(answer(hooks, {}), "allow");
  assertEquals([hooks.hasReceiveRules!(), typeof hooks.authorizeReceive], [true, "function"]);
  await changeTo("{allow, all");
  assertEquals(answer(hooks, {}), "allow");
  assertEquals(harness.messages("error").length, 1);
  assertEquals(harness.messages("error")[0]?.startsWith("acl.conf:1:12: "), true);
  await Deno.remove(`${dir.path}/acl.conf`);
  await hooks.brokerReloading!({});
  await hooks.brokerReloading!({});
  assertEquals(answer(hooks, {}), "allow");
  assertEquals(harness.messages("error").length, 2, "once for each state of the file");
  await changeTo("{deny, all}.");
  assertEquals(answer(hooks, {}), "deny");
  assertEquals(hooks.hasReceiveRules!(), false);
  await hooks.dispose!();
});

Deno.test("acl_file: a file that was emptied opens nothing; one that is all comments says so", async () => {
  await using dir = await folder();
  await dir.write("acl.conf", "{deny, all}.");
  const harness = new PluginHarness({ directory: dir.path });
  const hooks = await harness.setUp(aclFile, { file: "acl.conf" });
  await dir.write("acl.conf", "");
  assertEquals(await hooks.brokerReloading!({}), [
    "acl.conf: is empty; expected rules, or a comment (%) where there are to be none",
  ]);
  assertEquals(answer(hooks, {}), "deny");
  await dir.write("acl.conf", "% {deny, all}.\n");
  for (const _ of [1, 2]) assertEquals(await hooks.brokerReloading!({}), []);
  assertEquals(answer(hooks, {}), "-");
  assertEquals(harness.messages("warning"), [
    "acl.conf has no rules any more; acl_nomatch decides",
  ]);
  await hooks.dispose!();
});

Deno.test("acl_file warns where EMQ X 4 would have read a rule differently", async () => {
  await using dir = await folder();
  await dir.write("acl.conf", '{deny, all, subscribe, ["#"]}.');
  const harness = new PluginHarness({ directory: dir.path });
  await (await harness.setUp(aclFile, { file: "acl.conf" })).dispose!();
  assertEquals(harness.messages("warning").length, 1);
});

const DENIED = 0x80;

/** Publishes with QoS 1, so that the broker has dealt with it when this returns. */
async function published(client: RawClient, topic: string): Promise<void> {
  await client.send(publish(topic, "x", { qos: 1, id: 9 }));
  await client.expect(puback(9));
}

Deno.test("in a broker: acl_file is asked last, and its receive rules filter deliveries", async () => {
  await using running = await startBroker({
    plugins: {
      acl_file: {
        rules: [
          { permission: "deny", all: true, action: "receive", topics: ["secret/#"] },
          { permission: "deny", all: true, action: "publish", topics: ["no/#"] },
          { permission: "deny", all: true, action: "subscribe", topics: ["prohibited/a"] },
        ],
      },
      topic_acl: { publish_acl: { anonymous: ["no/but", "secret/a"] } },
      auth_anonymous: null,
    } as BrokerOptions["plugins"] & object,
  });
  await using client = await RawClient.open(running.address, { clientId: "c" });
  await client.send(subscribe(1, ["prohibited/+", 0], ["#", 0], ["no/#", 0], ["secret/a", 0]));
  await client.expect(suback(1, DENIED, DENIED, 0, 0));
  await using other = await RawClient.open(running.address, { clientId: "other" });
  await published(other, "secret/a");
  await published(other, "no/but");
  assertEquals((await client.expectPublish()).topic, "no/but");
  await client.expectNothing();
});

Deno.test("in a broker: a reload takes rights away from living clients and gives new ones", async () => {
  await using dir = await folder();
  await dir.write("acl.conf", "{allow, all}.");
  const plugins = { auth_anonymous: null, acl_file: { file: `${dir.path}/acl.conf` } };
  const options = { plugins } as BrokerOptions;
  await using running = await startBroker(options);
  const reload = async (text: string) => {
    await dir.write("acl.conf", text);
    await running.broker.reload(normalizeConfig(options, { directory: dir.path }));
  };
  await using client = await RawClient.open(running.address, { clientId: "c" });
  await client.send(subscribe(1, ["a", 0], ["b", 0], ["c", 0]));
  await client.expect(suback(1, 0, 0, 0));
  await using other = await RawClient.open(running.address, { clientId: "other" });
  for (const topic of ["a", "b", "c"]) { // remembered as allowed from now on
    await published(other, topic);
    assertEquals((await client.expectPublish()).topic, topic);
  }
  await reload(`
    {deny, all, subscribe, ["a"]}.
    {deny, all, publish, ["b"]}.
    {deny, all, receive, ["c"]}.
  `);
  for (const topic of ["a", "b", "c"]) await published(other, topic);
  await client.expectNothing();
  await reload("{allow, all}.");
  for (const topic of ["a", "b", "c"]) await published(other, topic);
  assertEquals((await client.expectPublish()).topic, "b", "the subscription to a has ended");
  assertEquals((await client.expectPublish()).topic, "c");
});

Deno.test("in a broker: acl_wildcards decides how a SUBSCRIBE's filter is compared", async () => {
  for (const [mode, returnCode] of [["strict", DENIED], ["emqx", 0]] as const) {
    await using running = await startBroker({
      acl_wildcards: mode,
      acl_nomatch: "deny",
      plugins: {
        auth_anonymous: null,
        acl_file: {
          rules: [{ permission: "allow", all: true, action: "subscribe", topics: ["a/+"] }],
        },
      } as BrokerOptions["plugins"] & object,
    });
    await using client = await RawClient.open(running.address, { clientId: "c" });
    await client.send(subscribe(1, ["a/#", 0]));
    await client.expect(suback(1, returnCode));
  }
});
