/**
 * Section 3.1 and 3.2: CONNECT, its fields and flags, CONNACK.
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
import { closesUnanswered, forAll, refuses, refusesWith } from "../checks.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

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
      "an HTTP request",
      bytes(`GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: ${"x".repeat(64)}\r\n\r\n`),
    ],
    ["a TLS handshake", hex("16 03 01 00 05 01 00 00 01 03")],
  ];
  return packets.map(([name, data]) =>
    sequence(
      "3.1.0-1",
      `closes when the first packet is not CONNECT but ${name}`,
      (stage) => closesUnanswered(stage, data),
    )
  );
}

/** A CONNECT whose flags and payload disagree, or that breaks section 3.1 in another way. */
function malformed(clientId: string): [number: string, name: string, packet: Uint8Array][] {
  const payload = (flags: number, ...fields: (string | Uint8Array)[]) =>
    packet(0x10, field("MQTT"), 4, flags, u16(60), ...fields.map(field));
  return [
    ["3.1.2-3", "the reserved flag set", connect({ clientId, flags: 0x03 })],
    ["3.1.2-9", "the will flag and no will fields", payload(0x06, clientId)],
    ["3.1.2-9", "the will flag and no will message", payload(0x06, clientId, "topic")],
    ["3.1.2-11", "will fields and no will flag", payload(0x02, clientId, "topic", "message")],
    ["3.1.2-13", "will QoS 1 and no will flag", payload(0x0a, clientId)],
    ["3.1.2-13", "will QoS 2 and no will flag", payload(0x12, clientId)],
    ["3.1.2-13", "will QoS 3 and no will flag", payload(0x1a, clientId)],
    ["3.1.2-15", "will retain and no will flag", payload(0x22, clientId)],
    ["3.1.2-14", "will QoS 3", payload(0x1e, clientId, "topic", "message")],
    ["3.1.2-18", "a user name and no user name flag", payload(0x02, clientId, "user")],
    ["3.1.2-19", "the user name flag and no user name", payload(0x82, clientId)],
    ["3.1.2-20", "a password and no password flag", payload(0x82, clientId, "user", "password")],
    ["3.1.2-21", "the password flag and no password", payload(0xc2, clientId, "user")],
    ["3.1.2-22", "a password and no user name", payload(0x42, clientId, "password")],
    ["3.1.3-3", "no client id", packet(0x10, field("MQTT"), 4, 2, u16(60))],
    ["3.1.3-1", "a will topic with a wildcard", connect({ clientId, will: { topic: "a/#" } })],
    ["4.7.3-1", "an empty will topic", connect({ clientId, will: { topic: "" } })],
    [
      "3.1.4-1",
      "bytes behind the payload",
      bytes(packet(0x10, connect({ clientId }).subarray(2), 0)),
    ],
    ["3.1.4-1", "an empty body", hex("10 00")],
  ];
}

function malformedConnects(): Sequence[] {
  return malformed("").map(([number, name], i) =>
    sequence(
      number === "3.1.4-1" ? "3.1.4-1" : `${number} 3.1.4-1`,
      `closes without CONNACK on a CONNECT with ${name}`,
      (stage) => closesUnanswered(stage, malformed(stage.newId())[i]![2]),
    )
  );
}

/** A whole CONNECT with every field, cut after each byte, its remaining length made to fit. */
async function cutConnects(stage: Stage): Promise<void> {
  const whole = connect({
    clientId: stage.newId(),
    will: { topic: "w", payload: "m" },
    username: "u",
    password: "p",
  }).subarray(2);
  const lengths = Array.from({ length: whole.length }, (_, length) => length);
  await forAll(lengths, (length) => `${length} bytes`, async (length) => {
    await closesUnanswered(stage, packet(0x10, whole.subarray(0, length)));
  });
}

async function acceptedOrRefusedId(stage: Stage, clientId: string): Promise<void> {
  const client = await stage.sent(connect({ clientId }));
  const answer = await client.expectPacket("CONNACK");
  if (answer.body[1] === 0) return;
  if (toHex(answer.bytes) !== "20 02 00 02") throw new Error(`refused by ${toHex(answer.bytes)}`);
  await client.expectClosed();
}

/** A user the broker knows, or any where it was not told of one. */
function user(stage: Stage): { username: string; password: string } {
  return stage.target.login ?? { username: "user", password: "password" };
}

