/** What clients see of denials, of answers that take their time, and of receive rules. */
import { assert, assertEquals } from "@std/assert";
import type { Hooks, Verdict } from "../../mod.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import {
  connack,
  connect,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type RawPublish,
  suback,
  subscribe,
} from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

const DENIES: Hooks = {
  authorize: ({ topic }) => topic.startsWith("denied") ? "deny" : undefined,
};

Deno.test("acl_deny_action ignore: PUBLISH is acknowledged and dropped at every QoS", async () => {
  await using it = await ClockedBroker.start({}, DENIES);
  const reader = await it.open("reader");
  await reader.subscribed(["#", 2]);
  const { raw } = await it.open("c");
  await raw.send(publish("denied", "x"));
  await raw.send(publish("denied", "x", { qos: 1, id: 5 }));
  await raw.expect(puback(5));
  await raw.send(publish("denied", "x", { qos: 2, id: 6, retain: true }));
  await raw.expect(pubrec(6));
  await raw.send(publish("denied", "x", { qos: 2, id: 6, dup: true }), pubrel(6));
  await raw.expect(pubrec(6), pubcomp(6));
  await raw.expectNothing();
  await reader.nothing();
  const { metrics } = it.broker;
  assertEquals([metrics.messagesDropped.denied, metrics.retainedCount], [3, 0]);
});

Deno.test("acl_deny_action disconnect: PUBLISH closes the connection, without an acknowledgement", async () => {
  for (const qos of [0, 1, 2]) {
    await using it = await ClockedBroker.start({ acl_deny_action: "disconnect" }, DENIES);
    const { raw } = await it.open("c");
    await raw.send(publish("allowed", "x", { qos: 1, id: 4 }));
    await raw.expect(puback(4));
    await raw.sendAnyway(publish("denied", "x", { qos, id: 5 }));
    await raw.expectClosed();
  }
});

const PERMITTED_BEFORE: [permitted: RawPublish, denied: RawPublish][] = [
  [{ qos: 0 }, { qos: 1 }],
  [{ qos: 1 }, { qos: 2 }],
  [{ qos: 2 }, { qos: 0 }],
  [{ qos: 0 }, { retain: true }],
  [{ retain: true }, { qos: 0 }],
  [{ qos: 1 }, { qos: 1, retain: true }],
];

for (const [permitted, denied] of PERMITTED_BEFORE) {
  const names = [permitted, denied].map((one) => JSON.stringify(one)).join(", then ");
  Deno.test(`a permit to publish is for one QoS and one RETAIN: ${names}`, async () => {
    await using it = await ClockedBroker.start({}, {
      authorize: ({ action, qos, retain }) =>
        action === "publish" && qos === (denied.qos ?? 0) && retain === (denied.retain ?? false)
          ? "deny"
          : undefined,
    });
    const reader = await it.open("reader");
    await reader.subscribed(["t", 0]);
    const client = await it.open("c");
    await client.publish("t", "permitted", permitted);
    await reader.gets("permitted/0");
    await client.publish("t", "denied", denied);
    await client.publish("t", "permitted again", permitted);
    await reader.gets("permitted again/0");
    assertEquals(it.broker.metrics.messagesDropped.denied, 1);
  });
}

Deno.test("acl_deny_action ignore: SUBSCRIBE gets 0x80 for the denied filters only", async () => {
  await using it = await ClockedBroker.start({}, DENIES);
  const { raw } = await it.open("c");
  await raw.send(subscribe(7, ["a", 2], ["denied/1", 1], ["b", 0], ["$share/g/denied/2", 1]));
  await raw.expect(suback(7, 2, 0x80, 0, 0x80));
  assertEquals(it.broker.metrics.subscriptionsCount, 2);
});

Deno.test("acl_deny_action disconnect: one denied filter closes, and nothing is subscribed", async () => {
  await using it = await ClockedBroker.start({ acl_deny_action: "disconnect" }, DENIES);
  const { raw } = await it.keep("c");
  await raw.send(subscribe(7, ["a", 2], ["denied/1", 1]));
  await raw.expectClosed();
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
});

Deno.test("acl_nomatch deny: what nobody answers is denied", async () => {
  await using it = await ClockedBroker.start({ acl_nomatch: "deny" }, {
    authorize: ({ topic }) => topic === "open" ? "allow" : undefined,
  });
  const client = await it.open("c");
  assertEquals(await client.subscribe(["open", 1], ["other", 1]), [1, 0x80]);
});

/** Answers in this order, or with nothing where it is undefined. */
function voices(...verdicts: Verdict[]): Hooks[] {
  return verdicts.map((verdict) => ({ authorize: () => verdict }));
}

