/**
 * Brokers that lie: what they must not send, and what they never send. The client names what is wrong, every
 * promise rejects, and nothing hangs or is left behind (the sanitizers see to that).
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Client } from "../../lib/client/client.ts";
import type { RawClient } from "../support/raw_client.ts";
import {
  bytes,
  connack,
  hex,
  PINGRESP,
  puback,
  pubcomp,
  publish,
  pubrec,
  suback,
  unsuback,
} from "../support/raw_packets.ts";
import { until } from "../support/until.ts";
import { errorOf, publishId, Stage } from "./stage.ts";

interface Lie {
  readonly title: string;
  /** What the user waits for meanwhile. */
  ask(client: Client): Promise<unknown>;
  /** Takes what the client sends, and lies. */
  tell(broker: RawClient): Promise<void>;
  /** Must stand in the error. */
  readonly says: string;
}

const atQos = (qos: 1 | 2) => (client: Client) => client.publish("t", "x", { qos });

const LIES: readonly Lie[] = [
  {
    title: "PUBACK for another packet id",
    ask: atQos(1),
    tell: async (broker) => broker.send(puback(await publishId(broker) % 65_535 + 1)),
    says: "PUBACK for packet id",
  },
  {
    title: "PUBACK for a QoS 2 message",
    ask: atQos(2),
    tell: async (broker) => broker.send(puback(await publishId(broker))),
    says: "PUBACK for packet id",
  },
  {
    title: "PUBREC for a QoS 1 message",
    ask: atQos(1),
    tell: async (broker) => broker.send(pubrec(await publishId(broker))),
    says: "PUBREC for packet id",
  },
  {
    title: "PUBCOMP before PUBREC",
    ask: atQos(2),
    tell: async (broker) => broker.send(pubcomp(await publishId(broker))),
    says: "PUBCOMP for packet id",
  },
  {
    title: "a second PUBACK",
    ask: async (client) => {
      await client.publish("t", "x", { qos: 1 });
      throw await client.closed;
    },
    tell: async (broker) => {
      const id = await publishId(broker);
      await broker.send(bytes(puback(id), puback(id)));
    },
    says: "PUBACK for packet id",
  },
  {
    title: "SUBACK with too few return codes",
    ask: (client) => client.subscribe(["a", "b"]),
    tell: async (broker) => {
      const { body } = await broker.expectPacket("SUBSCRIBE");
      await broker.send(suback(body[0]! << 8 | body[1]!, 0));
    },
    says: "1 return codes for 2 filters",
  },
  {
    title: "UNSUBACK for a SUBSCRIBE",
    ask: (client) => client.subscribe("a"),
    tell: async (broker) => {
      const { body } = await broker.expectPacket("SUBSCRIBE");
      await broker.send(unsuback(body[0]! << 8 | body[1]!));
    },
    says: "UNSUBACK for packet id",
  },
  {
    title: "PINGRESP that nobody asked for",
    ask: atQos(1),
    tell: (broker) => broker.send(PINGRESP),
    says: "PINGRESP without PINGREQ",
  },
  {
    title: "a packet over max_packet_size, known from its header",
    ask: atQos(1),
    tell: (broker) => broker.send(hex("30 ff ff ff 7f 00")),
    says: "max_packet_size is 65536",
  },
  {
    title: "a remaining length of five bytes",
    ask: atQos(1),
    tell: (broker) => broker.send(hex("30 ff ff ff ff 01")),
    says: "remaining length",
  },
  {
    title: "garbage",
    ask: atQos(1),
    tell: (broker) => broker.send(hex("00 00 00 00")),
    says: "packet type 0",
  },
];

for (const { title, ask, tell, says } of LIES) {
  Deno.test(`a broker that sends ${title}`, async () => {
    await using stage = new Stage();
    const { client, broker } = await stage.connected({ max_packet_size: 65_536 });
    const messages = client.messages();
    const answer = errorOf(ask(client));
    await tell(broker);
    const error = await answer;
    assertEquals(error.code, "protocol");
    assertStringIncludes(error.message, says);
    assertEquals(await client.closed, error);
    assertEquals((await errorOf(messages.next())).code, "protocol");
    assertEquals((await messages.next()).done, true);
    assertEquals((await errorOf(client.publish("t", "x"))).code, "closed");
  });
}

