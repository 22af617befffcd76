/**
 * Section 1.5.3, UTF-8 strings: every ill-formed kind in every string field, and what must be kept.
 */
import {
  bytes,
  connect,
  hex,
  publish,
  type RawConnect,
  subscribe,
  type Text,
  unsubscribe,
} from "../../support/raw_packets.ts";
import { closesConnected, refuses } from "../checks.ts";
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
];

/** Sends a string in one field; resolves when the connection has been refused or closed. */
type Rejects = (stage: Stage, text: Text) => Promise<void>;

function connectField(field: (text: Text) => RawConnect): Rejects {
  return (stage, text) => refuses(stage, connect({ clientId: stage.newId(), ...field(text) }));
}

const FIELDS: [field: string, numbers: string, rejects: Rejects][] = [
  ["client id", "3.1.3-4", connectField((text) => ({ clientId: text }))],
  ["will topic", "3.1.3-10", connectField((text) => ({ will: { topic: text } }))],
  ["user name", "3.1.3-11", connectField((text) => ({ username: text, password: "p" }))],
  ["topic name", "3.3.2-1", (stage, text) => closesConnected(stage, publish(text, "x"))],
  [
    "filter of SUBSCRIBE",
    "3.8.3-1",
    (stage, text) => closesConnected(stage, subscribe(1, [text, 0])),
  ],
  [
    "filter of UNSUBSCRIBE",
    "3.10.3-1",
    (stage, text) => closesConnected(stage, unsubscribe(1, text)),
  ],
];

function illFormed(): Sequence[] {
  return FIELDS.flatMap(([field, number, rejects]) =>
    ILL_FORMED.map(([kind, text]) =>
      sequence(
        `1.5.3-1 ${number}`,
        `closes on ${kind} in the ${field}`,
        (stage) => rejects(stage, bytes("a", hex(text), "b")),
      )
    )
  );
}

function withNull(): Sequence[] {
  return FIELDS.map(([field, , rejects]) => {
    const topic = field.includes("topic") || field.includes("filter");
    return sequence(
      topic ? "1.5.3-2 4.7.3-2" : "1.5.3-2",
      `closes on U+0000 in the ${field}`,
      (stage) => rejects(stage, "a\0b"),
    );
  });
}

function overlongNull(): Sequence[] {
  return FIELDS.map(([field, , rejects]) =>
    sequence(
      "1.5.3-1 1.5.3-2",
      `closes on U+0000 in two bytes in the ${field}`,
      (stage) => rejects(stage, bytes("a", hex("c0 80"), "b")),
    )
  );
}

const KEPT: [string, string][] = [
  ["one character of two bytes", "\u00e9"],
  ["the last character of two bytes", "\u07ff"],
  ["the first character of three bytes", "\u0800"],
  ["the last character before the surrogates", "\ud7ff"],
  ["the first character behind the surrogates", "\ue000"],
  ["the replacement character", "\ufffd"],
  ["the first character of four bytes", "\u{10000}"],
  ["an emoji", "\u{1f99f}"],
  ["the last assignable character", "\u{10fffd}"],
];

async function passesThrough(stage: Stage, suffix: string): Promise<void> {
  const topic = stage.topic(suffix);
  const peer = await stage.subscriber(topic);
  await peer.publish(topic, "kept");
  const got = await peer.receive();
  if (got.topic !== topic) {
    throw new Error(`${JSON.stringify(topic)} came as ${JSON.stringify(got.topic)}`);
  }
}

const BOM = "\ufeff";

export const STRINGS: Sequence[] = [
  ...illFormed(),
  ...withNull(),
  ...overlongNull(),
  ...KEPT.map(([kind, text]) =>
    sequence(
      "1.5.3-1 4.7.3-4",
      `passes a topic with ${kind} on`,
      (stage) => passesThrough(stage, `a${text}b`),
    )
  ),
  sequence("1.5.3-3", "keeps U+FEFF inside a topic", (stage) => passesThrough(stage, `a${BOM}b`)),
  sequence(
    "1.5.3-3",
    "keeps U+FEFF at the end of a topic",
    (stage) => passesThrough(stage, `a${BOM}`),
  ),
  sequence("1.5.3-3", "keeps U+FEFF at the beginning of a topic", async (stage) => {
    const topic = `${BOM}${stage.topic("t")}`;
    const peer = await stage.subscriber(topic);
    await peer.publish(topic, "kept");
    if ((await peer.receive()).topic !== topic) throw new Error("U+FEFF was lost");
  }),
  sequence("1.5.3-3", "takes a topic with and one without U+FEFF as two", async (stage) => {
    const plain = await stage.subscriber(stage.topic("t"));
    const marked = await stage.subscriber(`${BOM}${stage.topic("t")}`);
    const publisher = await stage.open();
    await publisher.publish(stage.topic("t"), "plain");
    await plain.receive();
    await publisher.publish(`${BOM}${stage.topic("t")}`, "marked");
    await plain.nothing();
    if ((await marked.receive()).payload !== "marked") throw new Error("U+FEFF was stripped");
  }),
  sequence(
    "1.5.3-3",
    "keeps U+FEFF in a retained topic and in a filter's levels",
    async (stage) => {
      const topic = stage.topic(`${BOM}/r`);
      await (await stage.open()).publish(topic, "r", { retain: true });
      const peer = await stage.open();
      await peer.subscribed([stage.topic(`${BOM}/+`), 0]);
      if ((await peer.receive()).topic !== topic) throw new Error("U+FEFF was lost");
    },
  ),
];
