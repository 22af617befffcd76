/**
 * Section 3.1: the first packet, a second CONNECT, protocol name and version, flags and fields of CONNECT, client ids.
 */
import { bytes, field, hex, packet, PINGREQ, u16 } from "../../support/raw_packets.ts";
import {
  auth5,
  connack5,
  connect5,
  disconnect5,
  puback5,
  publish5,
  subscribe5,
  unsubscribe5,
} from "../../support/raw_packets5.ts";
import { closesUnanswered, equal, forAll } from "../checks.ts";
import { closes5, Reason, refusal, refuses5, refusesBy, WRONG } from "../checks5.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const BEFORE_CONNECT: [name: string, packet: Uint8Array][] = [
  ["CONNACK", connack5(false)],
  ["PUBLISH", publish5("before", "connect")],
  ["PUBACK", puback5(1)],
  ["PUBREL", hex("62 02 00 01")],
  ["SUBSCRIBE", subscribe5(1, [["before", 0]])],
  ["UNSUBSCRIBE", unsubscribe5(1, ["before"])],
  ["PINGREQ", PINGREQ],
  ["DISCONNECT", disconnect5()],
  ["DISCONNECT with a reason", disconnect5(4, { reasonString: "x" })],
  ["AUTH", auth5(0x18, { authenticationMethod: "m" })],
];

const FIRST: Sequence[] = [
  ...BEFORE_CONNECT.map(([name, data]) =>
    sequence(
      "3.14.0-1 3.2.0-1",
      `closes without a word when the first packet is not CONNECT but ${name}`,
      (stage) => closesUnanswered(stage, data),
    )
  ),
  sequence("3.1.0-2 3.2.0-2 4.13.2-1", "closes on a second CONNECT", async (stage) => {
    await closes5(stage, WRONG, connect5({ clientId: stage.newId() }));
  }),
  sequence("3.1.0-2 3.2.0-2", "closes on two CONNECTs in one write", async (stage) => {
    const clientId = stage.newId();
    const client = await stage.sent(bytes(connect5({ clientId }), connect5({ clientId })));
    const answers = [await client.nextPacket(), await client.nextPacket()];
    if (answers[1]?.type === 2) throw new Error("a second CONNACK");
    if (answers[1] !== undefined) await client.expectClosed();
  }),
  sequence(
    "3.1.0-2 3.1.2-8",
    "publishes the will when a second CONNECT ends the connection",
    async (stage) => {
      const watcher = await stage.subscriber(stage.topic("will"));
      const peer = await stage.open5({ will: { topic: stage.topic("will"), payload: "gone" } });
      await peer.raw.sendAnyway(connect5({ clientId: peer.clientId }));
      await watcher.gets("gone/0");
    },
  ),
];

const VERSIONS: Sequence[] = [
  ...["mqtt", "MQTt", "MQT", "MQTTX", "", "MQIsdpX", "HTTP", "MQIsdp"].map((name) =>
    sequence(
      "3.1.2-1",
      `refuses the protocol name ${JSON.stringify(name)}`,
      (stage) => refuses(stage, connect5({ clientId: stage.newId(), name })),
    )
  ),
  ...[0, 1, 2, 6, 64, 127, 255].map((level) =>
    sequence(
      "3.1.2-2",
      `refuses protocol version ${level}`,
      (stage) => refuses(stage, connect5({ clientId: stage.newId(), level })),
    )
  ),
  ...[6, 127].map((level) =>
    sequence(
      "3.1.2-2",
      `answers protocol version ${level} with a CONNACK of 5 or of 3.1.1`,
      async (stage) => {
        const client = await stage.sent(connect5({ clientId: stage.newId(), level }));
        const { body } = await client.expectPacket("CONNACK");
        equal([body[0], body.length === 2 ? 1 : Reason.BAD_VERSION], [0, body[1]]);
      },
      { habit: true },
    )
  ),
  sequence(
    "3.1.2-1",
    "reads protocol names byte by byte: no U+FEFF before MQTT",
    (stage) => refuses(stage, connect5({ clientId: stage.newId(), name: "\ufeffMQTT" })),
  ),
];

