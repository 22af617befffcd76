/** The page's MQTT client over a socket of the test, whose other side is played by the broker's codec. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodePacket, encodePacket } from "../../../../lib/wire/codec.ts";
import { FrameCursor } from "../../../../lib/wire/frame.ts";
import type { Packet } from "../../../../lib/wire/packets.ts";
import type { Published } from "../../../../plugins/dashboard/page/mqtt/decode.js";
import { MqttClient, pauseMs } from "../../../../plugins/dashboard/page/mqtt.js";
import { TopicBrowser } from "../../../../plugins/dashboard/page/views/topics/browser.js";
import { until } from "../../../support/until.ts";

/** A WebSocket whose other side is the test. */
class FakeSocket {
  binaryType: BinaryType = "blob";
  bufferedAmount = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: Packet[] = [];
  isClosed = false;

  send(bytes: Uint8Array): void {
    const cursor = new FrameCursor();
    assert(cursor.find(bytes, 0, bytes.length, Infinity));
    this.sent.push(decodePacket(bytes, cursor, 5));
  }

  close(): void {
    this.isClosed = true;
  }

  /** The broker sends. */
  say(...packets: Packet[]): void {
    for (const packet of packets) {
      const bytes = encodePacket(packet, 5).slice();
      this.onmessage?.(new MessageEvent("message", { data: bytes.buffer }));
    }
  }

  /** The broker takes the WebSocket and the CONNECT. */
  welcome(properties = {}): void {
    this.onopen?.(new Event("open"));
    this.say({ type: "connack", sessionPresent: false, returnCode: 0, reasonCode: 0, properties });
  }

  /** The connection breaks. */
  end(): void {
    this.onclose?.(new CloseEvent("close", { code: 1006 }));
  }

  get last(): Packet | undefined {
    return this.sent.at(-1);
  }
}

/** A started client with all that it told. */
function started() {
  const sockets: FakeSocket[] = [];
  const states: string[] = [];
  const messages: Published[] = [];
  const outcomes: string[] = [];
  const client = new MqttClient({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    onState: ({ kind, reason }) => states.push(`${kind} ${reason}`.trim()),
    onMessage: (message) => messages.push(message),
    onSubscribed: (all) =>
      outcomes.push(
        ...all.map(({ topicFilter, isGranted, text }) => `${topicFilter} ${isGranted} ${text}`),
      ),
  });
  client.start();
  const close = { [Symbol.dispose]: () => client.stop() };
  return { client, sockets, states, messages, outcomes, first: sockets[0]!, ...close };
}

const publish = (more: Partial<Extract<Packet, { type: "publish" }>>): Packet => ({
  type: "publish",
  topicName: "a",
  payload: new Uint8Array(),
  qos: 0,
  retain: false,
  dup: false,
  packetId: 0,
  ...more,
});

Deno.test("it connects with a clean start, subscribes to what was asked before, and tells of refusals", async () => {
  using page = started();
  page.client.subscribe([{ topicFilter: "#", retainAsPublished: true }, {
    topicFilter: "b",
    qos: 1,
  }]);
  page.first.welcome();
  const [connect, subscribe] = page.first.sent;
  if (connect?.type !== "connect" || subscribe?.type !== "subscribe") throw new Error("others");
  assertEquals([connect.cleanSession, connect.username], [true, undefined]);
  assert(/^dashboard-[0-9a-f]{16}$/.test(connect.clientId));
  page.first.say({
    type: "suback",
    packetId: subscribe.packetId,
    returnCodes: [0x87, 1],
    properties: { reasonString: "rule 3" },
  });
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(page.outcomes, [
    "# false not authorized (0x87): rule 3",
    "b true granted, at most QoS 1 (0x01): rule 3",
  ]);
  assertEquals(page.states, ["connecting", "connected"]);
});

Deno.test("without a connection a filter of the page is asked for, until it is granted again", async () => {
  const socket = new FakeSocket();
  const topics = new TopicBrowser({ open: () => socket });
  const states = () => topics.filters.value.map(({ state }) => state);
  topics.follow([{ topicFilter: "#", qos: 0 }]);
  topics.start();
  socket.welcome();
  assertEquals(states(), ["asked"]);
  const { packetId } = socket.last as Extract<Packet, { type: "subscribe" }>;
  socket.say({ type: "suback", packetId, returnCodes: [0], properties: {} });
  await until(() => states()[0] === "granted", "the grant");
  socket.end();
  assertEquals([topics.state.value.kind, states()], ["waiting", ["asked"]]);
  topics.stop();
});

Deno.test("messages are acknowledged by their QoS, and one at QoS 2 is handed on once", () => {
  using page = started();
  page.first.welcome();
  page.first.say(
    publish({ topicName: "zero" }),
    publish({ topicName: "one", qos: 1, packetId: 7 }),
    publish({ topicName: "two", qos: 2, packetId: 8 }),
    publish({ topicName: "two", qos: 2, packetId: 8, dup: true }),
    { type: "pubrel", packetId: 8 },
    publish({ topicName: "next", qos: 2, packetId: 8 }),
  );
  assertEquals(page.messages.map(({ topicName }) => topicName), ["zero", "one", "two", "next"]);
  const acks = page.first.sent.slice(1).map((one) =>
    `${one.type} ${"packetId" in one && one.packetId}`
  );
  assertEquals(acks, ["puback 7", "pubrec 8", "pubrec 8", "pubcomp 8", "pubrec 8"]);
});

