/** Counters of access decisions: by source, by kind of question, and those of the clients' caches. */
import { assertEquals } from "@std/assert";
import type { AnswerCounts, Verdict } from "../../mod.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { RawClient } from "../support/raw_client.ts";
import { connect, publish } from "../support/raw_packets.ts";

const NOTHING: AnswerCounts = {
  allow: 0,
  deny: 0,
  ignore: 0,
  error: 0,
  cacheHits: 0,
  microseconds: 0,
  worstMicroseconds: 0,
};

/** The counters that are not zero, by source and kind of question. */
function countsOf(it: ClockedBroker, source: string, question: string): Partial<AnswerCounts> {
  const { sources } = it.broker.metrics.access!;
  const found = sources.find((one) => one.source === source && one.question === question);
  const counts = { ...NOTHING, ...found?.counts };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

Deno.test("authorize: every kind of answer, with the time it took", async () => {
  const now: { advance?: (milliseconds: number) => void } = {};
  const answers: Record<string, () => Verdict | Promise<Verdict>> = {
    allowed: () => "allow",
    denied: () => ({ result: "deny" }),
    other: () => undefined,
    failed: () => ({ result: "deny", failed: true }),
    thrown: () => {
      throw new Error("broken");
    },
    nonsense: () => "maybe" as "allow",
    later: async (): Promise<Verdict> => {
      await Promise.resolve();
      now.advance!(7);
      return "allow";
    },
  };
  const source = inlinePlugin({
    authorize({ topic }) {
      now.advance!(2);
      return answers[topic]!();
    },
  });
  await using it = await ClockedBroker.start({ plugins: { [source]: null } });
  now.advance = (milliseconds) => it.clock.advance(milliseconds);
  const client = await it.open("c");
  for (const topic of Object.keys(answers)) await client.publish(topic, "x", { qos: 1 });
  assertEquals(countsOf(it, source, "authorize"), {
    allow: 2,
    deny: 1,
    ignore: 1,
    error: 3,
    microseconds: 21_000,
    worstMicroseconds: 9000,
  });
});

Deno.test("each source is timed by itself, and only those that were asked are counted", async () => {
  const clock: { advance?: (milliseconds: number) => void } = {};
  const taking = (milliseconds: number, verdict: Verdict) =>
    inlinePlugin({
      authorize() {
        clock.advance!(milliseconds);
        return verdict;
      },
    });
  const sources = [taking(3, undefined), taking(5, "allow"), taking(9, "deny")] as const;
  const plugins = Object.fromEntries(sources.map((name) => [name, null]));
  await using it = await ClockedBroker.start({ plugins, acl_combine: "first" });
  clock.advance = (milliseconds) => it.clock.advance(milliseconds);
  await (await it.open("c")).publish("t", "x", { qos: 1 });
  assertEquals(sources.map((name) => countsOf(it, name, "authorize")), [
    { ignore: 1, microseconds: 3000, worstMicroseconds: 3000 },
    { allow: 1, microseconds: 5000, worstMicroseconds: 5000 },
    {},
  ]);
});

Deno.test("the cache: hits and misses, and whose answers it gave again", async () => {
  const [silent, decides] = [
    inlinePlugin({ authorize: () => undefined }),
    inlinePlugin({ authorize: ({ topic }) => topic === "nobody" ? undefined : "allow" }),
  ];
  await using it = await ClockedBroker.start({ plugins: { [silent]: null, [decides]: null } });
  const client = await it.open("c");
  for (const topic of ["a", "b", "a", "b", "nobody", "a", "nobody"]) {
    await client.publish(topic, "x", { qos: 1 });
  }
  const { cacheHits, cacheMisses } = it.broker.metrics.access!;
  assertEquals([cacheHits, cacheMisses], [4, 3]);
  assertEquals(countsOf(it, silent, "authorize"), { ignore: 3 });
  assertEquals(countsOf(it, decides, "authorize"), { allow: 2, ignore: 1, cacheHits: 3 });
});

Deno.test("a client that repeats its last publish is not looked up", async () => {
  const allows = inlinePlugin({ authorize: () => "allow" });
  await using it = await ClockedBroker.start({ plugins: { [allows]: null } });
  const client = await it.open("c");
  for (let i = 0; i < 5; i++) await client.publish("a", "x", { qos: 1 });
  const { cacheHits, cacheMisses } = it.broker.metrics.access!;
  assertEquals([cacheHits, cacheMisses], [0, 1]);
});

Deno.test("authenticate and superuser: what each source said", async () => {
  const logins = inlinePlugin({
    authenticate({ client: { username } }) {
      if (username === "broken") throw new Error("broken");
      return username?.startsWith("good") ? "allow" : username === "bad" ? "deny" : undefined;
    },
  });
  const roots = inlinePlugin({ superuser: ({ client }) => client.username === "good" });
  await using it = await ClockedBroker.start({ plugins: { [logins]: null, [roots]: null } });
  for (const username of ["good", "good too", "bad", "broken", "unknown"]) {
    const raw = await RawClient.dial(it.address);
    await raw.send(connect({ clientId: username, username }));
    await raw.expectPacket("CONNACK");
    await raw.close();
  }
  assertEquals(countsOf(it, logins, "authenticate"), { allow: 2, deny: 1, error: 1, ignore: 1 });
  assertEquals(countsOf(it, roots, "superuser"), { allow: 1, ignore: 1 });
  // It has no opinion on clients that give a username, while another plugin knows users.
  assertEquals(countsOf(it, "auth_anonymous", "authenticate"), { ignore: 1 });
});

Deno.test("superuser: a yes counts as allow, a no as ignore, a failure as error", async () => {
  const roots = inlinePlugin({
    superuser({ client: { username } }) {
      if (username === "broken") throw new Error("broken");
      return username === "root";
    },
  });
  await using it = await ClockedBroker.start({ plugins: { [roots]: null } }, {
    authenticate: () => "allow",
  });
  for (const username of ["root", "alice", "bob", "broken", "carol"]) {
    await it.open(username, { username });
  }
  assertEquals(countsOf(it, roots, "superuser"), { allow: 1, ignore: 3, error: 1 });
});

Deno.test("receive: once for each receiver and topic, not timed", async () => {
  const clock: { advance?: (milliseconds: number) => void } = {};
  const secret = inlinePlugin({
    authorizeReceive({ topic }) {
      clock.advance?.(5);
      return topic === "secret" ? "deny" : topic === "open" ? "allow" : undefined;
    },
  });
  await using it = await ClockedBroker.start({ plugins: { [secret]: null } });
  clock.advance = (milliseconds) => it.clock.advance(milliseconds);
  const reader = await it.open("reader");
  await reader.subscribed(["#", 0]);
  const { raw } = await it.open("c");
  for (const topic of ["secret", "open", "other", "secret", "open"]) {
    await raw.send(publish(topic, "x"));
  }
  await raw.expectNothing();
  assertEquals(await reader.payloads(3), ["x", "x", "x"]);
  assertEquals(countsOf(it, secret, "receive"), { allow: 1, deny: 1, ignore: 1 });
});

Deno.test("counters go on after a reload, and end with their plugin", async () => {
  const [stays, goes] = [
    inlinePlugin({ authorize: () => undefined }),
    inlinePlugin({ authorize: () => undefined }),
  ];
  await using it = await ClockedBroker.start({ plugins: { [stays]: null, [goes]: null } });
  const client = await it.open("c");
  await client.publish("a", "x", { qos: 1 });
  await it.broker.reloadRules();
  await client.publish("a", "x", { qos: 1 });
  assertEquals(countsOf(it, stays, "authorize"), { ignore: 2 });
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null, [stays]: null } }));
  assertEquals(countsOf(it, stays, "authorize"), { ignore: 2 });
  const { sources } = it.broker.metrics.access!;
  assertEquals(sources.some(({ source }) => source === goes), false);
});
