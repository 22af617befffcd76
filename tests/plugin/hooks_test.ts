/** Hooks stay what setup returned; what changes later is reported, and takes effect when hooks are put to use anew. */
import { assertEquals } from "@std/assert";
import type { Hooks, PluginContext } from "../../mod.ts";
import { captureLog, ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { TempFolder } from "../support/midge_process.ts";

Deno.test("a hooks object is frozen after setup: what is added or replaced later has no effect", async () => {
  const hooks: Hooks = { authorize: () => "allow" };
  await using it = await ClockedBroker.start({}, hooks);
  const failures: unknown[] = [];
  for (const change of [{ authorize: () => "deny" }, { authorizeReceive: () => "deny" }] as const) {
    try {
      Object.assign(hooks, change);
    } catch (error) {
      failures.push(error);
    }
  }
  assertEquals(failures.map((error) => error instanceof TypeError), [true, true]);
  await it.broker.reloadRules();
  const client = await it.open("c");
  await client.subscribed(["t", 0]);
  await client.publish("t", "x", { qos: 1 });
  await client.gets("x/0");
});

Deno.test("hasReceiveRules: asked at the start, at a reload and after rulesChanged, and only then", async () => {
  let rules = false;
  let [asked, deliveries] = [0, 0];
  let context: PluginContext | undefined;
  await using it = await ClockedBroker.start({}, (given) => {
    context = given;
    return {
      authorizeReceive: () => (deliveries++, "deny"),
      hasReceiveRules: () => (asked++, rules),
    };
  });
  const client = await it.open("c");
  await client.subscribed(["t", 0]);
  const received = async () => {
    const before = deliveries;
    it.broker.publish({ topicName: "t", payload: "x" });
    if (rules) await client.nothing();
    else await client.gets("x/0");
    return deliveries - before;
  };
  assertEquals([await received(), asked], [0, 1]);
  rules = true;
  context!.rulesChanged();
  assertEquals([await received(), await received(), asked], [1, 1, 2]);
  rules = false;
  await it.broker.reloadRules();
  assertEquals([await received(), asked], [0, 3]);
});

Deno.test("acl_file: deliveries are asked about from the reload on that brings receive rules", async () => {
  await using folder = new TempFolder();
  const file = folder.write("acl.conf", "{allow, all}.");
  await using it = await ClockedBroker.start({ plugins: { acl_file: { file } } });
  const receiving = () =>
    it.broker.metrics.access?.sources.filter(({ question }) => question === "receive").length;
  const client = await it.open("c");
  await client.subscribed(["t", 0]);
  it.broker.publish({ topicName: "t", payload: "1" });
  await client.gets("1/0");
  assertEquals(receiving(), 0);
  folder.write("acl.conf", '{deny, all, receive, ["t"]}. {allow, all}.');
  await it.broker.reloadRules();
  it.broker.publish({ topicName: "t", payload: "2" });
  await client.nothing();
  assertEquals(receiving(), 1);
  folder.write("acl.conf", "{allow, all}. ");
  await it.broker.reloadRules();
  it.broker.publish({ topicName: "t", payload: "3" });
  await client.gets("3/0");
  assertEquals(receiving(), 0);
});

Deno.test("event_logger and packet_logger follow the level of the log at a reload", async () => {
  const plugins = { event_logger: null, packet_logger: null };
  await using it = await ClockedBroker.start({ plugins });
  const client = await it.open("c");
  const lines = async (level: "debug" | "info") => {
    const log = captureLog(level);
    await it.broker.reload(testConfig({ plugins: { auth_anonymous: null, ...plugins } }));
    await client.subscribed(["t", 0]);
    return ["clientSubscribed", "received subscribe"].map((text) =>
      log.filter((line) => line.includes(text)).length
    );
  };
  assertEquals(await lines("debug"), [1, 1]);
  assertEquals(await lines("info"), [0, 0]);
});

Deno.test("a reporting hook that throws is logged, and counts as yes", async () => {
  const heard: string[] = [];
  const throws = () => {
    throw new Error("no idea");
  };
  await using it = await ClockedBroker.start({}, {
    authorizeReceive: () => "deny",
    hasReceiveRules: throws,
    clientSubscribed: () => void heard.push("subscribed"),
    observes: throws,
  });
  const client = await it.open("c");
  await client.subscribed(["t", 0]);
  it.broker.publish({ topicName: "t", payload: "x" });
  await client.nothing();
  assertEquals(heard, ["subscribed"]);
  assertEquals(it.logged("hasReceiveRules failed: no idea").length, 1);
  assertEquals(it.logged("hook observes failed: no idea").length, 1);
});

Deno.test("observes: a hook that would do nothing is not called, until it is asked anew", async () => {
  const heard: string[] = [];
  let context: PluginContext | undefined;
  let wants = false;
  await using it = await ClockedBroker.start({}, (given) => {
    context = given;
    return {
      clientSubscribed: ({ topicFilter }) => void heard.push(topicFilter),
      clientUnsubscribed: ({ topicFilter }) => void heard.push(`-${topicFilter}`),
      observes: (hook) => wants || hook === "clientUnsubscribed",
    };
  });
  const client = await it.open("c");
  await client.subscribed(["a", 0]);
  await client.unsubscribe("a");
  wants = true;
  await client.subscribed(["b", 0]);
  context!.rulesChanged();
  await client.subscribed(["c", 0]);
  assertEquals(heard, ["-a", "c"]);
});
