/**
 * Section 1.5: UTF-8 strings, string pairs and variable byte integers, in every field that holds one.
 */
import { bytes, field, hex, packet, type Text, u16 } from "../../support/raw_packets.ts";
import {
  connect5,
  disconnect5,
  puback5,
  publish5,
  type RawConnect5,
  subscribe5,
  unsubscribe5,
} from "../../support/raw_packets5.ts";
import { closes5, Reason, refuses5, WRONG } from "../checks5.ts";
import { forAll } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const ILL_FORMED: [string, string][] = [
  ["a high surrogate alone", "ed a0 80"],
  ["a low surrogate alone", "ed bf bf"],
  ["a surrogate pair in six bytes", "ed a0 81 ed b0 81"],
  ["an overlong form of two bytes", "c1 bf"],
  ["an overlong form of three bytes", "e0 80 af"],
  ["an overlong form of four bytes", "f0 80 80 af"],
  ["a code point above U+10FFFF", "f4 90 80 80"],
  ["a form of five bytes", "f8 88 80 80 80"],
  ["a continuation byte alone", "80"],
  ["a sequence cut short", "e2 82"],
  ["the byte FF", "ff"],
  ["U+0000 in two bytes", "c0 80"],
];

/** Sends a string in one field; resolves when the connection has been refused or closed. */
type Rejects = (stage: Stage, text: Text) => Promise<void>;

function connectField(field: (text: Text) => RawConnect5): Rejects {
  const codes = [...WRONG, Reason.BAD_CLIENT_ID, Reason.BAD_LOGIN, Reason.BAD_TOPIC];
  return (stage, text) =>
    refuses5(stage, codes, connect5({ clientId: stage.newId(), ...field(text) }));
}

function willField(name: "contentType" | "responseTopic"): Rejects {
  return connectField((text) => ({ will: { topic: "w", properties: { [name]: text } } }));
}

function connected(make: (text: Text) => Uint8Array): Rejects {
  const codes = [...WRONG, Reason.BAD_TOPIC, Reason.BAD_FILTER];
  return (stage, text) => closes5(stage, codes, make(text));
}

const FIELDS: [field: string, numbers: string, rejects: Rejects][] = [
  ["client id", "1.5.4-1", connectField((text) => ({ clientId: text }))],
  ["will topic", "1.5.4-1", connectField((text) => ({ will: { topic: text } }))],
  ["content type of a will", "1.5.4-1", willField("contentType")],
  ["response topic of a will", "1.5.4-1", willField("responseTopic")],
  ["user name", "1.5.4-1", connectField((text) => ({ username: text, password: "p" }))],
  [
    "authentication method",
    "1.5.4-1",
    connectField((text) => ({ properties: { authenticationMethod: text } })),
  ],
  [
    "name of a user property of CONNECT",
    "1.5.7-1",
    connectField((text) => ({ properties: { userProperties: [[text, "value"]] } })),
  ],
  [
    "value of a user property of CONNECT",
    "1.5.7-1",
    connectField((text) => ({ properties: { userProperties: [["name", text]] } })),
  ],
  ["topic name", "3.3.2-1", connected((text) => publish5(text, "x"))],
  [
    "response topic",
    "3.3.2-13",
    connected((text) => publish5("t", "x", { properties: { responseTopic: text } })),
  ],
  [
    "content type",
    "3.3.2-19",
    connected((text) => publish5("t", "x", { properties: { contentType: text } })),
  ],
  [
    "name of a user property of PUBLISH",
    "1.5.7-1",
    connected((text) => publish5("t", "x", { properties: { userProperties: [[text, "v"]] } })),
  ],
  [
    "value of a user property of PUBLISH",
    "1.5.7-1",
    connected((text) => publish5("t", "x", { properties: { userProperties: [["n", text]] } })),
  ],
  [
    "reason string of PUBACK",
    "1.5.4-1",
    connected((text) => puback5(1, 0, { reasonString: text })),
  ],
  ["filter of SUBSCRIBE", "3.8.3-1", connected((text) => subscribe5(1, [[text, 0]]))],
  [
    "value of a user property of SUBSCRIBE",
    "1.5.7-1",
    connected((text) => subscribe5(1, [["t", 0]], { userProperties: [["n", text]] })),
  ],
  ["filter of UNSUBSCRIBE", "3.10.3-1", connected((text) => unsubscribe5(1, [text]))],
  [
    "reason string of DISCONNECT",
    "1.5.4-1",
    (stage, text) => closes5(stage, WRONG, disconnect5(4, { reasonString: text })),
  ],
];

