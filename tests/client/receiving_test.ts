/** How messages reach callbacks and iterators, when they are acknowledged, and when reading stops. */
import { assert, assertEquals } from "@std/assert";
import { within } from "../support/raw_client.ts";
import {
  DISCONNECT,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
} from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";
import { errorOf, grant, publishId, settle, Stage } from "./stage.ts";

Deno.test("a callback gets what its filter matches, until it is taken away", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const got: string[] = [];
  const stop = client.onMessage("a/+", (message) => void got.push(message.topicName));
  client.onMessage("$share/group/b/#", (message) => void got.push(`shared ${message.topicName}`));
  client.onMessage(undefined, (message) => void got.push(`any ${message.topicName}`));
  await broker.send(publish("a/b", ""), publish("b/c", ""), publish("$SYS/x", ""));
  await settle(client, broker);
  assertEquals(got, ["a/b", "any a/b", "shared b/c", "any b/c", "any $SYS/x"]);
  stop();
  await broker.send(publish("a/b", ""));
  await settle(client, broker);
  assertEquals(got.slice(5), ["any a/b"]);
});

Deno.test("a message carries everything, and owns its payload", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const messages = client.messages("t");
  await broker.send(publish("t", '{"a":1}', { qos: 1, id: 7, retain: true, dup: true }));
  const { value: message } = await messages.next();
  assert(message !== undefined);
  assertEquals([message.qos, message.retain, message.dup], [1, true, true]);
  await broker.send(publish("t", "overwritten".repeat(100)));
  await settle(client, broker);
  assertEquals(message.json(), { a: 1 });
  assertEquals(message.payload.buffer.byteLength, 7);
});

Deno.test("QoS 1 and 2 are acknowledged in order, each when its handler has finished", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const running = new Map<string, () => void>();
  client.onMessage(
    "slow/+",
    ({ topicName }) => new Promise<void>((resolve) => running.set(topicName, resolve)),
  );
  await broker.send(
    publish("slow/a", "", { qos: 1, id: 1 }),
    publish("slow/b", "", { qos: 2, id: 2 }),
    publish("fast", "", { qos: 1, id: 3 }),
  );
  await settle(client, broker);
  running.get("slow/b")!();
  await settle(client, broker);
  running.get("slow/a")!();
  await broker.expect(puback(1), pubrec(2), puback(3));
  await broker.send(pubrel(2));
  await broker.expect(pubcomp(2));
});

Deno.test("an iterated message is acknowledged when the next one is asked for", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const messages = client.messages("t");
  await broker.send(publish("t", "1", { qos: 1, id: 1 }), publish("t", "2", { qos: 1, id: 2 }));
  const first = await messages.next();
  assertEquals(first.value?.text(), "1");
  await settle(client, broker);
  const second = await messages.next();
  assertEquals(second.value?.text(), "2");
  await broker.expect(puback(1));
  await settle(client, broker);
  await messages.return!();
  await broker.expect(puback(2));
});

Deno.test("leaving an iteration acknowledges what it holds", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const messages = client.messages("t");
  const ids = [1, 2, 3];
  await broker.send(...ids.map((id) => publish("t", `${id}`, { qos: 1, id })));
  for await (const _first of messages) break;
  await broker.expect(...ids.map(puback));
  await broker.send(publish("t", "4", { qos: 1, id: 4 }));
  await broker.expect(puback(4));
});

Deno.test("what was held on a lost connection is not acknowledged on the next", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ cleansession: false, client_id: "me" });
  let finish = () => {};
  client.onMessage("t", () => new Promise<void>((resolve) => finish = resolve));
  await broker.send(publish("t", "x", { qos: 1, id: 5 }));
  await settle(client, broker);
  await broker.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  const again = await stage.welcome(true);
  await until(() => client.state === "connected", "the client is back");
  finish();
  await turn();
  await settle(client, again);
});

