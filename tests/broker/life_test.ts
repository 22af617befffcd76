/** Start, stop and reload: nothing stays open, nothing waits for ever, nobody is disconnected. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker, UserError } from "../../mod.ts";
import { captureLog, ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { RawClient, within } from "../support/raw_client.ts";
import { connect, publish, subscribe } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";
import { freePort } from "../services/free_port.ts";

/** Plugins that let everybody in, and one of these hooks. */
function pluginsWith(...setups: Parameters<typeof inlinePlugin>) {
  return { auth_anonymous: null, [inlinePlugin(...setups)]: null };
}

Deno.test("a port that is taken: an error that names it, and nothing is open", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const disposed: string[] = [];
  const listeners = {
    first: { bind: "127.0.0.1:0" },
    second: { bind: `127.0.0.1:${taken.addr.port}` },
  };
  const clock = new FakeClock();
  const broker = new Broker(
    testConfig({
      listeners,
      plugins: pluginsWith((context) => {
        context.clock.every(1000, () => {});
        return { dispose: () => void disposed.push("plugin") };
      }),
    }),
    clock,
  );
  const error = await assertRejects(() => broker.start(), UserError);
  assertEquals(error.problems, [
    `listeners.second.bind: cannot listen on 127.0.0.1:${taken.addr.port}: ` +
    "the port is taken by another process",
  ]);
  assertEquals([broker.listeners.length, clock.timerCount, disposed], [0, 0, ["plugin"]]);
  await broker.stop();
});

Deno.test("a port that another listener of ours has, under a name: it is named", async () => {
  const port = freePort();
  const listeners = {
    first: { bind: `localhost:${port}` },
    second: { bind: `LOCALHOST:${port}` },
  };
  const broker = new Broker(testConfig({ listeners }));
  const error = await assertRejects(() => broker.start(), UserError);
  assertEquals(error.problems, [
    `listeners.second.bind: cannot listen on LOCALHOST:${port}: ` +
    "the port is taken by listener first (localhost), or by another process",
  ]);
});

Deno.test("a plugin that cannot be set up: those before it are disposed, no listener opens", async () => {
  const disposed: string[] = [];
  const [good, bad] = [
    inlinePlugin({ dispose: () => void disposed.push("good") }),
    inlinePlugin(() => {
      throw new Error("no database");
    }),
  ];
  const broker = new Broker(testConfig({ plugins: { [good]: null, [bad]: null } }));
  const error = await assertRejects(() => broker.start(), UserError);
  assertEquals(error.problems, [`plugins.${bad}: no database`]);
  assertEquals([disposed, broker.listeners.length], [["good"], 0]);
});

Deno.test("a broker starts once", async () => {
  await using it = await ClockedBroker.start();
  await assertRejects(() => it.broker.start(), Error, "expected new");
});

Deno.test("stop gives clients what is queued, closes all, and can be called again", async () => {
  const it = await ClockedBroker.start();
  const { address } = it;
  const client = await it.open("c");
  await client.subscribed(["t", 0]);
  it.broker.publish({ topicName: "t", payload: "last words" });
  const stopping = it.broker.stop();
  assertEquals(it.broker.stop(), stopping);
  await stopping;
  assertEquals((await client.raw.expectPublish()).payload, "last words");
  await client.raw.expectClosed();
  await assertRejects(() => RawClient.dial(address), Error);
  assertEquals([it.clock.timerCount, it.broker.clients.length], [0, 0]);
  await it[Symbol.asyncDispose]();
});

Deno.test("stop is bounded when a client does not read and a plugin never answers", async () => {
  const never = new Promise<never>(() => {});
  const disposed: string[] = [];
  await using it = await ClockedBroker.start({ max_write_backlog: 0 }, {
    authorize: ({ topic }) => topic === "ask" ? never : undefined,
    brokerStopping: () => never,
    brokerStopped: () => never,
    dispose: () => void disposed.push("plugin"),
  });
  const deaf = await it.open("deaf");
  await deaf.subscribed(["t", 0]);
  const asking = await it.open("asking");
  await asking.raw.send(publish("ask", "x"));
  for (let i = 0; i < 200; i++) {
    it.broker.publish({ topicName: "t", payload: new Uint8Array(100_000) });
  }
  await within(it.broker.stop(), "the end of the stop");
  assertEquals([it.broker.clients.length, it.clock.timerCount], [0, 0]);
  assertEquals(disposed, ["plugin"]);
  assert(it.logged("brokerStopping").length === 1, it.log.join("\n"));
});

Deno.test("stop while the start is under way stops what it started", async () => {
  const { promise: setUp, resolve } = Promise.withResolvers<void>();
  const disposed: string[] = [];
  const broker = new Broker(testConfig({
    plugins: pluginsWith(async () => {
      await setUp;
      return { dispose: () => void disposed.push("plugin") };
    }),
  }));
  const starting = broker.start();
  const stopping = broker.stop();
  resolve();
  await starting.catch(() => {});
  await stopping;
  assertEquals([broker.listeners.length, disposed], [0, ["plugin"]]);
});

