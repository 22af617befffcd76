/** Whose session is it: takeover, resumption, expiry. Time is injected. */
import { assert, assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { connack, connect, subscribe } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

/** Refuses username `mallory`, lets the others in. */
const notMallory = {
  authenticate: ({ client }: { client: { username: string | undefined } }) =>
    client.username === "mallory" ? "deny" as const : undefined,
};

Deno.test("a refused CONNECT with a victim's client id changes nothing", async () => {
  await using it = await ClockedBroker.start({}, notMallory);
  const victim = await it.keep("victim", { will: { topic: "victim/gone" } });
  await victim.subscribed(["t", 1], ["victim/gone", 1]);
  for (const cleanSession of [true, false]) {
    const attacker = await it.dial();
    const options = { clientId: "victim", username: "mallory", password: "x", cleanSession };
    await attacker.send(connect(options));
    await attacker.expect(connack(false, 4));
    await attacker.expectClosed();
  }
  await victim.publish("t", "still mine", { qos: 1 });
  await victim.gets("still mine/1");
  await victim.nothing();
  await victim.disconnect();
  assert((await it.keep("victim")).sessionPresent);
});

Deno.test("a refused CONNECT does not touch a session that nobody uses", async () => {
  await using it = await ClockedBroker.start({}, notMallory);
  const first = await it.keep("victim");
  await first.subscribed(["t", 1]);
  await first.disconnect();
  it.broker.publish({ topicName: "t", payload: "waits", qos: 1 });
  const attacker = await it.dial();
  await attacker.send(connect({ clientId: "victim", username: "mallory", cleanSession: true }));
  await attacker.expect(connack(false, 4));
  await attacker.expectClosed();
  const back = await it.keep("victim");
  assert(back.sessionPresent);
  await back.gets("waits/1");
});

Deno.test("a takeover while the newcomer's authentication waits happens only when it is let in", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<"allow" | "deny">();
  await using it = await ClockedBroker.start({}, {
    authenticate({ client }) {
      if (client.username !== "slow") return undefined;
      asked.resolve();
      return answer.promise;
    },
  });
  const old = await it.keep("c");
  const fresh = await it.dial();
  await fresh.send(connect({ clientId: "c", username: "slow", cleanSession: false }));
  await asked.promise;
  await old.ping();
  answer.resolve("allow");
  await fresh.expect(connack(false, 0));
  await old.raw.expectClosed();
});

Deno.test("of two newcomers whose authentication waits the last to be let in stays", async () => {
  const answers: ((verdict: "allow") => void)[] = [];
  await using it = await ClockedBroker.start({}, {
    authenticate: () => new Promise((resolve) => answers.push(resolve)),
  });
  const [a, b] = [await it.dial(), await it.dial()];
  await a.send(connect({ clientId: "c", cleanSession: false }));
  await until(() => answers.length === 1, "the first question");
  await b.send(connect({ clientId: "c", cleanSession: false }));
  await until(() => answers.length === 2, "the second question");
  answers[1]!("allow");
  await b.expect(connack(false, 0));
  answers[0]!("allow");
  await a.expect(connack(true, 0));
  await b.expectClosed();
  await a.expectNothing();
  assertEquals(it.broker.metrics.clientsConnected, 1);
});

Deno.test("a client that left while its authentication waited has no session", async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const answer = Promise.withResolvers<"allow">();
  await using it = await ClockedBroker.start({}, {
    authenticate({ signal }) {
      asked.resolve(signal);
      return answer.promise;
    },
  });
  const client = await it.dial();
  await client.send(connect({ clientId: "c", cleanSession: false }));
  const signal = await asked.promise;
  await it.broker.stop();
  assert(signal.aborted, "the source is told");
  answer.resolve("allow");
  await client.expectClosed();
  assertEquals(it.broker.metrics.clientsDisconnected, 0);
});

Deno.test("a client goes by the username that its source gives it", async () => {
  const names: unknown[] = [];
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => ({
      result: "allow",
      ...(client.username === "bob" && { username: "robert" }),
    }),
    authorize: ({ client }) => void names.push([client.username, client.anonymous]),
  });
  for (const options of [{ username: "bob" }, { username: "alice" }, {}]) {
    await (await it.open("c", options)).subscribe(["t", 0]);
  }
  assertEquals(names, [["robert", false], ["alice", false], [undefined, true]]);
});