/** CONNACK of any return code: the CONNECT was understood. */
async function understood(stage: Stage, ...data: Uint8Array[]): Promise<void> {
  const client = await stage.sent(...data);
  await client.expectPacket("CONNACK");
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

const FIELDS: Sequence[] = [
  ...malformedConnects(),
  sequence("3.1.4-1", "closes without CONNACK on a CONNECT cut after any byte", cutConnects),
  sequence(
    "3.1.2-19 3.1.2-21",
    "understands a user name with a password",
    (stage) => understood(stage, connect({ clientId: stage.newId(), ...user(stage) })),
  ),
  sequence(
    "3.1.2-19",
    "understands a user name without a password",
    (stage) => understood(stage, connect({ clientId: stage.newId(), username: "user" })),
  ),
  sequence(
    "3.1.2-19",
    "understands an empty user name",
    (stage) => understood(stage, connect({ clientId: stage.newId(), username: "" })),
  ),
  sequence(
    "3.1.2-21",
    "understands an empty password",
    (stage) =>
      understood(stage, connect({ clientId: stage.newId(), username: "user", password: "" })),
  ),
  sequence(
    "3.1.2-21",
    "understands a password that is not text",
    (stage) =>
      understood(
        stage,
        connect({ clientId: stage.newId(), username: "u", password: hex("00 ff c0 80") }),
      ),
  ),
  sequence("3.1.3-1", "reads all five fields in their order", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("will"));
    const peer = await stage.open({
      will: { topic: stage.topic("will"), payload: "all" },
      ...user(stage),
    });
    await peer.drop();
    if ((await watcher.receive()).payload !== "all") throw new Error("other payload");
  }),
  sequence("3.1.3-1", "accepts an empty will message", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("will"));
    await (await stage.open({ will: { topic: stage.topic("will") } })).drop();
    if ((await watcher.receive()).payload !== "") throw new Error("other payload");
  }),
  sequence("3.1.4-4 3.2.0-1 3.2.2-1", "answers CONNECT with CONNACK 0", async (stage) => {
    const client = await stage.sent(connect({ clientId: stage.newId() }));
    await client.expect(connack(false, 0));
    await client.expectNothing();
  }),
  sequence("3.1.4-4", "reads packets that come before the CONNACK went", async (stage) => {
    const topic = stage.topic("t");
    const client = await stage.sent(bytes(
      connect({ clientId: stage.newId() }),
      subscribe(1, [topic, 0]),
      publish(topic, "at once"),
      PINGREQ,
    ));
    await client.expect(
      connack(false, 0),
      hex("90 03 00 01 00"),
      publish(topic, "at once"),
      hex("d0 00"),
    );
  }),
  sequence("3.1.4-1", "reads a CONNECT that comes byte by byte", async (stage) => {
    const client = await stage.dial();
    for (const byte of connect({ clientId: stage.newId(), ...user(stage) })) {
      await client.send(Uint8Array.of(byte));
    }
    await client.expect(connack(false, 0));
  }),
];