const COMBINATIONS: [combine: "first" | "all" | undefined, verdicts: Verdict[], code: number][] = [
  ["first", ["allow", "deny"], 0],
  ["first", ["deny", "allow"], 0x80],
  ["first", [undefined, "deny", "allow"], 0x80],
  ["first", [undefined, undefined], 0],
  ["all", ["allow", "deny"], 0x80],
  ["all", ["allow", undefined, "allow"], 0],
  ["all", [undefined, undefined], 0],
  // Strangers' plugins alone: aMQTT's way.
  [undefined, ["allow", "deny"], 0x80],
];

for (const [combine, verdicts, code] of COMBINATIONS) {
  Deno.test(`acl_combine ${combine ?? "absent"}: ${verdicts.join(", ")} gives ${code}`, async () => {
    const options = combine === undefined ? {} : { acl_combine: combine };
    await using it = await ClockedBroker.start(options, ...voices(...verdicts));
    assertEquals(await (await it.open("c")).subscribe(["t", 0]), [code]);
    const later = voices(...verdicts).map(({ authorize }): Hooks => ({
      authorize: (request) => Promise.resolve().then(() => authorize!(request)),
    }));
    await using asynchronous = await ClockedBroker.start(options, ...later);
    assertEquals(await (await asynchronous.open("c")).subscribe(["t", 0]), [code]);
  });
}

const NO_ANSWERS: [name: string, authorize: () => unknown][] = [
  ["throws", () => {
    throw new Error("broken");
  }],
  ["rejects", () => Promise.reject(new Error("broken"))],
  ["answers true", () => true],
  ["answers false", () => false],
  ["answers 0", () => 0],
  ["answers another word", () => "yes"],
  ["answers an object without a result", () => ({ reslut: "deny" })],
  ["answers a wrong result", () => ({ result: "perhaps" })],
  ["answers a foreign promise of false", () => ({ then: (go: (v: unknown) => void) => go(false) })],
];

for (const [name, authorize] of NO_ANSWERS) {
  Deno.test(`a source that ${name} denies, is logged by name, and is asked again`, async () => {
    let count = 0;
    await using it = await ClockedBroker.start({}, {
      authorize: () => (count++, authorize() as Verdict),
    });
    const client = await it.open("c");
    assertEquals(await client.subscribe(["t", 0]), [0x80]);
    assertEquals(await client.subscribe(["t", 0]), [0x80]);
    assertEquals(count, 2, "a failure is not remembered");
    assert(it.logged("inline_plugin.ts").some((line) => line.includes("authorize failed")));
  });
}

Deno.test("a foreign promise of allow allows", async () => {
  const thenable = { then: (go: (verdict: Verdict) => void) => go("allow") };
  await using it = await ClockedBroker.start({ acl_nomatch: "deny" }, {
    authorize: () => thenable as unknown as Verdict,
  });
  assertEquals(await (await it.open("c")).subscribe(["t", 0]), [0]);
});

Deno.test("null is no opinion, like undefined", async () => {
  await using it = await ClockedBroker.start({}, { authorize: () => null as unknown as Verdict });
  assertEquals(await (await it.open("c")).subscribe(["t", 0]), [0]);
});

Deno.test("an authenticate hook that fails refuses with 3, and is logged by name", async () => {
  for (const [name, authenticate] of NO_ANSWERS) {
    await using it = await ClockedBroker.start({}, {
      authenticate: () => authenticate() as Verdict,
    });
    const client = await it.dial();
    await client.send(connect({ clientId: "c" }));
    await client.expect(connack(false, 3));
    assert(it.logged("authenticate failed").length === 1, name);
  }
});

Deno.test("an authenticate hook's return code is used where it is one of a refusal", async () => {
  for (const [returnCode, expected] of [[2, 2], [5, 5], [0, 3], [9, 3], [1.5, 3]]) {
    await using it = await ClockedBroker.start({}, {
      authenticate: () => ({ result: "deny", returnCode: returnCode as 5 }),
    });
    const client = await it.dial();
    await client.send(connect({ clientId: "c" }));
    await client.expect(connack(false, expected!));
  }
});

Deno.test("an allow with a superuser or username of a wrong type is a failure, not an allow", async () => {
  for (const extra of [{ superuser: "false" }, { superuser: 1 }, { username: 5 }]) {
    await using it = await ClockedBroker.start({}, {
      authenticate: () => ({ result: "allow", ...extra }) as unknown as Verdict,
    });
    const client = await it.dial();
    await client.send(connect({ clientId: "c" }));
    await client.expect(connack(false, 3));
  }
});