Deno.test("stop before the start is the end of it", async () => {
  const broker = new Broker(testConfig({}));
  await broker.stop();
  await assertRejects(() => broker.start(), Error, "stopped");
});

Deno.test("a will is not published because the broker stops", async () => {
  const broadcast: string[] = [];
  const it = await ClockedBroker.start({}, {
    messageBroadcast: ({ message }) => void broadcast.push(message.topicName),
  });
  await it.open("c", { will: { topic: "gone" } });
  await it.broker.stop();
  assertEquals(broadcast, []);
  await it[Symbol.asyncDispose]();
});

Deno.test("two brokers in one process share nothing", async () => {
  await using one = await ClockedBroker.start();
  await using other = await ClockedBroker.start();
  const [a, b] = [await one.open("same"), await other.open("same")];
  await a.subscribed(["t", 1]);
  await b.subscribed(["t", 1]);
  await a.publish("t", "for one", { qos: 1, retain: true });
  await a.gets("for one/1");
  await b.nothing();
  assertEquals([one.broker.metrics.retainedCount, other.broker.metrics.retainedCount], [1, 0]);
  await one.broker.stop();
  await b.publish("t", "still here", { qos: 1 });
  await b.gets("still here/1");
});

Deno.test("reload: nobody is disconnected, unchanged plugins are left alone, lines say what changed", async () => {
  const life: string[] = [];
  const named = (name: string) =>
    inlinePlugin(() => {
      life.push(`set up ${name}`);
      return {
        brokerReloading: () => void life.push(`reloading ${name}`),
        dispose: () => void life.push(`dispose ${name}`),
      };
    });
  const [kept, gone, fresh] = [named("kept"), named("gone"), named("fresh")];
  await using it = await ClockedBroker.start({ plugins: { [kept]: null, [gone]: null } });
  const client = await it.open("c");
  life.length = 0;
  const changed = testConfig({
    plugins: { auth_anonymous: null, [kept]: null, [fresh]: null },
    max_total_write_backlog: "1MiB",
  });
  changed.listeners[0]!.port = 4711;
  const { changes } = await it.broker.reload(changed);
  assertEquals(changes, [
    `plugin ${gone} disposed`,
    `plugin ${fresh} set up`,
    "listeners changed: this takes effect at the next start",
    "max_total_write_backlog changed: this takes effect at the next start",
  ]);
  assertEquals(life, ["set up fresh", "dispose gone", "reloading kept", "reloading fresh"]);
  await client.ping();
});

Deno.test("reload: what waits for the next start is said at every reload until it is taken back", async () => {
  await using it = await ClockedBroker.start();
  const options = { plugins: { auth_anonymous: null } };
  const waiting = testConfig({
    ...options,
    data_dir: "elsewhere",
    management: { path: "elsewhere.sock" },
    max_total_write_backlog: "1MiB",
    max_packet_size: "2MiB",
  });
  const said = ["max_total_write_backlog", "data_dir", "management"].map((key) =>
    `${key} changed: this takes effect at the next start`
  );
  for (const _ of [1, 2]) assertEquals((await it.broker.reload(waiting)).changes, said);
  assertEquals((await it.broker.reload(testConfig(options))).changes, []);
});

Deno.test("reload: what cannot be set up changes nothing", async () => {
  const disposed: string[] = [];
  const asked: string[] = [];
  const old = inlinePlugin({
    authorize: ({ topic }) => void asked.push(topic),
    dispose: () => void disposed.push("old"),
  });
  const fresh = inlinePlugin({ dispose: () => void disposed.push("fresh") });
  const bad = inlinePlugin(() => {
    throw new Error("no database");
  });
  await using it = await ClockedBroker.start({ plugins: { [old]: null } });
  const config = testConfig({ plugins: { [fresh]: null, [bad]: null } });
  await assertRejects(() => it.broker.reload(config), UserError, "no database");
  assertEquals(disposed, ["fresh"]);
  await (await it.open("c")).publish("t", "x", { qos: 1 });
  assertEquals(asked, ["t"]);
});

Deno.test("reload: old plugins decide until the new ones do, and only then are disposed", async () => {
  let isDisposed = false;
  const old = inlinePlugin({
    authorize: () => isDisposed ? "deny" : "allow",
    dispose: async () => {
      isDisposed = true;
      await within(client.publish("t", "while it is disposed", { qos: 1 }), "a publish");
    },
  });
  await using it = await ClockedBroker.start({ plugins: { [old]: null } });
  const client = await it.open("c");
  const reader = await it.open("reader");
  await reader.subscribed(["t", 1]);
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null } }));
  await reader.gets("while it is disposed/1");
});

