/**
 * Sections 3.1.2.3 to 3.1.4: flags and fields of CONNECT, client ids.
 */
import {
  bytes,
  connack,
  connect,
  field,
  hex,
  packet,
  PINGREQ,
  publish,
  subscribe,
  toHex,
  u16,
} from "../../support/raw_packets.ts";
import { closesUnanswered, forAll, refusesWith } from "../checks.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

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

export const CONNECT_FIELDS: Sequence[] = [...FIELDS, ...CLIENT_IDS];