Deno.test("a superuser hook of a source without authenticate makes superusers; a failing one does not", async () => {
  await using it = await ClockedBroker.start({ acl_nomatch: "deny" }, {
    superuser: ({ client }) => {
      if (client.username === "broken") throw new Error("no database");
      return Promise.resolve(client.username === "root");
    },
    authorizeReceive: () => "deny",
  }, { authenticate: () => "allow" });
  const [root, bob, broken] = [
    await it.open("a", { username: "root" }),
    await it.open("b", { username: "bob" }),
    await it.open("c", { username: "broken" }),
  ];
  assertEquals(await root.subscribe(["t", 0]), [0]);
  assertEquals(await bob.subscribe(["t", 0]), [0x80]);
  assertEquals(await broken.subscribe(["t", 0]), [0x80]);
  await root.publish("t", "x", { qos: 1 });
  await root.gets("x/0");
  assertEquals(it.logged("superuser failed").length, 1);
});

Deno.test("while one client's answer is waited for the others go on, and its own order holds", async () => {
  const { promise, resolve } = Promise.withResolvers<"allow">();
  let isAsked = false;
  await using it = await ClockedBroker.start({}, {
    authorize({ topic }) {
      isAsked ||= topic === "slow";
      return topic === "slow" ? promise : undefined;
    },
  });
  const reader = await it.open("reader");
  await reader.subscribed(["#", 1]);
  const waiting = await it.open("waiting");
  await waiting.raw.send(
    publish("slow", "1", { qos: 1, id: 1 }),
    publish("t", "2", { qos: 1, id: 2 }),
  );
  await until(() => isAsked, "the question");
  const quick = await it.open("quick");
  await quick.publish("t", "quick", { qos: 1 });
  await reader.gets("quick/1");
  await reader.nothing();
  resolve("allow");
  await waiting.raw.expect(puback(1), puback(2));
  await reader.gets("1/1", "2/1");
});

Deno.test("QoS 2: a message whose answer was waited for when the connection broke comes again", async () => {
  const { promise, resolve } = Promise.withResolvers<"allow">();
  let questions = 0;
  await using it = await ClockedBroker.start({}, {
    authorize: ({ action }) => action === "publish" && ++questions === 1 ? promise : undefined,
  });
  const reader = await it.open("reader");
  await reader.subscribed(["t", 2]);
  const first = await it.keep("c");
  await first.raw.send(publish("t", "once", { qos: 2, id: 9 }));
  await until(() => questions === 1, "the question");
  const second = await it.keep("c");
  await second.raw.send(publish("t", "once", { qos: 2, id: 9, dup: true }));
  await second.raw.expect(pubrec(9));
  resolve("allow");
  await second.raw.send(publish("t", "once", { qos: 2, id: 9, dup: true }), pubrel(9));
  await second.raw.expect(pubrec(9), pubcomp(9));
  await reader.gets("once/2");
  await reader.nothing();
});

Deno.test("what was granted while rules changed counts once and is not remembered", async () => {
  let isOpen = true;
  let change = () => {};
  const { promise, resolve } = Promise.withResolvers<"allow">();
  let questions = 0;
  await using it = await ClockedBroker.start({}, (context) => {
    change = () => context.rulesChanged();
    return {
      authorize({ action }) {
        if (action !== "publish") return undefined;
        return ++questions === 1 ? promise : isOpen ? "allow" : "deny";
      },
    };
  });
  const client = await it.open("c");
  await client.subscribed(["t", 1]);
  await client.raw.send(publish("t", "1", { qos: 1, id: 1 }));
  await until(() => questions === 1, "the question");
  isOpen = false;
  change();
  resolve("allow");
  await client.raw.expectPublish();
  await client.raw.expect(puback(1));
  await client.raw.send(publish("t", "2", { qos: 1, id: 2 }));
  await client.raw.expect(puback(2));
  await client.nothing();
  assertEquals(questions, 2);
});

Deno.test("acl_cache: answers are remembered for ttl, or not at all", async () => {
  const count = async (acl_cache: Record<string, unknown>) => {
    let questions = 0;
    await using it = await ClockedBroker.start({ acl_cache }, {
      authorize: ({ action }) => (action === "publish" && questions++, "allow"),
    });
    const { raw } = await it.open("c");
    const burst = Array.from({ length: 10 }, (_, i) => publish("t", "x", { qos: 1, id: i + 1 }));
    for (let round = 0; round < 2; round++) {
      await raw.send(Uint8Array.from(burst.flatMap((one) => [...one])));
      for (let i = 0; i < 10; i++) await raw.expect(puback(i + 1));
      it.clock.advance(31_000);
    }
    await raw.send(burst[0]!);
    await raw.expect(puback(1));
    return questions;
  };
  assertEquals(await count({}), 2, "one minute");
  assertEquals(await count({ ttl: "10s" }), 3);
  assertEquals(await count({ ttl: 0 }), 1, "for ever");
  assertEquals(await count({ enable: false }), 21);
  assertEquals(await count({ max_size: 0 }), 21);
});

