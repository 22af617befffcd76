/** Wills: every cause that publishes one, every cause that does not, and who may publish them. */
import { assertEquals } from "@std/assert";
import type { Hooks } from "../../mod.ts";
import type { Peer } from "../conformance/peer.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { bytes, connack, connect, publish } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

const WILL = { topic: "will", payload: "gone", qos: 1 };

/** A client with a will and somebody who hears it. */
async function scene(it: ClockedBroker, keepAlive = 60) {
  const reader = await it.open("reader", { keepAlive: 0 });
  await reader.subscribed(["will", 1]);
  const client = await it.open("c", { will: WILL, keepAlive });
  return { reader, client };
}

const CAUSES: Record<string, (it: ClockedBroker, client: Peer) => unknown> = {
  "the connection ends without DISCONNECT": (_, client) => client.raw.close(),
  "half-close": (_, client) => client.raw.closeWrite(),
  "keep-alive": async (it, client) => {
    // What was received last is known once it was answered.
    await client.ping();
    it.clock.advance(90_500);
  },
  "malformed bytes": (_, client) => client.raw.sendAnyway(bytes(0xf0, 0)),
  "a protocol error": (_, client) => client.raw.sendAnyway(connect()),
  "takeover": async (it) => {
    await it.open("c");
  },
  "kick": (it) => it.broker.kick("c"),
  "a denied publish that disconnects": (_, client) => client.raw.sendAnyway(publish("denied", "x")),
};

const DENIES: Hooks = { authorize: ({ topic }) => topic === "denied" ? "deny" : undefined };

for (const [cause, act] of Object.entries(CAUSES)) {
  Deno.test(`a will is published: ${cause}`, async () => {
    await using it = await ClockedBroker.start({ acl_deny_action: "disconnect" }, DENIES);
    const { reader, client } = await scene(it);
    await act(it, client);
    await reader.gets("gone/1");
    await reader.nothing();
  });
}

Deno.test("no will after DISCONNECT", async () => {
  await using it = await ClockedBroker.start();
  const { reader, client } = await scene(it);
  await client.disconnect();
  await reader.nothing();
});

Deno.test("a refused CONNECT's will is not published", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => client.username === "no" ? "deny" : undefined,
  });
  const reader = await it.open("reader");
  await reader.subscribed(["will", 1]);
  const client = await it.dial();
  await client.send(connect({ clientId: "c", username: "no", will: WILL }));
  await client.expect(connack(false, 4));
  await client.expectClosed();
  await reader.nothing();
});

Deno.test("a retained will is retained, with its QoS", async () => {
  await using it = await ClockedBroker.start();
  const client = await it.open("c", { will: { ...WILL, qos: 2, retain: true } });
  await client.drop();
  const reader = await it.open("reader");
  await reader.subscribed(["will", 2]);
  await reader.gets("gone/2/r");
});

Deno.test("a will that its client may not publish is dropped, logged and counted", async () => {
  const dropped: string[] = [];
  await using it = await ClockedBroker.start({}, {
    authorize: ({ topic, client }) =>
      topic === "will" && client.clientId === "c" ? "deny" : undefined,
    messageDropped: ({ clientId, reason }) => void dropped.push(`${clientId}: ${reason}`),
  });
  // deny applies to c's publish alone: the reader subscribes under another id
  const { reader, client } = await scene(it);
  await client.drop();
  await until(() => dropped.length > 0, "the drop");
  await reader.nothing();
  assertEquals(dropped, ["c: denied"]);
  assertEquals(it.logged("may not publish to will").length, 1);
});

Deno.test("a will waits for an answer that takes its time", async () => {
  for (const answer of ["allow", "deny"] as const) {
    const { promise, resolve } = Promise.withResolvers<"allow" | "deny">();
    let isAsked = false;
    await using it = await ClockedBroker.start({}, {
      authorize({ action, client }) {
        if (action !== "publish" || client.clientId !== "c") return undefined;
        isAsked = true;
        return promise;
      },
    });
    const { reader, client } = await scene(it);
    await client.drop();
    await until(() => isAsked, "the question");
    await reader.nothing();
    resolve(answer);
    if (answer === "allow") await reader.gets("gone/1");
    await reader.nothing();
  }
});

Deno.test("a superuser's will is not asked about", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => ({ result: "allow", superuser: client.clientId === "c" }),
    authorize: ({ action }) => action === "publish" ? "deny" : undefined,
  });
  const { reader, client } = await scene(it);
  await client.drop();
  await reader.gets("gone/1");
});

Deno.test("a will to a $ topic is dropped, by name", async () => {
  const dropped: string[] = [];
  await using it = await ClockedBroker.start({}, {
    messageDropped: ({ message, reason }) => void dropped.push(`${message.topicName}: ${reason}`),
  });
  const client = await it.open("c", { will: { topic: "$SYS/fake", payload: "x", retain: true } });
  await client.drop();
  await until(() => dropped.length === 1, "the drop");
  assertEquals(dropped, ["$SYS/fake: $ topic"]);
});

Deno.test("a will topic that cannot be published to closes the connection at once", async () => {
  await using it = await ClockedBroker.start({ max_topic_levels: 3, max_topic_length: 10 });
  for (const topic of ["a/#", "", "a/b/c/d", "a".repeat(11), "\u00fc".repeat(6)]) {
    const client = await it.dial();
    await client.sendAnyway(connect({ clientId: "c", will: { topic } }));
    await client.expectClosed();
  }
});
