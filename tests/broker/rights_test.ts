/** Rights asked about again: at a resumption, after rules have changed, and by sources that take their time or fail. */
import { assert, assertEquals } from "@std/assert";
import type { Verdict } from "../../lib/plugin/decisions.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { connack, connect, puback, pubcomp, publish, pubrec } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

/** Questions about subscriptions that wait until the test answers them. */
class Slow {
  isSlow = false;
  readonly waiting: { topic: string; clientId: string; answer(verdict: Verdict): void }[] = [];

  readonly authorize = (
    request: { action: string; topic: string; client: { clientId: string } },
  ): Verdict | Promise<Verdict> => {
    const { action, topic, client: { clientId } } = request;
    if (!this.isSlow || action !== "subscribe") return "allow";
    return new Promise((resolve) => this.waiting.push({ topic, clientId, answer: resolve }));
  };

  /** The questions that wait, about these topics, in their order. */
  async asked(...topics: string[]): Promise<void> {
    await until(() => this.waiting.length >= topics.length, `questions about ${topics}`);
    assertEquals(this.waiting.map(({ topic }) => topic), topics);
  }

  /** Answers all that wait. */
  answer(verdict: Verdict): void {
    for (const { answer } of this.waiting.splice(0)) answer(verdict);
  }
}

const DOWN: Verdict = { result: "deny", failed: true, because: "down" };

Deno.test("a session is resumed by its own username only; another gets a new one, and the old one is gone", async () => {
  const dropped: string[] = [];
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => client.username === undefined ? undefined : "allow",
    messageDropped: ({ clientId, reason }) => void dropped.push(`${clientId} ${reason}`),
  });
  const owners = [{ username: "alice" }, { username: "Alice" }, {}, { username: "" }];
  for (const owner of owners.slice(0, 3)) {
    for (const other of owners.filter((one) => one.username !== owner.username)) {
      if (other.username === "") continue; // what counts as none
      const mine = await it.keep("c", owner);
      await mine.subscribed(["secret/#", 2]);
      it.broker.publish({ topicName: "secret/under way", payload: "x", qos: 2 });
      await mine.take();
      await mine.drop();
      it.broker.publish({ topicName: "secret/queued", payload: "x", qos: 1 });
      const theirs = await it.keep("c", other);
      assert(!theirs.sessionPresent, JSON.stringify([owner, other]));
      it.broker.publish({ topicName: "secret/now", payload: "x", qos: 1 });
      await theirs.nothing();
      assertEquals(dropped.splice(0), ["c session ended"]);
      await theirs.disconnect();
      const back = await it.keep("c", owner);
      assert(!back.sessionPresent);
      await back.nothing();
      await it.broker.kick("c");
      await (await it.open("c", owner)).disconnect(); // a clean one, which ends it
    }
  }
});

Deno.test("takeover any: a connected client of another user is closed, and its session ends", async () => {
  await using it = await ClockedBroker.start({}, { authenticate: () => "allow" });
  const alice = await it.keep("c", { username: "alice" });
  await alice.subscribed(["t", 1]);
  const mallory = await it.keep("c", { username: "mallory" });
  await alice.raw.expectClosed();
  assertEquals([mallory.sessionPresent, it.broker.metrics.subscriptionsCount], [false, 0]);
  assertEquals(it.logged("another user's").length, 1);
});

Deno.test("takeover same_user: another user is refused, whether the session's client is there or not", async () => {
  await using it = await ClockedBroker.start({ takeover: "same_user" }, {
    authenticate: ({ client }) => client.username === undefined ? undefined : "allow",
  });
  const alice = await it.keep("c", { username: "alice" });
  await alice.subscribed(["t", 1]);
  const others = async () => {
    for (const options of [{ username: "mallory" }, {}]) {
      for (const cleanSession of [true, false]) {
        const other = await it.dial();
        await other.send(connect({ clientId: "c", cleanSession, ...options }));
        await other.expect(connack(false, 2));
        await other.expectClosed();
      }
    }
  };
  await others();
  await alice.ping();
  await alice.disconnect();
  await others();
  it.broker.publish({ topicName: "t", payload: "mine", qos: 1 });
  const back = await it.keep("c", { username: "alice" });
  assert(back.sessionPresent);
  await back.gets("mine/1");
});