Deno.test("receive rules: live, retained and queued messages, by topic, QoS and RETAIN", async () => {
  const asked: string[] = [];
  await using it = await ClockedBroker.start({}, {
    authorizeReceive({ client, topic, qos, retain }) {
      if (client.clientId !== "reader") return undefined;
      asked.push(`${topic} ${qos}${retain ? " retain" : ""}`);
      return topic === "hidden" || (topic === "half" && qos === 2) ? "deny" : undefined;
    },
  });
  const publisher = await it.open("publisher");
  await publisher.publish("hidden", "r", { qos: 1, retain: true });
  await publisher.publish("shown", "r", { qos: 1, retain: true });
  const reader = await it.keep("reader");
  await reader.subscribed(["#", 2]);
  await reader.gets("r/1/r");
  await reader.nothing();
  for (const topic of ["hidden", "half", "shown"]) {
    for (const qos of [0, 1, 2]) await publisher.publish(topic, `${topic} ${qos}`, { qos });
  }
  await reader.gets("half 0/0", "half 1/1", "shown 0/0", "shown 1/1", "shown 2/2");
  const before = asked.length;
  await publisher.publish("shown", "again", { qos: 2 });
  await reader.gets("again/2");
  assertEquals(asked.length, before, "remembered in the route");
  await reader.disconnect();
  await publisher.publish("hidden", "away", { qos: 1 });
  assertEquals(it.broker.metrics.messagesQueued, 0);
  assertEquals(it.broker.metrics.messagesDropped["receive denied"], 5);
});

Deno.test("a receive rule that throws, or answers later, denies", async () => {
  for (
    const answer of [() => Promise.resolve("allow"), () => true, () => {
      throw new Error("broken");
    }]
  ) {
    await using it = await ClockedBroker.start({}, {
      authorizeReceive: () => answer() as unknown as Verdict,
    });
    const client = await it.open("c");
    await client.subscribed(["t", 0]);
    await client.publish("t", "x", { qos: 1 });
    await client.nothing();
    assert(it.logged("authorizeReceive failed").length > 0);
  }
});

Deno.test("reload with receive rules filters what waits", async () => {
  const receiver = inlinePlugin({
    authorizeReceive: ({ topic }) => topic === "hidden" ? "deny" : undefined,
  });
  await using it = await ClockedBroker.start();
  const reader = await it.keep("reader");
  await reader.subscribed(["#", 1]);
  await reader.disconnect();
  for (const topicName of ["hidden", "shown"]) {
    it.broker.publish({ topicName, payload: topicName, qos: 1 });
  }
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null, [receiver]: null } }));
  const back = await it.keep("reader");
  await back.gets("shown/1");
  await back.nothing();
});

Deno.test("reload: rules count at once, for publishing, living subscriptions and absent clients", async () => {
  const unsubscribed: string[] = [];
  const strict = inlinePlugin({
    authorize: ({ topic }) => Promise.resolve(topic.startsWith("secret") ? "deny" : undefined),
    clientUnsubscribed: ({ client, topicFilter }) =>
      void unsubscribed.push(`${client.clientId} ${topicFilter}`),
  });
  await using it = await ClockedBroker.start();
  const [here, absent] = [await it.keep("here"), await it.keep("absent")];
  for (const one of [here, absent]) {
    await one.subscribed(["secret/#", 1], ["$share/g/secret/x", 1], ["open", 1]);
  }
  await absent.disconnect();
  await here.publish("secret/y", "before", { qos: 1 });
  await here.gets("before/1");
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null, [strict]: null } }));
  await here.publish("secret/y", "after", { qos: 1 });
  await here.publish("open", "open", { qos: 1 });
  await here.gets("open/1");
  await here.nothing();
  assertEquals(it.broker.metrics.subscriptionsCount, 2);
  assertEquals(unsubscribed.sort(), [
    "absent $share/g/secret/x",
    "absent secret/#",
    "here $share/g/secret/x",
    "here secret/#",
  ]);
});