Deno.test("a topic alias stands for its topic; one that stands for nothing ends the connection", () => {
  using page = started();
  page.first.welcome();
  page.first.say(
    publish({ topicName: "long/name", properties: { topicAlias: 3 } }),
    publish({ topicName: "", properties: { topicAlias: 3 } }),
    publish({ topicName: "other", properties: { topicAlias: 3 } }),
    publish({ topicName: "", properties: { topicAlias: 3 } }),
  );
  const names = page.messages.map(({ topicName }) => topicName);
  assertEquals(names, ["long/name", "long/name", "other", "other"]);
  page.first.say(publish({ topicName: "", properties: { topicAlias: 4 } }));
  assert(
    page.first.isClosed && page.states.at(-1)?.includes("a topic alias that stands for nothing"),
  );
});

Deno.test("publishing at QoS 1 and 2 ends with what the broker says", async () => {
  using page = started();
  page.first.welcome();
  const payload = new Uint8Array(1);
  const none = page.client.publish({ topicName: "a", payload, qos: 1 });
  page.first.say({ type: "puback", packetId: 1, reasonCode: 0x10 });
  assertEquals(await none, "no one is subscribed to it (0x10)");
  const refused = page.client.publish({ topicName: "a", payload, qos: 1 });
  page.first.say({ type: "puback", packetId: 2, reasonCode: 0x87 });
  await assertRejects(() => refused, Error, "refused the message: not authorized (0x87)");
  const twice = page.client.publish({ topicName: "a", payload, qos: 2 });
  page.first.say({ type: "pubrec", packetId: 3 });
  assertEquals(page.first.last?.type, "pubrel");
  page.first.say({ type: "pubcomp", packetId: 3 });
  assertEquals(await twice, "done (0x00)");
  const lost = page.client.publish({ topicName: "a", payload, qos: 2 });
  page.first.end();
  await assertRejects(() => lost, Error, "the connection was closed (1006)");
  await assertRejects(
    () => page.client.publish({ topicName: "a", payload }),
    Error,
    "no connection",
  );
});

Deno.test("what the server does not take is not sent", async () => {
  using page = started();
  page.first.welcome({
    maximumQos: 1,
    retainAvailable: false,
    maximumPacketSize: 100,
    receiveMaximum: 1,
  });
  const sent = page.first.sent.length;
  const refusals: [object, string][] = [
    [{ qos: 2 }, "QoS 1 at most"],
    [{ retain: true }, "keeps no retained messages"],
    [{ payload: new Uint8Array(100) }, "packets of 100 bytes at most"],
  ];
  for (const [more, text] of refusals) {
    const message = { topicName: "a", payload: new Uint8Array(), ...more };
    await assertRejects(() => page.client.publish(message), Error, text);
  }
  page.first.bufferedAmount = 10_000_000;
  await assertRejects(
    () => page.client.publish({ topicName: "a", payload: new Uint8Array() }),
    Error,
    "too much is on its way",
  );
  assertEquals(page.first.sent.length, sent);
});

Deno.test("a connection that ended is made again, with the subscriptions that are wanted", async () => {
  using page = started();
  page.client.subscribe([{ topicFilter: "a" }, { topicFilter: "b" }]);
  page.first.welcome();
  await page.client.unsubscribe([]);
  const gone = page.client.unsubscribe(["a"]);
  assertEquals(page.first.last?.type, "unsubscribe");
  page.first.say({ type: "disconnect", reasonCode: 0x8b });
  await gone;
  assertEquals(page.states.at(-1), "waiting the broker is shutting down (0x8b)");
  page.client.hurry();
  page.client.hurry();
  assertEquals(page.sockets.length, 2);
  page.sockets[1]!.welcome();
  const { last } = page.sockets[1]!;
  if (last?.type !== "subscribe") throw new Error(`${last?.type}`);
  assertEquals(last.subscriptions.map(({ topicFilter }) => topicFilter), ["b"]);
});

Deno.test("a CONNACK that refuses says why", () => {
  using page = started();
  page.first.onopen?.(new Event("open"));
  page.first.say({
    type: "connack",
    sessionPresent: false,
    returnCode: 5,
    reasonCode: 0x8a,
    properties: { reasonString: "until noon" },
  });
  assertEquals(page.states.at(-1), "waiting banned (0x8a): until noon");
});

Deno.test("after stop nothing goes on", () => {
  const page = started();
  page.first.welcome();
  page.client.stop();
  assertEquals(page.first.last?.type, "disconnect");
  page.first.say(publish({ topicName: "late" }));
  page.first.end();
  page.client.hurry();
  assertEquals([page.messages, page.sockets.length, page.states.at(-1)], [[], 1, "stopped closed"]);
});

Deno.test("pauses double, to half a minute, and are not the same for all pages", () => {
  assertEquals([0, 1, 2, 3].map((failures) => pauseMs(failures, 0.5)), [500, 1_000, 2_000, 4_000]);
  assertEquals([6, 7, 1_000].map((failures) => pauseMs(failures, 0.5)), [30_000, 30_000, 30_000]);
  assertEquals([pauseMs(2, 0), pauseMs(2, 1)], [1_500, 2_500]);
});