Deno.test("a name that was only claimed does not resume the session of one that was proven, nor the other way", async () => {
  const claims = inlinePlugin({
    authenticate: ({ password }) => password === undefined ? "allow" : undefined,
  }, { admitsWithoutProof: true });
  const proofs = inlinePlugin({
    authenticate: ({ password }) => password === undefined ? undefined : "allow",
  });
  await using it = await ClockedBroker.start({ plugins: { [claims]: null, [proofs]: null } });
  const [proven, claimed] = [{ username: "alice", password: "x" }, { username: "alice" }];
  for (const [first, second] of [[proven, claimed], [claimed, proven]]) {
    await (await it.keep("c", first)).disconnect();
    const same = await it.keep("c", first);
    assert(same.sessionPresent);
    await same.disconnect();
    assert(!(await it.keep("c", second)).sessionPresent);
    await (await it.open("c", second)).disconnect();
  }
});

Deno.test("a resumed session delivers nothing before its rights are known, however often its client returns", async () => {
  const slow = new Slow();
  await using it = await ClockedBroker.start({}, { authorize: slow.authorize });
  const first = await it.keep("c");
  await first.subscribed(["t", 2]);
  for (const payload of ["released", "under way"]) {
    it.broker.publish({ topicName: "t", payload, qos: 2 });
  }
  const ids = [(await first.take()).id, (await first.take()).id];
  await first.raw.send(pubrec(ids[0]!));
  await first.raw.expect(new Uint8Array([0x62, 2, 0, ids[0]!]));
  await first.drop();
  it.broker.publish({ topicName: "t", payload: "queued", qos: 1 });
  slow.isSlow = true;
  for (let i = 0; i < 3; i++) {
    const again = await it.keep("c");
    assert(again.sessionPresent);
    await again.raw.expect(new Uint8Array([0x62, 2, 0, ids[0]!])); // [MQTT-4.4.0-1]
    await slow.asked("t");
    await again.nothing();
    await again.drop();
    slow.answer("allow"); // too late: its client has gone
  }
  const last = await it.keep("c");
  await last.raw.expect(new Uint8Array([0x62, 2, 0, ids[0]!]));
  await last.raw.send(pubcomp(ids[0]!));
  it.broker.publish({ topicName: "t", payload: "live", qos: 0 });
  it.broker.publish({ topicName: "t", payload: "live", qos: 1 });
  await last.nothing();
  await slow.asked("t");
  slow.answer("allow");
  await last.gets("under way/2/dup", "queued/1", "live/0", "live/1");
  it.broker.publish({ topicName: "t", payload: "after", qos: 0 });
  await last.gets("after/0");
});

Deno.test("what is denied at a resumption ends, with what waits for it alone", async () => {
  const slow = new Slow();
  const dropped: string[] = [];
  await using it = await ClockedBroker.start({}, {
    authorize: slow.authorize,
    messageDropped: ({ message, reason }) => void dropped.push(`${message.topicName} ${reason}`),
  });
  const first = await it.keep("c");
  await first.subscribed(["lost/#", 2], ["$share/g/gone/+", 1], ["+/both", 1], ["left", 1]);
  for (const [topicName, qos] of [["lost/1", 1], ["lost/2", 2], ["lost/both", 1]] as const) {
    it.broker.publish({ topicName, payload: topicName, qos });
    await first.take();
  }
  it.broker.publish({ topicName: "left", payload: "left", qos: 1 });
  await first.take();
  await first.unsubscribe("left");
  await first.drop();
  for (const topicName of ["lost/x", "gone/x", "lost/both"]) {
    it.broker.publish({ topicName, payload: topicName, qos: 1 });
  }
  slow.isSlow = true;
  const back = await it.keep("c");
  await slow.asked("lost/#", "gone/+", "+/both");
  for (const { topic, answer } of slow.waiting.splice(0)) {
    answer(topic === "+/both" ? "allow" : "deny");
  }
  await back.gets("lost/both/1/dup", "left/1/dup", "lost/both/1");
  await back.nothing();
  assertEquals(dropped.sort(), [
    "gone/x right lost",
    "lost/1 right lost",
    "lost/2 right lost",
    "lost/x right lost",
  ]);
  assertEquals(it.broker.metrics.inflightOut, 0);
});