Deno.test("an iteration ends with the client, and with its signal", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const controller = new AbortController();
  const aborted = client.messages("t", { signal: controller.signal });
  const ended = client.messages("t");
  await broker.send(publish("t", "still there"));
  await settle(client, broker);
  controller.abort(new Error("enough"));
  assertEquals((await errorOf(aborted.next())).message, "enough");
  assertEquals((await aborted.next()).done, true);
  await Promise.all([client.disconnect(), broker.expect(DISCONNECT).then(() => broker.close())]);
  assertEquals((await ended.next()).value?.text(), "still there");
  assertEquals((await ended.next()).done, true);
});

Deno.test("two calls of next get two messages", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const messages = client.messages("t");
  const both = Promise.all([messages.next(), messages.next()]);
  await broker.send(publish("t", "1"), publish("t", "2"));
  assertEquals((await both).map(({ value }) => value?.text()), ["1", "2"]);
});

Deno.test("reading stops while receivers are behind, and goes on when they catch up", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ max_read_backlog: "64KiB" });
  const messages = client.messages("t");
  const flood = publish("t", new Uint8Array(16_384));
  const total = 4000;
  let sent = 0;
  const sending = (async () => {
    for (; sent < total; sent++) await broker.send(flood);
  })();
  // The operating system's buffers take some of the 64 MiB; a client that read on would take them all.
  let before = -1;
  while (before !== sent) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(sent < total, "the client has stopped reading");
  for (let got = 0; got < total; got++) await within(messages.next(), `message ${got}`);
  await sending;
});

Deno.test("while the user waits for an answer, reading goes on though receivers are behind", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ max_read_backlog: 1000 });
  const messages = client.messages("t");
  await broker.send(...Array.from({ length: 10 }, () => publish("t", "x".repeat(500))));
  const { value } = await messages.next();
  assertEquals(value?.topicName, "t");
  const publishing = client.publish("answer", "x", { qos: 1 });
  const id = await publishId(broker);
  await broker.send(puback(id));
  await within(publishing, "PUBACK");
});

Deno.test("what a handler throws is an uncaught error, and the client goes on", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error.message);
  };
  globalThis.addEventListener("error", onError);
  try {
    client.onMessage("a", () => {
      throw new Error("thrown");
    });
    client.onMessage("b", () => Promise.reject(new Error("rejected")));
    await broker.send(publish("a", "", { qos: 1, id: 1 }), publish("b", "", { qos: 1, id: 2 }));
    await broker.expect(puback(1), puback(2));
    await settle(client, broker);
    assertEquals(errors, ["thrown", "rejected"]);
  } finally {
    globalThis.removeEventListener("error", onError);
  }
});

Deno.test("refused filters are named, the others hold", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const answer = errorOf(client.subscribe(["a", { topicFilter: "b", qos: 2 }, "c"], { qos: 1 }));
  const { body } = await broker.expectPacket("SUBSCRIBE");
  await broker.send(suback(body[0]! << 8 | body[1]!, 0x80, 2, 0x80));
  const error = await answer;
  assertEquals(error.code, "subscribe-refused");
  assertEquals(error.topicFilters, ["a", "c"]);
  assertEquals([...client.subscriptions], [["b", 2]]);
});

Deno.test("subscriptions are made again when the broker has lost the session, and only then", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({
    cleansession: false,
    client_id: "me",
    reconnect_retries: -1,
  });
  const granted = client.subscribe("a", { qos: 1 });
  await grant(broker, 1);
  assertEquals(await granted, [1]);
  let connection = broker;
  for (const [round, sessionPresent] of [true, false].entries()) {
    await connection.close();
    await until(() => stage.clock.pauses.length === round + 1, "the pause");
    stage.clock.advance(10_000);
    connection = await stage.welcome(sessionPresent);
    if (!sessionPresent) await grant(connection, 1);
    await until(() => client.state === "connected", "the client is back");
    await settle(client, connection);
  }
});

Deno.test("a subscribe that a lost connection left unanswered is asked again", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected();
  const granted = client.subscribe("a");
  await broker.expectPacket("SUBSCRIBE");
  await broker.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  await grant(await stage.welcome());
  assertEquals(await granted, [0]);
});
