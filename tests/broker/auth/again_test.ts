/** Re-authentication, section 4.12.1: a connected client proves anew who it is, and is served meanwhile. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Hooks } from "../../../mod.ts";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { type RawClient } from "../../support/raw_client.ts";
import { PINGREQ } from "../../support/raw_packets.ts";
import { connect5, puback5, publish5, subscribe5 } from "../../support/raw_packets5.ts";
import { until } from "../../support/until.ts";
import { type Asked, begin, counting, goOn, said } from "./support.ts";

/** A client that was let in as alice. */
async function enter(it: ClockedBroker, words = "user alice"): Promise<RawClient> {
  const raw = await it.dial();
  await raw.send(begin(words));
  assertEquals((await raw.expect5("CONNACK")).reasonCode, 0);
  return raw;
}

/** The connection is ended by DISCONNECT with this code. */
async function expectEnd(raw: RawClient, code: number): Promise<void> {
  assertEquals((await raw.expect5("DISCONNECT")).reasonCode, code);
  await raw.expectClosed();
}

Deno.test("AUTH 0x19 begins, 0x18 goes on, 0x00 ends; the client is served meanwhile", async () => {
  const asked: Asked[] = [];
  await using it = await ClockedBroker.start({}, counting(asked));
  const raw = await enter(it);
  await raw.send(goOn("again", 0x19));
  assertEquals(said(await raw.expect5("AUTH")), "COUNT step 1");
  await raw.send(publish5("a", "x", { qos: 1, id: 7 }));
  assertEquals((await raw.expect5("PUBACK")).id, 7);
  await raw.expectNothing();
  await raw.send(goOn("user alice"));
  const end = await raw.expect5("AUTH");
  assertEquals([end.reasonCode, said(end)], [0, "COUNT welcome"]);
  await raw.expectNothing();
  const kinds = asked.map(({ step, isReauthentication }) => [step, isReauthentication]);
  assertEquals(kinds, [[0, false], [0, true], [1, true]]);
  assertEquals(new Set(asked.map(({ exchange }) => exchange)).size, 2);
});

Deno.test("while a source takes its time, packets are served, and what it would be sent too", async () => {
  const answer = Promise.withResolvers<{ result: "allow" }>();
  let step = 0;
  await using it = await ClockedBroker.start({}, {
    authenticateStep: () => step++ === 0 ? { result: "allow", username: "alice" } : answer.promise,
  });
  const raw = await enter(it);
  await raw.send(subscribe5(1, [["a", 1]]));
  await raw.expect5("SUBACK");
  await raw.send(goOn("x", 0x19));
  await until(() => step === 2, "the source is asked");
  await raw.send(publish5("a", "x", { qos: 1, id: 7 }));
  const packets = [await raw.next5(), await raw.next5()];
  assertEquals(packets.map((one) => one?.type).sort(), ["PUBACK", "PUBLISH"]);
  const publish = packets.find((one) => one?.type === "PUBLISH");
  if (publish?.type === "PUBLISH") await raw.send(puback5(publish.id));
  answer.resolve({ result: "allow" });
  assertEquals((await raw.expect5("AUTH")).reasonCode, 0);
});

Deno.test("a failed re-authentication ends the connection with 0x87", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await enter(it);
  await raw.send(goOn("again", 0x19));
  await raw.expect5("AUTH");
  await raw.send(goOn("wrong"));
  await expectEnd(raw, 0x87);
  assertMatch(it.logged("re-authentication refused").join(), /wrong word/);
});

Deno.test("a source that fails ends the connection with 0x89: the client may come again", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await enter(it);
  await raw.send(goOn("throw", 0x19));
  await expectEnd(raw, 0x89);
});

Deno.test("a re-authentication does not change who the client is: 0x87", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await enter(it);
  await raw.send(goOn("user bob", 0x19));
  await expectEnd(raw, 0x87);
  assertEquals(it.logged("another user").length, 1);
});

const OUT_OF_PLACE: [name: string, before: Uint8Array[], bytes: Uint8Array][] = [
  ["another method [MQTT-4.12.1-1]", [], goOn("user alice", 0x19, "OTHER")],
  ["no method", [], goOn("user alice", 0x19, null)],
  ["0x18 while none is under way", [], goOn("user alice", 0x18)],
  ["0x00, which servers say", [], goOn("user alice", 0x00)],
  ["0x19 in the middle of one", [goOn("again", 0x19)], goOn("user alice", 0x19)],
  ["another method in the middle", [goOn("again", 0x19)], goOn("user alice", 0x18, "OTHER")],
];

for (const [name, before, bytes] of OUT_OF_PLACE) {
  Deno.test(`AUTH of a connected client: ${name}: 0x82`, async () => {
    await using it = await ClockedBroker.start({}, counting());
    const raw = await enter(it);
    for (const one of before) {
      await raw.send(one);
      await raw.expect5("AUTH");
    }
    await raw.send(bytes);
    await expectEnd(raw, 0x82);
  });
}