const FIRST_PACKETS: readonly [title: string, data: Uint8Array, code: string, says: string][] = [
  ["something else than CONNACK", publish("t", "x"), "protocol", "PUBLISH before CONNACK"],
  ["a CONNACK with a session for a clean one", connack(true, 0), "protocol", "session present"],
  ["a CONNACK with return code 6", connack(false, 6), "protocol", "return code 6"],
  ["a refusal", connack(false, 5), "refused", "not authorized (return code 5)"],
];

for (const [title, data, code, says] of FIRST_PACKETS) {
  Deno.test(`a broker that answers CONNECT with ${title}`, async () => {
    await using stage = new Stage();
    const client = stage.client();
    const connecting = errorOf(client.connect());
    const broker = await stage.accept();
    await broker.expectPacket("CONNECT");
    await broker.send(data);
    const error = await connecting;
    assertEquals(error.code, code);
    assertStringIncludes(error.message, says);
    assertEquals(client.state, "closed");
    assertEquals(stage.clock.pauses, [], "no second attempt");
  });
}

const SILENT: readonly [title: string, ask: (client: Client) => Promise<unknown>, says: string][] =
  [
    ["PUBLISH at QoS 1", atQos(1), "no PUBACK"],
    ["PUBLISH at QoS 2", atQos(2), "no PUBACK or PUBREC"],
    ["SUBSCRIBE", (client) => client.subscribe("a"), "no SUBACK"],
    ["UNSUBSCRIBE", (client) => client.unsubscribe("a"), "no UNSUBACK"],
    ["PINGREQ", (client) => client.ping(), "no PINGRESP"],
  ];

for (const [title, ask, says] of SILENT) {
  Deno.test(`a broker that never answers ${title}`, async () => {
    await using stage = new Stage();
    const { client } = await stage.connected({ keep_alive: 0, ack_timeout: 30 });
    const answer = errorOf(ask(client));
    stage.clock.advance(29_000);
    assertEquals(client.state, "connected");
    stage.clock.advance(2000);
    const error = await answer;
    assertEquals(error.code, "timeout");
    assertStringIncludes(error.message, says);
  });
}

Deno.test("a broker that acknowledges after ack_timeout is not taken for a liar", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected({ keep_alive: 0, ack_timeout: 30 });
  const answer = errorOf(client.publish("t", "late", { qos: 1 }));
  const id = await publishId(broker);
  stage.clock.advance(31_000);
  assertEquals((await answer).code, "timeout");
  const next = client.publish("t", "next", { qos: 1 });
  const nextId = await publishId(broker);
  assertEquals(nextId === id, false, "the unanswered id is not used again");
  await broker.send(puback(id), puback(nextId));
  await next;
});

Deno.test("a broker that acknowledges nothing stops nobody for longer than ack_timeout", async () => {
  await using stage = new Stage();
  const { client } = await stage.connected({ keep_alive: 0, ack_timeout: 30, max_inflight: 2 });
  const answers = ["a", "b", "c", "d"].map((text) =>
    errorOf(client.publish("t", text, { qos: 1 }))
  );
  assertEquals(client.queued, 2);
  stage.clock.advance(31_000);
  const codes = (await Promise.all(answers)).map(({ code }) => code);
  assertEquals(codes, ["timeout", "timeout", "timeout", "timeout"]);
  assertEquals(client.queued, 0);
});

Deno.test("a broker that lets in and closes at once is given up", async () => {
  await using stage = new Stage();
  const client = stage.client({ reconnect_retries: 2 });
  const connecting = client.connect();
  for (let attempt = 1; attempt <= 3; attempt++) {
    await (await stage.welcome()).close();
    if (attempt === 1) await connecting;
    if (attempt < 3) await until(() => stage.clock.pauses.length === attempt, "the pause");
    stage.clock.advance(4000);
  }
  assertEquals((await client.closed as { code?: string }).code, "lost");
});