Deno.test("reload: two at once are done one after the other", async () => {
  const life: string[] = [];
  const named = (name: string) =>
    inlinePlugin(async () => {
      await Promise.resolve();
      life.push(`set up ${name}`);
      return { dispose: () => void life.push(`dispose ${name}`) };
    });
  const [a, b] = [named("a"), named("b")];
  await using it = await ClockedBroker.start({ plugins: { [a]: null } });
  const first = it.broker.reload(testConfig({ plugins: { [b]: null } }));
  const second = it.broker.reload(testConfig({ plugins: { [a]: null } }));
  await Promise.all([first, second]);
  assertEquals(life, ["set up a", "set up b", "dispose a", "set up a", "dispose b"]);
});

Deno.test("reload needs a broker that runs", async () => {
  const broker = new Broker(testConfig({}));
  await assertRejects(() => broker.reload(testConfig({})), Error, "expected started");
});

Deno.test("reload: packets of clients that are there already are shown to a new observer, and no more to an old one", async () => {
  const seen: string[] = [];
  const observer = inlinePlugin({
    packetReceived: ({ packet }) => void seen.push(packet.type),
    packetSent: ({ packet }) => void seen.push(packet.type),
  });
  await using it = await ClockedBroker.start();
  const client = await it.open("c");
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null, [observer]: null } }));
  await client.ping();
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null } }));
  await client.ping();
  assertEquals(seen, ["pingreq", "pingresp"]);
});

Deno.test("reload: limits hold for the next connections and sessions", async () => {
  await using it = await ClockedBroker.start();
  const before = await it.open("before");
  await it.broker.reload(
    testConfig({ plugins: { auth_anonymous: null }, max_packet_size: 100, max_skipped_size: 100 }),
  );
  await before.publish("t", "x".repeat(200), { qos: 1 });
  const after = await it.open("after");
  await after.raw.sendAnyway(publish("t", "x".repeat(200), { qos: 1 }));
  await after.raw.expectClosed();
});

Deno.test("the broker checks what it publishes in its own name", async () => {
  await using it = await ClockedBroker.start();
  const bad = (message: unknown) =>
    assertRejects(() => Promise.resolve().then(() => it.broker.publish(message as never)), Error);
  await bad({ topicName: "a/#", payload: "" });
  await bad({ topicName: "", payload: "" });
  await bad({ topicName: "t", payload: "", qos: 3 });
  await bad({ topicName: "t", payload: 5 });
  await bad({ topicName: "t" });
  it.broker.publish({ topicName: "$SYS/t", payload: "x", retain: true });
});

for (const hook of ["clientConnected", "clientSubscribed", "messageReceived"] as const) {
  Deno.test(`a kick in ${hook} ends the connection, and nothing is sent to it any more`, async () => {
    let isArmed = false;
    await using it = await ClockedBroker.start({}, (context) => ({
      [hook]: () => void (isArmed && context.kick("victim")),
    }));
    const first = await it.keep("victim");
    await first.subscribed(["t", 1]);
    await first.disconnect();
    isArmed = true;
    const victim = await it.dial();
    await victim.send(connect({ clientId: "victim", cleanSession: false }));
    await victim.sendAnyway(subscribe(1, ["u", 1]), publish("v", "x", { qos: 1, id: 7 }));
    await victim.readToEnd();
    assertEquals(it.broker.clients.length, 0);
    it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
    assertEquals(it.broker.metrics.messagesQueued, 1);
    assertEquals(it.broker.kick("victim"), false);
  });
}

Deno.test("10,000 connects and disconnects leave no session, connection or timer", async () => {
  await using it = await ClockedBroker.start();
  const { timerCount } = it.clock;
  const one = async (n: number) => {
    await using client = await RawClient.open(it.address, { clientId: `c${n % 50}x${n}` });
    if (n % 3 === 0) await client.send(subscribe(1, [`t/${n}`, 1]));
    if (n % 2 === 0) await client.send(Uint8Array.of(0xe0, 0));
  };
  for (let n = 0; n < 10_000; n += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => one(n + i)));
  }
  const { metrics } = it.broker;
  await until(() => metrics.clientsConnected === 0, "the last end");
  assertEquals([metrics.clientsDisconnected, metrics.subscriptionsCount], [0, 0]);
  assertEquals([metrics.messagesQueued, it.clock.timerCount], [0, timerCount]);
});

Deno.test("a log line about a connection's fault does not stop the others", async () => {
  const log = captureLog();
  await using it = await ClockedBroker.start();
  const good = await it.open("good");
  const bad = await it.dial();
  await bad.sendAnyway(Uint8Array.of(0xf0, 0));
  await bad.readToEnd();
  await good.ping();
  assertEquals(log.length, 0);
  assertEquals(it.log.length, 1);
});
