/** topic_acl: lists by user for each action, and the forms in which people write them. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Hooks, Verdict } from "../../mod.ts";
import topicAcl from "../../plugins/topic_acl.ts";
import { fakeClient, PluginHarness } from "../support/plugin_harness.ts";

type Action = "publish" | "subscribe" | "receive";

/** allow, deny or undefined: a verdict without its reason. */
function ask(hooks: Hooks, action: Action, topic: string, username?: string): unknown {
  const request = { client: fakeClient({ username }), topic, qos: 0 as const, retain: false };
  const { signal } = new AbortController();
  const verdict =
    (action === "receive"
      ? hooks.authorizeReceive?.(request)
      : hooks.authorize?.({ ...request, action, signal })) as Verdict;
  return typeof verdict === "object" ? verdict.result : verdict;
}

const setUp = (options: unknown) => new PluginHarness().setUp(topicAcl, options);

const FILTERS = { alice: ["home/+/temperature", "alice/#", "exact"], bob: [], carol: null };

Deno.test("topic_acl publish: the listed filters and nothing else", async () => {
  const hooks = await setUp({ publish_acl: FILTERS });
  const cases: [string, string | undefined, string][] = [
    ["exact", "alice", "allow"],
    ["home/kitchen/temperature", "alice", "allow"],
    ["alice", "alice", "allow"],
    ["alice/a/b", "alice", "allow"],
    ["home/a/b/temperature", "alice", "deny"],
    ["Exact", "alice", "deny"],
    ["exact", "bob", "deny"],
    ["exact", "carol", "deny"],
    ["exact", "dave", "deny"],
    ["exact", undefined, "deny"],
    ["exact", "__proto__", "deny"],
    ["exact", "constructor", "deny"],
  ];
  for (const [topic, user, expected] of cases) {
    assertEquals(ask(hooks, "publish", topic, user), expected, `${user} ${topic}`);
    assertEquals(ask(hooks, "subscribe", topic, user), undefined, "no subscribe_acl");
  }
  assertEquals(hooks.authorizeReceive, undefined, "no receive_acl, no hook");
});

Deno.test("topic_acl subscribe: a grant covers the whole filter that is asked for", async () => {
  const hooks = await setUp({
    subscribe_acl: { alice: ["open/+", "deep/#", "exact"], eve: ["#"], sys: ["$SYS/#"] },
  });
  const cases: [string, string, string][] = [
    ["alice", "open/a", "allow"],
    ["alice", "open/+", "allow"],
    ["alice", "open/#", "deny"],
    ["alice", "deep", "allow"],
    ["alice", "deep/#", "allow"],
    ["alice", "deep/+/x", "allow"],
    ["alice", "exact", "allow"],
    ["alice", "exact/#", "deny"],
    ["alice", "+", "deny"],
    ["alice", "#", "deny"],
    ["eve", "#", "allow"],
    ["eve", "+/+", "allow"],
    ["eve", "$SYS/#", "deny"],
    ["eve", "$SYS/broker/version", "deny"],
    ["sys", "$SYS/broker/+", "allow"],
    ["sys", "#", "deny"],
  ];
  for (const [user, filter, expected] of cases) {
    assertEquals(ask(hooks, "subscribe", filter, user), expected, `${user} ${filter}`);
  }
});

Deno.test("topic_acl subscribe with acl_wildcards: emqx compares the filter as a topic name", async () => {
  const harness = new PluginHarness({ wildcards: "emqx" });
  const hooks = await harness.setUp(topicAcl, { subscribe_acl: { alice: ["open/+"] } });
  assertEquals(ask(hooks, "subscribe", "open/#", "alice"), "allow");
  assertEquals(ask(hooks, "subscribe", "$SYS/#", "alice"), "deny");
});

Deno.test("topic_acl receive: which messages are handed to whom", async () => {
  const hooks = await setUp({ receive_acl: { alice: ["a/+"], anonymous: ["public/#"] } });
  assertEquals(ask(hooks, "receive", "a/b", "alice"), "allow");
  assertEquals(ask(hooks, "receive", "a/b/c", "alice"), "deny");
  assertEquals(ask(hooks, "receive", "a/b", "bob"), "deny");
  assertEquals(ask(hooks, "receive", "public/x"), "allow");
  assertEquals(ask(hooks, "receive", "public/x", "admin"), "allow");
  assertEquals(ask(hooks, "publish", "a/b", "bob"), undefined);
});