Deno.test("the most clients at once are remembered", async () => {
  await using it = await ClockedBroker.start();
  const [one] = [await it.open("one"), await it.open("two")];
  await one.disconnect();
  await it.open("three");
  const { clientsConnected, clientsMaximum } = it.broker.metrics;
  assertEquals([clientsConnected, clientsMaximum], [2, 2]);
});

Deno.test("max_inflight: every kind of acknowledgement makes room for the next message", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 1 });
  for (const qos of [1, 2] as const) {
    const reader = await it.open(`reader ${qos}`);
    await reader.subscribed(["t", qos]);
    for (const payload of ["one", "two", "three"]) {
      it.broker.publish({ topicName: "t", payload, qos });
    }
    await reader.gets(`one/${qos}`, `two/${qos}`, `three/${qos}`);
    await reader.disconnect();
  }
});

Deno.test("rights lost while away: what is filtered out is dropped by name", async () => {
  const dropped: string[] = [];
  let mayReceive = true;
  await using it = await ClockedBroker.start({}, {
    authorizeReceive: () => mayReceive ? "allow" : "deny",
    messageDropped: ({ clientId, message, reason }) =>
      void dropped.push(`${clientId} ${message.topicName} ${reason}`),
  });
  const alice = await it.keep("c", { username: "alice" });
  await alice.subscribed(["#", 1]);
  it.broker.publish({ topicName: "under way", payload: "x", qos: 1 });
  await alice.take();
  await alice.drop();
  it.broker.publish({ topicName: "queued", payload: "x", qos: 1 });
  mayReceive = false;
  const back = await it.keep("c", { username: "alice" });
  await back.nothing();
  assertEquals(dropped.sort(), ["c queued receive denied", "c under way receive denied"]);
});

Deno.test("a resumed session is asked about: the question is that of the SUBSCRIBE", async () => {
  const questions: unknown[] = [];
  await using it = await ClockedBroker.start({}, {
    authorize: ({ client, action, topic, qos, retain }) => {
      questions.push([client.username, action, topic, qos, retain]);
      return undefined;
    },
  });
  const alice = await it.keep("c", { username: "alice" });
  await alice.subscribed(["a", 0], ["$share/g/b", 2]);
  await alice.disconnect();
  assert((await it.keep("c", { username: "alice" })).sessionPresent);
  const asked = [
    ["alice", "subscribe", "a", 0, false],
    ["alice", "subscribe", "b", 2, false],
  ];
  assertEquals(questions, [...asked, ...asked]);
});

Deno.test("rights lost while away: subscriptions end, the queue is filtered", async () => {
  const unsubscribed: string[] = [];
  let lost = new Set<string>();
  await using it = await ClockedBroker.start({}, {
    authorize: ({ topic }) => lost.has(topic) ? "deny" : undefined,
    authorizeReceive: ({ topic }) => lost.has(topic) ? "deny" : undefined,
    clientUnsubscribed: ({ client, topicFilter }) =>
      void unsubscribed.push(`${client.username} ${topicFilter}`),
  });
  const alice = await it.keep("c", { username: "alice" });
  await alice.subscribed(["alice/#", 1], ["secret", 1], ["open", 1]);
  await alice.disconnect();
  for (const topicName of ["secret", "open"]) {
    it.broker.publish({ topicName, payload: topicName, qos: 1 });
  }
  lost = new Set(["alice/#", "secret"]);
  const back = await it.keep("c", { username: "alice" });
  assert(back.sessionPresent);
  await back.gets("open/1");
  for (const topicName of ["alice/x", "secret", "open"]) {
    it.broker.publish({ topicName, payload: `${topicName} again`, qos: 1 });
  }
  await back.gets("open again/1");
  await back.nothing();
  assertEquals(unsubscribed, ["alice alice/#", "alice secret"]);
});

Deno.test("rights lost while away: messages that were under way are filtered too", async () => {
  let isSecret = false;
  await using it = await ClockedBroker.start({}, {
    authorizeReceive: ({ topic }) => isSecret && topic === "secret" ? "deny" : undefined,
  });
  const alice = await it.keep("c", { username: "alice" });
  await alice.subscribed(["#", 2]);
  for (const [topicName, qos] of [["secret", 1], ["secret", 2], ["open", 1]] as const) {
    it.broker.publish({ topicName, payload: topicName, qos });
    assertEquals((await alice.take()).topic, topicName);
  }
  await alice.drop();
  isSecret = true;
  const back = await it.keep("c", { username: "alice" });
  await back.gets("open/1/dup");
  await back.nothing();
});