/** A CONNECT whose name or version is refused may be answered in either version. */
async function refuses(stage: Stage, data: Uint8Array): Promise<void> {
  const client = await stage.sent(data);
  const answer = await client.nextPacket();
  if (answer === undefined) return;
  const { type, body } = answer;
  const codes = body.length === 2 ? [1] : [Reason.BAD_VERSION, ...WRONG];
  if (type !== 2 || body[0] !== 0 || !codes.includes(body[1]!)) throw new Error(`${answer.bytes}`);
  await client.expectClosed();
}

/** A CONNECT whose flags and payload disagree, or that breaks section 3.1 in another way. */
function malformed(clientId: string): [number: string, name: string, packet: Uint8Array][] {
  const payload = (flags: number, ...fields: (string | Uint8Array)[]) =>
    packet(0x10, field("MQTT"), 5, flags, u16(60), 0, ...fields);
  const id = field(clientId);
  const will = bytes(0, field("topic"), field("message"));
  return [
    ["3.1.2-3", "the reserved flag set", connect5({ clientId, flags: 0x03 })],
    ["3.1.2-9", "the will flag and no will fields", payload(0x06, id)],
    ["3.1.2-9", "the will flag and will properties alone", payload(0x06, id, Uint8Array.of(0))],
    ["3.1.2-9", "the will flag and no will payload", payload(0x06, id, bytes(0, field("topic")))],
    ["3.1.2-9", "will fields and no will flag", payload(0x02, id, will)],
    ["3.1.4-1", "will QoS 1 and no will flag", payload(0x0a, id)],
    ["3.1.4-1", "will QoS 2 and no will flag", payload(0x12, id)],
    ["3.1.4-1", "will QoS 3 and no will flag", payload(0x1a, id)],
    ["3.1.4-1", "will retain and no will flag", payload(0x22, id)],
    ["3.1.4-1", "will QoS 3", payload(0x1e, id, will)],
    ["3.1.4-1", "a user name and no user name flag", payload(0x02, id, field("user"))],
    ["3.1.4-1", "the user name flag and no user name", payload(0x82, id)],
    ["3.1.4-1", "a password and no password flag", payload(0x82, id, field("user"), field("p"))],
    ["3.1.4-1", "the password flag and no password", payload(0xc2, id, field("user"))],
    ["3.1.4-1", "no client id", packet(0x10, field("MQTT"), 5, 2, u16(60), 0)],
    ["3.1.4-1", "no property length", packet(0x10, field("MQTT"), 5, 2, u16(60))],
    [
      "3.1.4-1",
      "a property length beyond the packet",
      packet(0x10, field("MQTT"), 5, 2, u16(60), 100, id),
    ],
    ["4.7.0-1", "a will topic with a wildcard", connect5({ clientId, will: { topic: "a/#" } })],
    ["4.7.3-1", "an empty will topic", connect5({ clientId, will: { topic: "" } })],
    [
      "3.1.4-1",
      "bytes behind the payload",
      bytes(packet(0x10, connect5({ clientId }).subarray(2), 0)),
    ],
    ["3.1.4-1", "an empty body", hex("10 00")],
  ];
}

/** A whole CONNECT with every field, cut after each byte, its remaining length made to fit. */
async function cutConnects(stage: Stage): Promise<void> {
  const whole = connect5({
    clientId: stage.newId(),
    properties: { sessionExpiryInterval: 1, userProperties: [["a", "b"]] },
    will: { topic: "w", payload: "m", properties: { willDelayInterval: 1, contentType: "c" } },
    username: "u",
    password: "p",
  }).subarray(2);
  const lengths = Array.from({ length: whole.length }, (_, length) => length);
  await forAll(lengths, (length) => `${length} bytes`, async (length) => {
    await refuses5(stage, [...WRONG, Reason.BAD_VERSION], packet(0x10, whole.subarray(0, length)));
  });
}

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const MALFORMED_CODES = [...WRONG, Reason.BAD_TOPIC, Reason.BAD_QOS, Reason.BAD_LOGIN];