Deno.test("a source that is down ends nothing: delivery waits, it is asked again after 1, 2, ... 30 s", async () => {
  const slow = new Slow();
  await using it = await ClockedBroker.start({}, { authorize: slow.authorize });
  const first = await it.keep("c");
  await first.subscribed(["t", 1]);
  await first.disconnect();
  it.broker.publish({ topicName: "t", payload: "queued", qos: 1 });
  slow.isSlow = true;
  const back = await it.keep("c");
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    await slow.asked("t");
    slow.answer(DOWN);
    await back.nothing();
    it.clock.advance(seconds * 1000 - 1);
    assertEquals(slow.waiting.length, 0);
    it.clock.advance(1);
  }
  await slow.asked("t");
  slow.answer("allow");
  await back.gets("queued/1");
  await back.disconnect();
  const again = await it.keep("c");
  await slow.asked("t");
  slow.answer(DOWN);
  await again.nothing();
  await again.disconnect();
  it.clock.advance(60_000);
  assertEquals(slow.waiting.length, 0, "no one waits for the answer any more");
});

Deno.test("doubt at a reload ends no living subscription, and is asked about again", async () => {
  let verdict: Verdict = undefined;
  await using it = await ClockedBroker.start({ acl_nomatch: "deny" }, {
    authorize: ({ action }) => action === "publish" ? "allow" : verdict,
  });
  verdict = "allow";
  const reader = await it.open("reader");
  await reader.subscribed(["t", 1]);
  verdict = { result: undefined, failed: true, because: "500" }; // on_error: ignore
  assertEquals(await it.broker.reloadRules(), []);
  it.broker.publish({ topicName: "t", payload: "still", qos: 1 });
  await reader.gets("still/1");
  verdict = "deny";
  it.clock.advance(1000);
  await until(() => it.logged("lost its subscription").length === 1, "the end");
  it.broker.publish({ topicName: "t", payload: "no more", qos: 1 });
  await reader.nothing();
});

Deno.test("doubt is not remembered: what was let through by acl_nomatch is asked again", async () => {
  let [questions, isDown] = [0, true];
  await using it = await ClockedBroker.start({ acl_nomatch: "allow" }, {
    authorize: () => {
      questions++;
      return isDown ? { result: undefined, failed: true } : "deny";
    },
    authorizeReceive: () => {
      if (isDown) throw new Error("down");
      return "allow";
    },
  });
  const reader = await it.open("reader");
  await reader.subscribed(["t", 1]);
  const writer = await it.open("writer");
  await writer.publish("t", "one", { qos: 1 });
  await writer.publish("t", "two", { qos: 1 });
  assertEquals(questions, 3);
  await reader.nothing(); // the receive rule fails
  isDown = false;
  await writer.publish("t", "three", { qos: 1 });
  assertEquals(questions, 4);
  it.broker.publish({ topicName: "t", payload: "four", qos: 1 });
  await reader.gets("four/1");
});

Deno.test("a revocation does not wait for another client's 3,000 subscriptions, nor is anything delivered meanwhile", async () => {
  const slow = new Slow();
  await using it = await ClockedBroker.start({ max_inflight: 1000 }, { authorize: slow.authorize });
  const hog = await it.open("hog");
  for (let i = 0; i < 3000; i += 100) {
    await hog.subscribed(
      ...Array.from({ length: 100 }, (_, j) => [`hog/${i + j}`, 0] as [string, number]),
    );
  }
  const victim = await it.open("victim");
  await victim.subscribed(["secret", 1], ["$SYS/none", 0]);
  slow.isSlow = true;
  const reloaded = it.broker.reloadRules();
  await until(() => slow.waiting.length > 2, "the questions");
  assert(slow.waiting.length <= 256, `${slow.waiting.length} at a time`);
  it.broker.publish({ topicName: "secret", payload: "x", qos: 1 });
  it.broker.publish({ topicName: "secret", payload: "x", qos: 0 });
  it.broker.publish({ topicName: "hog/0", payload: "waits", qos: 0 });
  for (const client of [victim, hog]) await client.nothing();
  const [mine, others] = [true, false].map((isMine) =>
    slow.waiting.filter(({ clientId }) => (clientId === "victim") === isMine)
  );
  assertEquals(mine!.map(({ topic }) => topic), ["secret", "$SYS/none"]);
  for (const { answer } of mine!) answer("deny");
  await until(() => it.logged("victim").length === 2, "the end of both");
  assertEquals(others!.length, 8);
  await victim.nothing();
  slow.isSlow = false;
  for (const { answer } of others!) answer("allow");
  await reloaded;
  await hog.gets("waits/0");
});

