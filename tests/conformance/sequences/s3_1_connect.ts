/**
 * Section 3.1.0 to 3.1.2.2: the first packet, a second CONNECT, protocol name and level.
 */
import {
  bytes,
  connack,
  connect,
  DISCONNECT,
  field,
  hex,
  packet,
  PINGREQ,
  puback,
  publish,
  pubrec,
  pubrel,
  subscribe,
  toHex,
  u16,
  unsubscribe,
} from "../../support/raw_packets.ts";
import { closesHttp, closesUnanswered, refuses, refusesWith } from "../checks.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";

const HTTP = "an HTTP request";

function beforeConnect(): Sequence[] {
  const packets: [string, Uint8Array][] = [
    ["CONNACK", connack(false, 0)],
    ["PUBLISH", publish("before", "connect")],
    ["PUBACK", puback(1)],
    ["PUBREC", pubrec(1)],
    ["PUBREL", pubrel(1)],
    ["PUBCOMP", hex("70 02 00 01")],
    ["SUBSCRIBE", subscribe(1, ["before", 0])],
    ["UNSUBSCRIBE", unsubscribe(1, "before")],
    ["PINGREQ", PINGREQ],
    ["PINGRESP", hex("d0 00")],
    ["DISCONNECT", DISCONNECT],
    ["type 0", hex("00 00")],
    ["type 15", hex("f0 00")],
    [
      HTTP,
      bytes(`GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: ${"x".repeat(64)}\r\n\r\n`),
    ],
    ["a TLS handshake", hex("16 03 01 00 05 01 00 00 01 03")],
  ];
  return packets.map(([name, data]) =>
    sequence(
      "3.1.0-1",
      `closes when the first packet is not CONNECT but ${name}`,
      (stage) => name === HTTP ? closesHttp(stage, data) : closesUnanswered(stage, data),
    )
  );
}

const NAMES = ["mqtt", "MQTt", "MQT", "MQTTX", "", "MQIsdpX", "HTTP", "\0\0\0\0"];
const LEVELS = [0, 1, 2, 6, 64, 127];

const FIRST_PACKETS: Sequence[] = [
  ...beforeConnect(),
  sequence("3.1.0-1", "passes nothing on that was sent before CONNECT", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("#"));
    await closesUnanswered(
      stage,
      publish(stage.topic("early"), "x"),
      connect({ clientId: stage.newId() }),
    );
    await watcher.nothing();
  }),
  sequence(
    "3.1.0-2 3.2.0-2",
    "closes on a second CONNECT, without a second CONNACK",
    async (stage) => {
      const peer = await stage.open();
      await peer.raw.sendAnyway(connect({ clientId: peer.clientId }));
      await peer.raw.expectClosed();
    },
  ),
  sequence(
    "3.1.0-2 3.2.0-2",
    "closes on a second CONNECT with another client id",
    async (stage) => {
      const peer = await stage.open();
      await peer.raw.sendAnyway(connect({ clientId: stage.newId() }));
      await peer.raw.expectClosed();
    },
  ),
  sequence(
    "3.1.0-2 3.1.2-8",
    "publishes the will when a second CONNECT ends the connection",
    async (stage) => {
      const watcher = await stage.subscriber(stage.topic("will"));
      const peer = await stage.open({ will: { topic: stage.topic("will"), payload: "gone" } });
      await peer.raw.sendAnyway(connect({ clientId: peer.clientId }));
      await watcher.receive();
    },
  ),
  sequence("3.1.0-2", "closes on two CONNECTs in one write", async (stage) => {
    const clientId = stage.newId();
    const client = await stage.sent(bytes(connect({ clientId }), connect({ clientId })));
    const answer = toHex(await client.readToEnd());
    if (answer !== "20 02 00 00" && answer !== "") throw new Error(`got ${answer}`);
  }),
];

const PROTOCOL: Sequence[] = [
  ...NAMES.map((name) =>
    sequence(
      "3.1.2-1",
      `refuses the protocol name ${JSON.stringify(name)}`,
      (stage) => refuses(stage, connect({ clientId: stage.newId(), name })),
    )
  ),
  ...LEVELS.map((level) =>
    sequence(
      "3.1.2-2 3.2.2-4 3.2.2-5",
      `answers protocol level ${level} with CONNACK 1, then closes`,
      (stage) => refusesWith(stage, 1, connect({ clientId: stage.newId(), level })),
    )
  ),
  sequence(
    "3.1.2-2",
    "answers protocol level 5 with CONNACK 1, then closes, or speaks MQTT 5",
    async (stage) => {
      const mqtt5 = packet(0x10, field("MQTT"), 5, 2, u16(60), 0, field(stage.newId()));
      const client = await stage.sent(mqtt5);
      const answer = await client.expectPacket("CONNACK");
      if (answer.body.length === 2) {
        if (toHex(answer.bytes) !== "20 02 00 01") throw new Error(`got ${toHex(answer.bytes)}`);
        await client.expectClosed();
      }
    },
  ),
  sequence("3.1.2-1", "accepts MQTT 3.1 (MQIsdp, level 3), or refuses it", async (stage) => {
    const client = await stage.sent(connect({ clientId: stage.newId(), name: "MQIsdp", level: 3 }));
    const answer = await client.nextPacket();
    if (!answer) return;
    if (answer.type !== 2) throw new Error(`got ${toHex(answer.bytes)}`);
    if (answer.body[1] === 0) await client.expectNothing();
    else await client.expectClosed();
  }),
  sequence(
    "3.1.2-1",
    "lets MQTT 3.1 publish to a 3.1.1 subscriber, where it is accepted",
    async (stage) => {
      const client = await stage.sent(
        connect({ clientId: stage.newId(), name: "MQIsdp", level: 3 }),
      );
      const answer = await client.nextPacket();
      if (answer?.body[1] !== 0) throw new Skip("MQTT 3.1 is not accepted");
      const peer = await stage.subscriber(stage.topic("t"));
      await client.send(publish(stage.topic("t"), "old"));
      if ((await peer.receive()).payload !== "old") throw new Error("other payload");
    },
  ),
  sequence(
    "3.1.2-1 3.1.2-2",
    "refuses the name MQIsdp with level 4",
    (stage) => refuses(stage, connect({ clientId: stage.newId(), name: "MQIsdp", level: 4 })),
  ),
  sequence(
    "3.1.2-2",
    "refuses the name MQTT with level 3",
    (stage) => refuses(stage, connect({ clientId: stage.newId(), level: 3 })),
  ),
];

export const CONNECT: Sequence[] = [...FIRST_PACKETS, ...PROTOCOL];