Deno.test("topic_acl: admin may do everything, also where there is no list", async () => {
  const hooks = await setUp({ publish_acl: {}, subscribe_acl: [], receive_acl: {} });
  for (const action of ["publish", "subscribe", "receive"] as const) {
    assertEquals(ask(hooks, action, "any/topic", "admin"), "allow");
    assertEquals(ask(hooks, action, "any/topic", "alice"), "deny");
  }
  assertEquals(ask(await setUp({}), "publish", "any/topic", "admin"), "allow");
});

Deno.test("topic_acl: anonymous stands for clients without a username", async () => {
  const hooks = await setUp({ publish_acl: { anonymous: ["guest"] } });
  assertEquals(ask(hooks, "publish", "guest", undefined), "allow");
  assertEquals(ask(hooks, "publish", "guest", ""), "allow");
  assertEquals(ask(hooks, "publish", "guest", "anonymous"), "allow");
  assertEquals(ask(hooks, "publish", "guest", "alice"), "deny");
});

Deno.test("topic_acl: absent and null answer nothing, an empty list blocks everybody", async () => {
  for (const action of ["publish", "subscribe", "receive"] as const) {
    const key = `${action}_acl`;
    assertEquals(ask(await setUp({}), action, "t", "alice"), undefined);
    assertEquals(ask(await setUp({ [key]: null }), action, "t", "alice"), undefined);
    assertEquals(ask(await setUp({ [key]: [] }), action, "t", "alice"), "deny");
    assertEquals(ask(await setUp({ [key]: {} }), action, "t", "alice"), "deny");
  }
});

Deno.test("topic_acl: a list of one-key mappings is the same as one mapping", async () => {
  const hooks = await setUp({ "publish-acl": [{ alice: ["a"] }, { bob: ["b"] }] });
  assertEquals(ask(hooks, "publish", "a", "alice"), "allow");
  assertEquals(ask(hooks, "publish", "b", "bob"), "allow");
  assertEquals(ask(hooks, "publish", "b", "alice"), "deny");
});

Deno.test("topic_acl: acl is subscribe_acl's old name", async () => {
  const harness = new PluginHarness();
  const hooks = await harness.setUp(topicAcl, { acl: { alice: ["a"] } });
  assertEquals(ask(hooks, "subscribe", "a", "alice"), "allow");
  assertEquals(ask(hooks, "subscribe", "b", "alice"), "deny");
  assertEquals(ask(hooks, "publish", "b", "alice"), undefined);
  assertEquals(harness.messages("warning"), [
    "acl is deprecated; its name is subscribe_acl now",
  ]);
});

Deno.test("topic_acl: a denial says which list and which topic", async () => {
  const hooks = await setUp({ publish_acl: { alice: ["a"] } });
  const { signal } = new AbortController();
  const client = fakeClient({ username: "alice" });
  assertEquals(
    await hooks.authorize?.({
      client,
      action: "publish",
      topic: "b",
      qos: 0,
      retain: false,
      signal,
    }),
    { result: "deny", because: "publish_acl does not give b to alice" },
  );
});

Deno.test("topic_acl warns when anybody can take the name admin", async () => {
  const warnings = async (hasOtherAuthenticator: boolean) => {
    const harness = new PluginHarness({ hasOtherAuthenticator });
    const hooks = await harness.setUp(topicAcl, {});
    await hooks.brokerStarted?.({ listeners: [] });
    const { length } = harness.messages("warning");
    await hooks.brokerReloading?.({});
    assertEquals(harness.messages("warning").length, 2 * length, "a reload says it too");
    return length;
  };
  assertEquals([await warnings(false), await warnings(true)], [1, 0]);
});

Deno.test("topic_acl: wrong lists are errors that name list, user and filter", async () => {
  const cases: [unknown, string][] = [
    [{ publish_acl: "alice" }, "publish_acl: expected a mapping from user names to lists"],
    [{ publish_acl: ["."] }, "publish_acl: expected a mapping from user names to lists"],
    [{ publish_acl: { alice: "a/b" } }, "publish_acl: the user alice: expected a list of topic"],
    [
      { publish_acl: { alice: [7] } },
      "publish_acl: the user alice: got 7, expected a topic filter",
    ],
    [{ publish_acl: { alice: ["a/#/b"] } }, 'the user alice: "a/#/b": # must be alone'],
    [{ publish_acl: { alice: [""] } }, 'the user alice: "": a topic filter must not be empty'],
    [{ receive_acl: [{ alice: ["a"] }, { alice: ["b"] }] }, "the user alice is given twice"],
    [{ acl: {}, subscribe_acl: {} }, "acl and subscribe_acl are two names of one list"],
    [{ publish_acls: {} }, "topic_acl.publish_acls: unknown option; did you mean publish_acl?"],
  ];
  for (const [options, message] of cases) {
    await assertRejects(() => setUp(options), Error, message, JSON.stringify(options));
  }
});