const FIELDS: Sequence[] = [
  ...malformed("").map(([number, name], i) =>
    sequence(
      number === "3.1.4-1" ? "3.1.4-1 4.13.1-1" : `${number} 3.1.4-1`,
      `refuses a CONNECT with ${name}`,
      (stage) => refuses5(stage, MALFORMED_CODES, malformed(stage.newId())[i]![2]),
    )
  ),
  sequence("3.1.4-1", "refuses a CONNECT cut after any byte", cutConnects),
  sequence(
    "3.1.4-5",
    "lets a password in without a user name, or refuses it as a login",
    async (stage) => {
      const data = packet(
        0x10,
        field("MQTT"),
        5,
        0x42,
        u16(60),
        0,
        field(stage.newId()),
        field("p"),
      );
      const answer = await (await stage.sent(data)).expect5("CONNACK");
      const codes: number[] = [0, Reason.BAD_LOGIN, Reason.NOT_AUTHORIZED];
      if (!codes.includes(answer.reasonCode)) throw new Error(`${answer.reasonCode}`);
    },
  ),
  sequence("3.1.4-5 3.2.2-1 3.2.0-1", "answers CONNECT by CONNACK 0", async (stage) => {
    const client = await stage.sent(connect5({ clientId: stage.newId() }));
    const { reasonCode, sessionPresent } = await client.expect5("CONNACK");
    equal([reasonCode, sessionPresent], [0, false]);
  }),
  sequence("3.1.4-6 3.1.4-1", "passes nothing on that follows a refused CONNECT", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("#"));
    const client = await stage.sent(bytes(
      connect5({ clientId: stage.newId(), flags: 0x03 }),
      publish5(stage.topic("late"), "x"),
    ));
    await client.readToEnd();
    await watcher.nothing();
  }),
  sequence(
    "3.14.0-1",
    "sends no DISCONNECT instead of a refusing CONNACK",
    (stage) =>
      forAll([0x03, 0x1e], String, async (flags) => {
        await refusal(await stage.sent(connect5({ clientId: stage.newId(), flags })));
      }),
  ),
];

