/** A client's life: its states, attempts and pauses, time-outs, signals, keep-alive, and its end. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ClientError, ClientState } from "../../mod.ts";
import { within } from "../support/raw_client.ts";
import {
  connack,
  DISCONNECT,
  parsePublish,
  PINGREQ,
  PINGRESP,
  puback,
} from "../support/raw_packets.ts";
import { until } from "../support/until.ts";
import { errorOf, grant, publishId, settle, Stage } from "./stage.ts";

Deno.test("the states of a client that loses its connection and comes back", async () => {
  await using stage = new Stage();
  const client = stage.client();
  const states: ClientState[] = [client.state];
  client.onStateChange((state) => states.push(state));
  const [first] = await Promise.all([stage.welcome(), client.connect()]);
  await first.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  const second = await stage.welcome();
  await until(() => client.state === "connected", "the client is back");
  const leaving = client.disconnect();
  await second.expect(DISCONNECT);
  await second.close();
  await leaving;
  const expected = "new connecting connected reconnecting connected disconnecting closed";
  assertEquals(states.join(" "), expected);
  assertEquals(await client.closed, undefined);
});

Deno.test("pauses double up to the maximum, and half of each is left to chance", async () => {
  for (const [chance, factor] of [[0, 1], [1, 0.5]] as const) {
    await using stage = new Stage();
    stage.close();
    stage.clock.chance = chance;
    const client = stage.client({ reconnect_retries: 6 });
    const connecting = errorOf(client.connect());
    for (let attempt = 1; attempt <= 6; attempt++) {
      await until(() => stage.clock.pauses.length === attempt, `pause ${attempt}`);
      stage.clock.advance(10_000);
    }
    assertEquals((await connecting).code, "unreachable");
    assertEquals(stage.clock.pauses, [1, 2, 4, 8, 10, 10].map((s) => s * 1000 * factor));
  }
});

Deno.test("without auto_reconnect the first failure is the last", async () => {
  await using stage = new Stage();
  stage.close();
  const error = await errorOf(stage.client({ auto_reconnect: false }).connect());
  assertEquals(error.code, "unreachable");
  assertStringIncludes(error.message, "cannot connect to mqtt://127.0.0.1:");
  assertEquals(stage.clock.pauses, []);
});

Deno.test("a refusal is final, except for an unavailable server", async () => {
  for (const [returnCode, attempts] of [[1, 1], [2, 1], [3, 3], [4, 1], [5, 1]] as const) {
    await using stage = new Stage();
    const connecting = errorOf(stage.client().connect());
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const broker = await stage.accept();
      await broker.expectPacket("CONNECT");
      await broker.send(connack(false, returnCode));
      if (attempt === attempts) break;
      await until(() => stage.clock.pauses.length === attempt, "the pause");
      stage.clock.advance(10_000);
    }
    const error = await connecting;
    assertEquals([error.code, error.returnCode], ["refused", returnCode]);
  }
});

Deno.test("connection_timeout ends an attempt that gets no CONNACK", async () => {
  await using stage = new Stage();
  const client = stage.client({ connection_timeout: "1s", auto_reconnect: false });
  const connecting = errorOf(client.connect());
  const broker = await stage.accept();
  const error = await connecting;
  assertEquals(error.code, "unreachable");
  assertStringIncludes(error.message, "within connection_timeout");
  const [first = 0x10] = await broker.readToEnd(); // CONNECT, if there was the time for it
  assertEquals(first, 0x10);
});

Deno.test("a signal ends connect, during an attempt and during a pause", async () => {
  await using stage = new Stage();
  for (const during of ["attempt", "pause"]) {
    const controller = new AbortController();
    const client = stage.client();
    const connecting = errorOf(client.connect({ signal: controller.signal }));
    const broker = await stage.accept();
    if (during === "pause") {
      await broker.close();
      await until(() => stage.clock.pauses.length === 1, "the pause");
    }
    controller.abort(new Error(`enough of this ${during}`));
    assertEquals((await connecting).message, `enough of this ${during}`);
    await within(client.closed, "the end");
    assertEquals(client.state, "closed");
  }
});

Deno.test("a signal that has fired already opens nothing", async () => {
  await using stage = new Stage();
  const client = stage.client();
  await errorOf(client.connect({ signal: AbortSignal.abort() }));
  assertEquals(client.state, "new");
});

Deno.test("disconnect ends a pause between attempts", async () => {
  await using stage = new Stage();
  stage.close();
  const client = stage.client();
  const connecting = errorOf(client.connect());
  await until(() => stage.clock.pauses.length === 1, "the pause");
  await client.disconnect();
  assertEquals((await connecting).code, "closed");
  assertEquals(client.state, "closed");
});

Deno.test("disconnect in the turn in which CONNACK came", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const publishing = errorOf(client.publish("t", "x", { qos: 2 }));
  await publishId(broker);
  await broker.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  const left = publishing.then(() => client.disconnect());
  const second = await stage.welcome(); // no session, so the publish is rejected in that turn
  await second.expect(DISCONNECT);
  await second.close();
  await within(left, "the end");
  assertEquals((await publishing).code, "session-lost");
});

Deno.test("disconnect finishes what is under way", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const publishing = client.publish("t", "x", { qos: 1 });
  const leaving = client.disconnect();
  const id = await publishId(broker);
  assertEquals(client.state, "disconnecting");
  assertEquals((await errorOf(client.publish("t", "more"))).code, "closed");
  await broker.send(puback(id));
  await publishing;
  await broker.expect(DISCONNECT);
  await broker.close();
  await leaving;
});

Deno.test("a signal cuts the finishing short, and DISCONNECT is sent all the same", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const publishing = errorOf(client.publish("t", "x", { qos: 1 }));
  const leaving = client.disconnect({ signal: AbortSignal.abort() });
  await publishId(broker);
  await broker.expect(DISCONNECT);
  await broker.close();
  await leaving;
  assertEquals((await publishing).code, "closed");
});

Deno.test("a client that was closed can be connected again, with its subscriptions", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const got: string[] = [];
  client.onMessage("a", (message) => void got.push(message.text()));
  const subscribing = client.subscribe("a");
  await grant(broker);
  await subscribing;
  const leaving = client.disconnect();
  await broker.expect(DISCONNECT);
  await broker.close();
  await leaving;
  const [again] = await Promise.all([stage.welcome(), client.connect()]);
  await grant(again);
  assertEquals([...client.subscriptions], [["a", 0]]);
});

Deno.test("messages published without a connection leave when it is there, in order", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  await broker.close();
  await until(() => client.state === "reconnecting", "the loss is seen");
  const publishing = [0, 1, 0].map((qos, at) =>
    client.publish("t", `m${at}`, { qos: qos as 0 | 1 })
  );
  assertEquals(client.queued, 3);
  stage.clock.advance(1000);
  const again = await stage.welcome();
  for (const payload of ["m0", "m1", "m2"]) {
    const got = parsePublish(await again.expectPacket("PUBLISH"));
    assertEquals(got.payload, payload);
    if (got.qos === 1) await again.send(puback(got.id));
  }
  await Promise.all(publishing);
});

Deno.test("the queue has limits, and a signal takes a message out of it", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ max_queued_messages: 2 });
  await broker.close();
  await until(() => client.state === "reconnecting", "the loss is seen");
  const controller = new AbortController();
  const first = errorOf(client.publish("t", "1", { signal: controller.signal }));
  const second = client.publish("t", "2");
  const third = await errorOf(client.publish("t", "3"));
  assertEquals(third.code, "queue-full");
  controller.abort(new Error("never mind"));
  assertEquals((await first).message, "never mind");
  stage.clock.advance(1000);
  const again = await stage.welcome();
  assertEquals(parsePublish(await again.expectPacket("PUBLISH")).payload, "2");
  await second;
});

Deno.test("every promise rejects when the client gives up", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ reconnect_retries: 0 });
  const messages = client.messages();
  const waiting = [
    client.publish("t", "x", { qos: 1 }),
    client.subscribe("a"),
    client.unsubscribe("a"),
    client.ping(),
    messages.next(),
  ].map(errorOf);
  await broker.close();
  const codes = (await Promise.all(waiting)).map(({ code }) => code);
  assertEquals(codes, ["lost", "lost", "lost", "lost", "lost"]);
  assertEquals((await client.closed as ClientError).code, "lost");
});

Deno.test("PINGREQ leaves after keep_alive less ping_delay of silence", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ keep_alive: 10, ping_delay: 1 });
  stage.clock.advance(7000);
  await settle(client, broker);
  stage.clock.advance(7000);
  await settle(client, broker); // the next PINGREQ is this one's
  stage.clock.advance(9000);
  await broker.expect(PINGREQ);
  await broker.send(PINGRESP);
  await settle(client, broker);
  assertEquals(client.state, "connected");
});

Deno.test("PINGREQ leaves on time, to the millisecond, counted from the last packets", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ keep_alive: 10, ping_delay: 1 });
  for (const before of [0, 3500]) {
    stage.clock.advance(before);
    if (before > 0) await settle(client, broker); // both have spoken
    stage.clock.advance(8999);
    await client.publish("mark", "no PINGREQ before this");
    await broker.expectPublish();
    stage.clock.advance(1);
    await broker.expect(PINGREQ);
    await broker.send(PINGRESP);
    await settle(client, broker);
  }
});

Deno.test("PINGREQ leaves while only the client talks", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ keep_alive: 10 });
  for (let second = 0; second < 9; second++) {
    await client.publish("t", "x");
    await broker.expectPublish();
    stage.clock.advance(1000);
  }
  await broker.expect(PINGREQ);
});

Deno.test("a broker that has fallen silent is left, and the client comes back", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ keep_alive: 10 });
  stage.clock.advance(9000);
  await broker.expect(PINGREQ);
  stage.clock.advance(9000);
  assertEquals(client.state, "connected");
  stage.clock.advance(2000);
  await until(() => client.state === "reconnecting", "the silence is seen");
  await broker.expectClosed();
});

Deno.test("keep_alive 0 sends no PINGREQ and waits for ever", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ keep_alive: 0 });
  stage.clock.advance(3_600_000);
  await settle(client, broker);
});

Deno.test("what is no topic name, filter or QoS is refused before anything is sent", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const refused = [
    client.publish("a/#", "x"),
    client.publish("", "x"),
    client.publish("t", "x", { qos: 3 as 2 }),
    client.subscribe("a/#/b"),
    client.subscribe([]),
    client.unsubscribe("+a"),
  ];
  for (const one of refused) assert(await errorOf(one) instanceof RangeError);
  await settle(client, broker);
});

Deno.test("before connect nothing can be asked", async () => {
  await using stage = new Stage();
  const client = stage.client();
  for (const one of [client.publish("t"), client.subscribe("a"), client.ping()]) {
    assertEquals((await errorOf(one)).code, "closed");
  }
});