function illFormed(): Sequence[] {
  return FIELDS.map(([field, number, rejects]) =>
    sequence(
      number === "1.5.4-1" ? "1.5.4-1 4.13.1-1" : `1.5.4-1 ${number}`,
      `closes on ill-formed UTF-8 in the ${field}`,
      (stage) =>
        forAll(
          ILL_FORMED,
          ([kind]) => kind,
          ([, text]) => rejects(stage, bytes("a", hex(text), "b")),
        ),
    )
  );
}

function withNull(): Sequence[] {
  return FIELDS.map(([field, , rejects]) =>
    sequence(
      /topic name|filter/.test(field) ? "1.5.4-2 4.7.3-2" : "1.5.4-2",
      `closes on U+0000 in the ${field}`,
      (stage) => rejects(stage, "a\0b"),
    )
  );
}

const KEPT = ["\u00e9", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\u{10000}", "\u{1f99f}"];
const BOM = "\ufeff";

/** Every string of a message, with `text` in it, comes as it was sent. */
async function keeps(stage: Stage, text: string): Promise<void> {
  const properties = {
    contentType: text,
    responseTopic: `r/${text}`,
    userProperties: [[text, `${text}${text}`]] as [string, string][],
  };
  const topic = stage.topic(text);
  const peer = await stage.open5();
  await peer.requested([[topic, 0]]);
  await peer.say(topic, "x", { properties });
  const got = await peer.take();
  const same = got.topic === topic && JSON.stringify(got.properties) === JSON.stringify(properties);
  if (!same) throw new Error(JSON.stringify([got.topic, got.properties]));
}

/** Lengths in too many bytes: property length, property identifier, subscription identifier, remaining length. */
const LONG_VARINTS: [name: string, packet: Uint8Array][] = [
  ["a property length of 0 in two bytes", packet(0x30, field("t"), hex("80 00"), "x")],
  ["a property length of 0 in four bytes", packet(0x30, field("t"), hex("80 80 80 00"), "x")],
  ["a property length of 2 in two bytes", packet(0x30, field("t"), hex("82 00 01 00"), "x")],
  ["a property identifier in two bytes", packet(0x30, field("t"), hex("03 81 00 00"), "x")],
  [
    "a subscription identifier of 1 in two bytes",
    packet(0x82, u16(1), hex("03 0b 81 00"), field("t"), 0),
  ],
  [
    "a subscription identifier of five bytes",
    packet(0x82, u16(1), hex("06 0b ff ff ff ff 01"), field("t"), 0),
  ],
  ["a property length of five bytes", packet(0x30, field("t"), hex("80 80 80 80 00"), "x")],
];

export const STRINGS_5: Sequence[] = [
  ...illFormed(),
  ...withNull(),
  sequence(
    "1.5.4-1 4.7.3-4 3.3.2-20 3.3.2-15 3.3.2-17",
    "passes well-formed strings on in every field of a message",
    (stage) => forAll(KEPT, (text) => text, (text) => keeps(stage, `a${text}b`)),
  ),
  sequence(
    "1.5.4-3",
    "keeps U+FEFF at the beginning, inside and at the end of every string",
    (stage) =>
      forAll(
        [`${BOM}a`, `a${BOM}b`, `a${BOM}`, BOM],
        (text) => JSON.stringify(text),
        (text) => keeps(stage, text),
      ),
  ),
  sequence("1.5.4-3", "keeps U+FEFF at the beginning of a topic", async (stage) => {
    const topic = `${BOM}${stage.topic("t")}`;
    const peer = await stage.open5();
    await peer.requested([[topic, 0]]);
    await peer.say(topic, "kept");
    if ((await peer.take()).topic !== topic) throw new Error("U+FEFF was lost");
  }),
  ...LONG_VARINTS.map(([name, packet]) =>
    sequence("1.5.5-1 4.13.1-1", `closes on ${name}`, (stage) => closes5(stage, WRONG, packet))
  ),
  sequence("1.5.5-1", "closes on a remaining length of five bytes", (stage) =>
    forAll(
      ["c0 80 80 80 80 00", "30 ff ff ff ff 01"],
      (text) => text,
      (text) => closes5(stage, [...WRONG, Reason.TOO_LARGE], hex(text)),
    )),
  sequence(
    "1.5.5-1",
    "closes on a remaining length in too many bytes, or reads it",
    async (stage) => {
      const { raw } = await stage.open5();
      await raw.sendAnyway(hex("c0 80 00"));
      const answer = await raw.nextPacket();
      if (answer && answer.type !== 13 && answer.type !== 14) throw new Error(`${answer.bytes}`);
    },
  ),
];