Deno.test("AUTH of a client whose CONNECT had no method: 0x82 [MQTT-4.12.0-7]", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await it.dial();
  await raw.send(connect5({ clientId: "c" }));
  await raw.expect5("CONNACK");
  await raw.send(goOn("user alice", 0x19));
  await expectEnd(raw, 0x82);
});

Deno.test("a client of 3.1.1 that sends AUTH is closed", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const { raw } = await it.open("c");
  await raw.send(goOn("user alice", 0x19));
  await raw.expectClosed();
});

/** Lets the superuser do what is denied to others, and says who asked. */
const RIGHTS: Hooks = {
  authorize: ({ topic }) => topic === "secret" ? "deny" : "allow",
};

Deno.test("a re-authentication may change rights: verdicts are forgotten, subscriptions asked about", async () => {
  await using it = await ClockedBroker.start({}, counting(), RIGHTS);
  const raw = await enter(it, "root alice");
  await raw.send(subscribe5(1, [["secret", 0], ["open", 0]]));
  assertEquals((await raw.expect5("SUBACK")).reasonCodes, [0, 0]);
  await raw.send(goOn("user alice", 0x19));
  assertEquals((await raw.expect5("AUTH")).reasonCode, 0);
  assertEquals(it.broker.metrics.subscriptionsCount, 1);
  assertEquals(it.logged("lost its subscription to secret").length, 1);
  assertEquals(it.broker.clients[0]?.superuser, false);
  await raw.send(publish5("secret", "x", { qos: 1, id: 1 }), publish5("open", "y"));
  const packets = [await raw.next5(), await raw.next5()];
  assertEquals(packets.find((one) => one?.type === "PUBLISH")?.type, "PUBLISH");
  assertEquals(it.broker.metrics.messagesDropped.denied, 1);
  await raw.send(goOn("root alice", 0x19));
  await raw.expect5("AUTH");
  await raw.send(subscribe5(2, [["secret", 0]]));
  assertEquals((await raw.expect5("SUBACK")).reasonCodes, [0]);
});

Deno.test("re-authentications without end: five at once, then one in ten seconds", async () => {
  const asked: Asked[] = [];
  await using it = await ClockedBroker.start({}, counting(asked));
  const raw = await enter(it);
  for (let i = 0; i < 5; i++) {
    await raw.send(goOn("user alice", 0x19));
    assertEquals((await raw.expect5("AUTH")).reasonCode, 0);
  }
  await raw.send(goOn("user alice", 0x19));
  await raw.expectNothing();
  assertEquals(asked.length, 6);
  await until(() => it.clock.hasTimerIn(10_000), "it waits");
  it.clock.advance(10_000);
  await until(() => asked.length === 7, "it is asked about");
  assertEquals((await raw.expect5("AUTH")).reasonCode, 0);
});

Deno.test("steps without end in a re-authentication: 0x97", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await enter(it);
  await raw.send(goOn("again", 0x19));
  for (let i = 0; i < 16; i++) {
    await raw.expect5("AUTH");
    await raw.send(goOn("again"));
  }
  await raw.expect5("AUTH");
  await raw.send(goOn("again"));
  await expectEnd(raw, 0x97);
});

Deno.test("a client that leaves in the middle of a re-authentication leaves nothing behind", async () => {
  let signal: AbortSignal | undefined;
  await using it = await ClockedBroker.start({}, {
    authenticateStep(request) {
      if (!request.isReauthentication) return { result: "allow", username: "alice" };
      signal = request.signal;
      return new Promise(() => {});
    },
  });
  const timers = it.clock.timerCount;
  const raw = await enter(it);
  await raw.send(goOn("x", 0x19), PINGREQ);
  await until(() => signal !== undefined, "the source is asked");
  await raw.close();
  await until(() => signal?.aborted === true, "the signal fires");
  await until(() => it.broker.clients.length === 0, "it is gone");
  assertEquals(it.logged("re-authentication"), []);
  assertEquals(it.clock.hasTimerIn(30_000), true); // the deadline of the hook, which never answers
  it.clock.advance(30_000);
  await until(() => it.clock.timerCount <= timers, "no timer is left");
});

Deno.test("AUTH before the answer to the one before: 0x82", async () => {
  let step = 0;
  await using it = await ClockedBroker.start({}, {
    authenticateStep: () =>
      step++ === 0 ? { result: "allow", username: "alice" } : new Promise(() => {}),
  });
  const raw = await enter(it);
  await raw.send(goOn("x", 0x19), goOn("y"));
  await expectEnd(raw, 0x82);
  it.clock.advance(30_000);
});
