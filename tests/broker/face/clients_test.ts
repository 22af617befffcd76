/** `clients`, `client`, `sessions`, `session`, `subscriptions`: found, listed and one by one. */
import { assert, assertEquals } from "@std/assert";
import { CTL, ManagedBroker } from "../../support/managed_broker.ts";
import { RawClient } from "../../support/raw_client.ts";
import { publish } from "../../support/raw_packets.ts";
import { connect5 } from "../../support/raw_packets5.ts";

Deno.test("clients and sessions: found by client id, username and address, whatever the case", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  await it.open("Sensor-1", { username: "alice" });
  await it.open("pump", { username: "BOB" });
  const ids = async (search?: string) =>
    (await managed.rows("clients", search === undefined ? {} : { search })).map((row) =>
      row.clientId
    );
  assertEquals(await ids(), ["Sensor-1", "pump"]);
  assertEquals(await ids(""), ["Sensor-1", "pump"]);
  assertEquals(await ids("SENS"), ["Sensor-1"]);
  assertEquals(await ids("bob"), ["pump"]);
  assertEquals(await ids("127.0.0."), ["Sensor-1", "pump"]);
  assertEquals(await ids("carol"), []);
  const sessions = await managed.rows("sessions", { search: "ALICE" });
  assertEquals(sessions.map(({ clientId }) => clientId), ["Sensor-1"]);
});

Deno.test("client: what its CONNECT said, in words; its will without the payload", async () => {
  await using managed = await ManagedBroker.start();
  await using client = await RawClient.dial(managed.it.address);
  await client.send(connect5({
    clientId: "five",
    properties: {
      sessionExpiryInterval: 0xffff_ffff,
      receiveMaximum: 5,
      userProperties: [["site", "<b>north</b>"]],
    },
    will: {
      topic: "gone",
      payload: "hidden",
      qos: 1,
      retain: true,
      properties: { willDelayInterval: 3 },
    },
  }));
  await client.expectPacket("CONNACK");
  const detail = await managed.result("client", { clientId: "five" });
  assertEquals(detail.client.protocolLevel, 5);
  assertEquals(detail.connect, [
    "session expiry interval: never",
    "receive maximum 5",
    "user property site=<b>north</b>",
    "will to gone: 6 bytes, QoS 1, retained, after 3 s",
  ]);
  assertEquals([detail.certificate, detail.bytesReceived, detail.bytesSent], [null, null, null]);
  assert(!JSON.stringify(detail).includes("hidden"));
  assertEquals(
    await managed.refusal("client", { clientId: "six" }),
    'no client "six" is connected',
  );
});

Deno.test("session: the queue in the order of sending, the first hundred; what is under way, with its state", async () => {
  await using managed = await ManagedBroker.start({ max_inflight: 2 });
  const { it } = managed;
  const lazy = await it.keep("lazy");
  await lazy.subscribed(["t/#", 2]);
  const busy = await it.open("busy");
  await busy.publish("t/1", "one", { qos: 1 });
  await busy.publish("t/2", "twotwo", { qos: 2 });
  for (let n = 0; n < 120; n++) await busy.publish(`t/q${n}`, "x".repeat(n), { qos: 1 });
  const { session, subscriptions, queue, inflight } = await managed.result("session", {
    clientId: "lazy",
  });
  assertEquals([session.queuedMessages, session.inflightOut], [120, 2]);
  assertEquals(subscriptions, [{ clientId: "lazy", topicFilter: "t/#", qos: 2 }]);
  assertEquals(inflight.map(({ topicName, qos, bytes, state }) => [topicName, qos, bytes, state]), [
    ["t/1", 1, 3, "sent"],
    ["t/2", 2, 6, "sent"],
  ]);
  assertEquals(inflight.map(({ packetId }) => packetId), [1, 2]);
  assertEquals(queue.length, 100);
  assertEquals([queue[0], queue[99]?.topicName], [
    { topicName: "t/q0", qos: 1, retain: false, bytes: 0, packetId: null, state: "queued" },
    "t/q99",
  ]);
  assertEquals(
    await managed.refusal("session", { clientId: "other" }),
    'no client "other" is known',
  );
});

Deno.test("session: thousands of subscriptions, and long names, are cut", async () => {
  await using managed = await ManagedBroker.start();
  const client = await managed.it.open("c");
  for (let n = 0; n < 1100; n += 100) {
    await client.subscribed(
      ...Array.from({ length: 100 }, (_, i) => [`f/${n + i}`, 0] as [string, 0]),
    );
  }
  const { session, subscriptions } = await managed.result("session", { clientId: "c" });
  assertEquals([session.subscriptions, subscriptions.length], [1100, 1000]);
});

Deno.test("subscriptions: of one client, and those that a topic name matches", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  const one = await it.open("one");
  await one.subscribed(["a/+", 0], ["a/#", 1], ["b", 0], ["$share/g/a/b", 2]);
  const two = await it.open("two");
  await two.subscribed(["a/b", 1], ["#", 0]);
  const found = async (args: Record<string, string>) =>
    (await managed.rows("subscriptions", args)).map((row) => [row.clientId, row.topicFilter]);
  assertEquals((await found({})).length, 6);
  assertEquals(await found({ clientId: "two" }), [["two", "a/b"], ["two", "#"]]);
  assertEquals((await found({ topicName: "a/b" })).toSorted(), [
    ["one", "$share/g/a/b"],
    ["one", "a/#"],
    ["one", "a/+"],
    ["two", "#"],
    ["two", "a/b"],
  ]);
  assertEquals(await found({ topicName: "b", clientId: "one" }), [["one", "b"]]);
  assertEquals(await found({ topicName: "$SYS/x" }), []);
  assertEquals(
    (await managed.refusal("subscriptions", { topicName: "a/+" })).startsWith('"a/+": '),
    true,
  );
  assertEquals(await managed.refusal("subscriptions", { clientId: "x" }), 'no client "x" is known');
});

Deno.test("a client whose login is being decided is one too", async () => {
  const answer = Promise.withResolvers<"allow">();
  const asked = Promise.withResolvers<void>();
  await using managed = await ManagedBroker.start({}, {
    authenticate: ({ client }) => {
      if (client.clientId !== "new") return undefined;
      asked.resolve();
      return answer.promise;
    },
  });
  const { connect } = await import("../../support/raw_packets.ts");
  const raw = await managed.it.dial();
  await raw.send(connect({ clientId: "new" }));
  await asked.promise;
  const { client } = await managed.result("client", { clientId: "new" }, CTL);
  assertEquals([client.connected, client.waits], [false, ["its login is being decided"]]);
  answer.resolve("allow");
  await raw.expectPacket("CONNACK");
  await raw.send(publish("t", "x"));
});