const CLIENT_IDS: Sequence[] = [
  sequence(
    "3.1.3-5",
    "accepts client ids of every length from 1 to 23",
    (stage) =>
      forAll(
        Array.from({ length: 23 }, (_, i) => i + 1),
        (length) => `${length}`,
        async (length) => {
          // Short ids are not ours alone; they take each other over, which proves nothing here.
          const id = (stage.newId() + stage.root).slice(-length);
          const client = await stage.sent(connect({ clientId: id }));
          await client.expect(connack(false, 0));
        },
      ),
  ),
  sequence(
    "3.1.3-5",
    "accepts all 62 letters and digits in client ids",
    (stage) =>
      forAll([0, 1, 2, 3], (part) => LETTERS.slice(part * 16, part * 16 + 16), async (part) => {
        const id = stage.newId().slice(-7) + LETTERS.slice(part * 16, part * 16 + 16);
        await (await stage.sent(connect({ clientId: id }))).expect(connack(false, 0));
      }),
  ),
  sequence(
    "3.1.3-9",
    "accepts a client id of 24 characters, or refuses it by CONNACK 2",
    (stage) => acceptedOrRefusedId(stage, stage.newId().padEnd(24, "z")),
  ),
  sequence(
    "3.1.3-9",
    "accepts a client id of 65,535 characters, or refuses it by CONNACK 2",
    (stage) => acceptedOrRefusedId(stage, stage.newId().padEnd(65535, "z")),
  ),
  sequence(
    "3.1.3-9",
    "accepts a client id with other characters, or refuses it by CONNACK 2",
    (stage) => acceptedOrRefusedId(stage, `${stage.newId()}/+#$ é`),
  ),
  sequence("3.1.3-6", "gives clients with an empty id ids of their own", async (stage) => {
    const open = async () => {
      const client = await stage.sent(connect({ clientId: "" }));
      const { body } = await client.expectPacket("CONNACK");
      if (body[1] === 2) throw new Skip("empty client ids are refused");
      if (body[1] !== 0 || body[0] !== 0) throw new Error(toHex(body));
      return client;
    };
    const first = await open();
    const second = await open();
    await first.expectNothing();
    await second.expectNothing();
  }),
  sequence(
    "3.1.3-7 3.1.3-8 3.2.2-4 3.2.2-5",
    "refuses an empty client id with clean session 0",
    (stage) => refusesWith(stage, 2, connect({ clientId: "", cleanSession: false })),
  ),
  sequence("3.1.4-5", "processes nothing behind a refused CONNECT", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("#"));
    const refused = connect({ clientId: "", cleanSession: false });
    await refusesWith(stage, 2, bytes(refused, publish(stage.topic("late"), "x"), PINGREQ));
    await watcher.nothing();
  }),
  sequence("3.1.4-5", "makes no will of a refused CONNECT", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("#"));
    const will = { topic: stage.topic("will"), payload: "x" };
    await refusesWith(stage, 2, connect({ clientId: "", cleanSession: false, will }));
    await watcher.nothing();
  }),
  sequence("3.1.3-2", "takes client ids that differ in case as two", async (stage) => {
    const lower = await stage.open();
    await stage.open({ clientId: lower.clientId.toUpperCase() });
    await lower.nothing();
  }),
];

const LOGIN: Sequence[] = [
  sequence("3.1.4-4", "lets a known user in", async (stage) => {
    await stage.open({ ...stage.target.login! });
  }, { needs: "login" }),
  sequence(
    "3.2.2-4 3.2.2-5",
    "refuses a wrong password by CONNACK 4 or 5, then closes",
    async (stage) => {
      const { username } = stage.target.login!;
      const client = await stage.sent(
        connect({ clientId: stage.newId(), username, password: "wrong" }),
      );
      const { body } = await client.expectPacket("CONNACK");
      if (body[0] !== 0 || (body[1] !== 4 && body[1] !== 5)) throw new Error(toHex(body));
      await client.expectClosed();
    },
    { needs: "login" },
  ),
  sequence("3.2.2-4", "hides a stored session from a refused CONNECT", async (stage) => {
    const kept = await stage.keep(undefined, stage.target.login);
    await kept.disconnect();
    const { username } = stage.target.login!;
    const client = await stage.sent(
      connect({ clientId: kept.clientId, cleanSession: false, username, password: "wrong" }),
    );
    const { body } = await client.expectPacket("CONNACK");
    if (body[0] !== 0) throw new Error("session present is 1");
  }, { needs: "login" }),
  sequence("3.1.4-2 3.1.4-5", "leaves a client alone when its double is refused", async (stage) => {
    const peer = await stage.open({ ...stage.target.login! });
    const { username } = stage.target.login!;
    const double = await stage.sent(
      connect({ clientId: peer.clientId, username, password: "wrong" }),
    );
    await double.expectPacket("CONNACK");
    await double.expectClosed();
    await peer.nothing();
  }, { needs: "login" }),
  sequence(
    "3.1.4-5 3.1.2-8",
    "publishes no will for a refused user, and nothing it sent",
    async (stage) => {
      const watcher = await stage.subscriber(stage.topic("#"));
      const { username } = stage.target.login!;
      const will = { topic: stage.topic("will"), payload: "x" };
      const client = await stage.sent(bytes(
        connect({ clientId: stage.newId(), username, password: "wrong", will }),
        publish(stage.topic("late"), "x"),
      ));
      await client.readToEnd();
      await watcher.nothing();
    },
    { needs: "login" },
  ),
];

export const CONNECT: Sequence[] = [
  ...FIRST_PACKETS,
  ...PROTOCOL,
  ...FIELDS,
  ...CLIENT_IDS,
  ...LOGIN,
];