const IDS: Sequence[] = [
  ...[1, 2, 22, 23].map((length) =>
    sequence("3.1.3-5", `accepts a client id of ${length} letters and digits`, async (stage) => {
      const clientId = `${stage.newId()}${LETTERS}`.slice(length === 1 ? 1 : 0).slice(0, length);
      await (await stage.open5({ clientId })).ping();
    })
  ),
  sequence("3.1.3-5", "accepts every letter and digit in a client id", async (stage) => {
    for (let at = 0; at < LETTERS.length; at += 20) {
      await (await stage.open5({ clientId: `z${LETTERS.slice(at, at + 20)}` })).ping();
    }
  }),
  sequence(
    "3.1.3-6 3.1.3-7 3.2.2-16",
    "assigns an id to a client without one, and tells it in CONNACK",
    async (stage) => {
      const peers = [await stage.open5({ clientId: "" }), await stage.open5({ clientId: "" })];
      const ids = peers.map(({ told }) => told.assignedClientIdentifier);
      if (!ids[0] || !ids[1] || ids[0] === ids[1]) throw new Error(`assigned ${ids}`);
    },
  ),
  sequence(
    "3.1.3-7 3.1.3-2",
    "keeps the session of an assigned id under that id",
    async (stage) => {
      const properties = { sessionExpiryInterval: 600 };
      const first = await stage.open5({ clientId: "", properties });
      const clientId = first.told.assignedClientIdentifier!;
      await first.requested([[stage.topic("t"), 1]]);
      await first.disconnect();
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
      const again = await stage.keep5(clientId);
      equal(again.sessionPresent, true);
      await again.gets("x/1");
    },
  ),
  sequence("3.1.3-7 3.1.4-3", "takes an assigned id over like any other", async (stage) => {
    const first = await stage.open5({ clientId: "" });
    await stage.open5({ clientId: first.told.assignedClientIdentifier! });
    await first.ends();
  }),
  sequence("3.1.3-7", "assigns an id also with clean start 0", async (stage) => {
    const client = await stage.sent(connect5({ cleanSession: false }));
    const { reasonCode, properties } = await client.expect5("CONNACK");
    if (reasonCode === 0 && !properties.assignedClientIdentifier) throw new Error("none");
  }),
  sequence("3.1.3-7", "tells no assigned id to a client that has one", async (stage) => {
    equal((await stage.open5()).told.assignedClientIdentifier, undefined);
  }),
  sequence(
    "3.1.3-8",
    "accepts a client id of 1,000 bytes, or refuses it by 0x85",
    async (stage) => {
      const client = await stage.sent(
        connect5({ clientId: `${stage.newId()}${"i".repeat(1000)}` }),
      );
      const answer = await client.expect5("CONNACK");
      if (answer.reasonCode === 0) return;
      equal(answer.reasonCode, Reason.BAD_CLIENT_ID);
      await client.expectClosed();
    },
  ),
  sequence("3.1.2-2", "serves 3.1.1 and 5 on the same port", async (stage) => {
    const five = await stage.open5();
    await five.requested([[stage.topic("t"), 1]]);
    const four = await stage.open4();
    await four.publish(stage.topic("t"), "x", { qos: 1 });
    await five.gets("x/1");
  }, { habit: true }),
];

const LOGINS: Sequence[] = [
  sequence("3.1.4-5", "lets a known user in", async (stage) => {
    await stage.open5({ ...stage.target.login! });
  }, { needs: "login" }),
  sequence(
    "3.1.4-2 3.2.2-6 3.2.2-7 3.2.2-8 4.13.2-1",
    "refuses a wrong password by CONNACK 0x86 or 0x87, then closes",
    (stage) =>
      refusesBy(
        stage,
        [Reason.BAD_LOGIN, Reason.NOT_AUTHORIZED],
        connect5({
          clientId: stage.newId(),
          username: stage.target.login!.username,
          password: "wrong",
        }),
      ),
    { needs: "login" },
  ),
  sequence("3.2.2-6 3.1.4-2", "hides a stored session from a refused CONNECT", async (stage) => {
    const kept = await stage.keep5(undefined, stage.target.login);
    await kept.disconnect();
    const { username } = stage.target.login!;
    const options = { clientId: kept.clientId, cleanSession: false, username, password: "wrong" };
    await refusal(await stage.sent(connect5(options)));
  }, { needs: "login" }),
  sequence("3.1.4-2 3.1.4-3", "leaves a client alone when its double is refused", async (stage) => {
    const peer = await stage.open5({ ...stage.target.login! });
    const { username } = stage.target.login!;
    const options = { clientId: peer.clientId, username, password: "wrong" };
    await refusal(await stage.sent(connect5(options)));
    await peer.nothing();
  }, { needs: "login" }),
  sequence(
    "3.1.4-6 3.1.2-7",
    "publishes no will for a refused user, and nothing it sent",
    async (stage) => {
      const watcher = await stage.subscriber(stage.topic("#"));
      const { username } = stage.target.login!;
      const will = { topic: stage.topic("will"), payload: "x" };
      const client = await stage.sent(bytes(
        connect5({ clientId: stage.newId(), username, password: "wrong", will }),
        publish5(stage.topic("late"), "x"),
      ));
      await client.readToEnd();
      await watcher.nothing();
    },
    { needs: "login" },
  ),
];

export const CONNECT_5: Sequence[] = [...FIRST, ...VERSIONS, ...FIELDS, ...IDS, ...LOGINS];