Deno.test("a hook that never answers has an end: a publish, a reload, a setup that comes too late", async () => {
  const never = new Promise<never>(() => {});
  let isStuck = true;
  await using it = await ClockedBroker.start({}, {
    authorize: ({ action }) => isStuck && action === "publish" ? never : undefined,
    brokerReloading: () => isStuck ? never : undefined,
  });
  const client = await it.open("c");
  const timers = it.clock.timerCount;
  await client.raw.send(publish("t", "x", { qos: 1, id: 7 }));
  const reloaded = it.broker.reloadRules();
  await until(() => it.clock.timerCount >= timers + 2, "two deadlines");
  it.clock.advance(30_000);
  await client.raw.expect(puback(7)); // denied, and so acknowledged
  const [problem] = await reloaded;
  assert(problem?.endsWith(": brokerReloading has not finished in 30 s"), problem);
  isStuck = false;
  assertEquals(await it.broker.reloadRules(), []);
});

Deno.test("what one lost subscription had waiting is gone with it", async () => {
  let verdict: Verdict = "allow";
  await using it = await ClockedBroker.start({}, { authorize: () => verdict });
  const reader = await it.keep("c");
  await reader.subscribed(["t", 1]);
  await reader.disconnect();
  it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  verdict = "deny";
  await (await it.keep("c")).nothing();
  assertEquals(it.broker.metrics.messagesQueued, 0);
});

Deno.test("a check that is over is not repeated; one that waits ends with its connection, and with the broker", async () => {
  const slow = new Slow();
  const signals: AbortSignal[] = [];
  await using it = await ClockedBroker.start({}, {
    authorize: (request) => {
      signals.push(request.signal);
      return slow.authorize(request);
    },
  });
  const timers = it.clock.timerCount;
  const first = await it.keep("c");
  await first.subscribed(["t", 1]);
  await first.disconnect();
  slow.isSlow = true;
  const second = await it.keep("c");
  await slow.asked("t");
  slow.answer("allow");
  await second.ping();
  it.clock.advance(60_000);
  assertEquals([slow.waiting.length, it.clock.timerCount], [0, timers]);
  await second.disconnect();
  const third = await it.keep("c");
  await slow.asked("t");
  const asked = signals.at(-1)!;
  assert(!asked.aborted);
  await third.disconnect();
  await until(() => asked.aborted, "the signal");
  slow.answer("allow"); // no one hears it
  const fourth = await it.keep("c");
  await slow.asked("t");
  slow.answer(DOWN);
  await until(() => it.clock.timerCount === timers + 1, "the time to ask again");
  await fourth.disconnect();
  await until(() => it.clock.timerCount === timers, "the end of the check");
  await it.keep("c");
  await slow.asked("t");
  slow.answer(DOWN);
  await until(() => it.clock.timerCount === timers + 1, "the time to ask again");
  await it.broker.stop();
  assertEquals(it.clock.timerCount, 0);
});

Deno.test("a reload does not let a resumed session deliver before its source answers", async () => {
  const slow = new Slow();
  await using it = await ClockedBroker.start({}, { authorize: slow.authorize });
  const first = await it.keep("c");
  await first.subscribed(["t", 1]);
  await first.disconnect();
  it.broker.publish({ topicName: "t", payload: "queued", qos: 1 });
  slow.isSlow = true;
  const back = await it.keep("c");
  await slow.asked("t");
  slow.answer(DOWN);
  const reloaded = it.broker.reloadRules();
  await slow.asked("t");
  slow.answer(DOWN);
  await reloaded;
  await back.nothing();
  slow.isSlow = false;
  it.clock.advance(1000);
  await back.gets("queued/1");
});

Deno.test("after a reload clients that are there come before those that are not, few subscriptions before many", async () => {
  const asked: string[] = [];
  let isReloading = false;
  await using it = await ClockedBroker.start({}, {
    authorize: ({ client, topic }) => {
      if (!isReloading) return undefined;
      asked.push(`${client.clientId} ${topic}`);
      it.clock.advance(3); // more than a turn's work
      return "deny";
    },
  });
  const away = await it.keep("away");
  await away.subscribed(["a", 0]);
  await away.disconnect();
  const many = await it.open("many");
  await many.subscribed(["a", 0], ["b", 0], ["c", 0]);
  await (await it.open("few")).subscribed(["a", 0], ["b", 0]);
  isReloading = true;
  assertEquals(await it.broker.reloadRules(), []);
  assertEquals(asked, ["few a", "few b", "many a", "many b", "many c", "away a"]);
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
  await many.ping();
});