Deno.test("receive verdicts belong to the connected client, not to the session", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client, password }) => ({
      result: "allow",
      superuser: new TextDecoder().decode(password) === "root" && client.username === "alice",
    }),
    authorizeReceive: () => "deny",
  });
  const publisher = await it.open("publisher");
  const reader = async (password: string) => await it.keep("c", { username: "alice", password });
  const root = await reader("root");
  await root.subscribed(["t", 1]);
  await publisher.publish("t", "one", { qos: 1 });
  await root.gets("one/1");
  await root.disconnect();
  const plain = await reader("plain");
  await publisher.publish("t", "two", { qos: 1 });
  await plain.nothing();
  await plain.disconnect();
  const again = await reader("root");
  await publisher.publish("t", "three", { qos: 1 });
  await again.gets("three/1");
});

Deno.test("a superuser's session that the same user resumes without that right is asked about again", async () => {
  let superuser = true;
  const questions: string[] = [];
  await using it = await ClockedBroker.start({}, {
    authenticate: () => ({ result: "allow", superuser }),
    authorize: ({ topic }) => {
      questions.push(topic);
      return topic === "private" ? "deny" : undefined;
    },
  });
  const before = await it.keep("c", { username: "root" });
  await before.subscribed(["private", 1], ["open", 1]);
  await before.disconnect();
  const still = await it.keep("c", { username: "root" });
  await still.disconnect();
  assertEquals(questions, [], "a superuser is not asked about");
  superuser = false;
  const after = await it.keep("c", { username: "root" });
  assert(after.sessionPresent);
  assertEquals(questions, ["private", "open"]);
  for (const topicName of ["private", "open"]) {
    it.broker.publish({ topicName, payload: topicName, qos: 1 });
  }
  await after.gets("open/1");
  await after.nothing();
});

Deno.test("session_expiry_interval ends a session, its subscriptions and its queue", async () => {
  const dropped: string[] = [];
  await using it = await ClockedBroker.start({ session_expiry_interval: "1h" }, {
    messageDropped: ({ clientId, reason }) => void dropped.push(`${clientId}: ${reason}`),
  });
  const [early, late] = [await it.keep("early"), await it.keep("late")];
  for (const one of [early, late]) await one.subscribed(["t", 1]);
  await early.disconnect();
  it.clock.advance(10_000);
  await late.disconnect();
  it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  it.clock.advance(3_599_000 - 10_000);
  assertEquals(it.broker.metrics.clientsDisconnected, 2);
  it.clock.advance(2000);
  const { metrics } = it.broker;
  assertEquals([metrics.clientsDisconnected, metrics.subscriptionsCount], [1, 1]);
  assertEquals(dropped, ["early: session ended"]);
  const back = await it.keep("late");
  assert(back.sessionPresent);
  await back.gets("x/1");
  it.clock.advance(20_000_000 - 19_999_000);
  await back.ping();
});

Deno.test("session_expiry_interval 0: never", async () => {
  await using it = await ClockedBroker.start({ session_expiry_interval: 0 });
  await (await it.keep("c")).disconnect();
  it.clock.advance(8 * 3_600_000);
  assertEquals(it.broker.metrics.clientsDisconnected, 1);
});

Deno.test("a session that expires while its client comes back is new", async () => {
  const answer = Promise.withResolvers<"allow">();
  let isSlow = false;
  await using it = await ClockedBroker.start({ session_expiry_interval: "10s" }, {
    authenticate: () => isSlow ? answer.promise : "allow",
  });
  await (await it.keep("c")).disconnect();
  isSlow = true;
  const back = await it.dial();
  await back.send(connect({ clientId: "c", cleanSession: false }));
  await until(() => it.broker.metrics.packetsReceived === 3, "the CONNECT");
  it.clock.advance(11_000);
  answer.resolve("allow");
  await back.expect(connack(false, 0));
});

Deno.test("subscriptions that come and go leave nothing", async () => {
  await using it = await ClockedBroker.start();
  const client = await it.open("c");
  for (let round = 0; round < 20; round++) {
    const filters = Array.from({ length: 100 }, (_, i): [string, number] => [`${round}/${i}/+`, 1]);
    await client.subscribed(...filters, ["$share/g/x", 1], ["$queue/x", 1]);
    assertEquals(it.broker.metrics.subscriptionsCount, 102);
    await client.unsubscribe(...filters.map(([filter]) => filter), "$share/g/x", "$queue/x");
  }
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
  await client.raw.send(subscribe(9, ["a", 0]));
  await client.raw.expectPacket("SUBACK");
  await client.disconnect();
  await until(() => it.broker.metrics.subscriptionsCount === 0, "the end of a clean session");
});