Deno.test("a source that fails at a reload takes no right away, but none goes over to another user", async () => {
  let isBroken = false;
  await using it = await ClockedBroker.start({}, {
    authorize: () => {
      if (isBroken) throw new Error("no database");
      return "allow";
    },
  });
  const alice = await it.keep("c", { username: "alice" });
  await alice.subscribed(["t", 1]);
  isBroken = true;
  await it.broker.reloadRules();
  it.broker.publish({ topicName: "t", payload: "still", qos: 1 });
  await alice.gets("still/1");
  await alice.disconnect();
  await it.keep("c", { username: "bob" });
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
});

for (const [milliseconds, wanted] of [[1, "abc.d"], [3, "a.b.c.d"]] as const) {
  Deno.test(`reload with ${milliseconds} ms of work per session: others have their turn after more than 2`, async () => {
    const order: string[] = [];
    let isTicking = false;
    const tick = () => {
      isTicking = false;
      order.push(".");
    };
    let isReloading = false;
    await using it = await ClockedBroker.start({}, {
      authorize: ({ client }) => {
        if (!isReloading) return undefined;
        if (!isTicking) setTimeout(tick, 0);
        isTicking = true;
        order.push(client.clientId);
        it.clock.advance(milliseconds);
        for (const due = performance.now() + 5; performance.now() < due;); // the tick is ready now
        return undefined;
      },
    });
    for (const name of ["a", "b", "c", "d"]) await (await it.open(name)).subscribed(["t", 0]);
    isReloading = true;
    await it.broker.reloadRules();
    await until(() => !isTicking, "the last tick");
    assertEquals(order.join("").slice(0, wanted.length), wanted);
  });
}

Deno.test("retained messages of a right that was taken away are not sent any more", async () => {
  const strict = inlinePlugin({ authorize: ({ topic }) => topic === "r/#" ? "deny" : undefined });
  await using it = await ClockedBroker.start({ max_inflight: 1 });
  for (const name of ["r/a", "r/b"]) {
    it.broker.publish({ topicName: name, payload: name, qos: 1, retain: true });
  }
  const reader = await it.open("reader");
  await reader.subscribed(["r/#", 1]);
  const { id } = await reader.take();
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null, [strict]: null } }));
  await reader.raw.send(puback(id));
  await reader.nothing();
});

Deno.test("five failed logins of one user from one address: the sixth answer waits, others do not", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => client.username === "bob" ? "deny" : "allow",
  });
  const attempt = async (username: string) => {
    const client = await it.dial();
    await client.send(connect({ clientId: "c", username }));
    return client;
  };
  for (let i = 0; i < 5; i++) await (await attempt("bob")).expect(connack(false, 4));
  const { timerCount } = it.clock;
  for (const delay of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const client = await attempt("bob");
    await until(() => it.clock.timerCount === timerCount + 1, "the delay");
    await (await attempt("alice")).expect(connack(false, 0));
    it.clock.advance(delay - 1);
    await (await attempt("alice")).expect(connack(false, 0));
    assertEquals(it.clock.timerCount, timerCount + 1);
    it.clock.advance(1);
    await client.expect(connack(false, 4));
  }
});

Deno.test("clients without a username wait together, each address for itself", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => client.clientId === "good" ? "allow" : "deny",
  });
  for (let i = 0; i < 5; i++) {
    const client = await it.dial();
    await client.send(connect({ clientId: "bad" }));
    await client.expect(connack(false, 5));
  }
  const { timerCount } = it.clock;
  const good = await it.dial();
  await good.send(connect({ clientId: "good" }));
  await until(() => it.clock.timerCount > timerCount, "the delay");
  it.clock.advance(1000);
  await good.expect(connack(false, 0));
});

Deno.test("a good login takes the failures before it away", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => client.clientId === "good" ? "allow" : "deny",
  });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) {
      const client = await it.dial();
      await client.send(connect({ clientId: "bad", username: "bob" }));
      await client.expect(connack(false, 4));
    }
    await (await it.open("good", { username: "bob" })).disconnect();
  }
});

Deno.test("a login that is delayed ends with the broker, and a delay ends with its client", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => client.username === "bob" ? "deny" : undefined,
  });
  const { timerCount } = it.clock;
  for (let i = 0; i < 6; i++) {
    const client = await it.dial();
    await client.send(connect({ clientId: "c", username: "bob" }));
    if (i < 5) await client.expect(connack(false, 4));
  }
  await until(() => it.clock.timerCount === timerCount + 1, "the delay");
  await it.broker.stop();
  assertEquals(it.clock.timerCount, 0);
});

Deno.test("a source that fails is no failed login", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: () => Promise.reject(new Error("no database")),
  });
  for (let i = 0; i < 8; i++) {
    const client = await it.dial();
    await client.send(connect({ clientId: "c", username: "bob" }));
    await client.expect(connack(false, 3));
  }
});
