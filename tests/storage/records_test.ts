/** The record format, byte by byte: what is written, what it comes to, and what makes no sense. */
import { assertEquals, assertThrows } from "@std/assert";
import { Message } from "../../lib/session/message.ts";
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import { StoreError } from "../../lib/storage/batch_log.ts";
import { RecordWriter } from "../../lib/storage/records.ts";
import { Replay } from "../../lib/storage/replay.ts";
import type { Replayed } from "../../lib/storage/replayed.ts";
import { hex, toHex, utf8 } from "../support/raw_packets.ts";
import { entriesOf, storedClient } from "./kept_sessions.ts";

function message(): Message {
  return Message.of({
    topicName: "t",
    topic: utf8("t"),
    payload: utf8("x"),
    qos: 1,
    retain: true,
    origin: "client",
    order: 5,
    publisher: "p",
    properties: undefined,
    expiresAt: 1000,
  });
}

function entry(packetId: number) {
  const entry = {
    message: message(),
    qos: 1,
    retain: false,
    identifiers: [300],
    group: undefined,
    record: undefined,
    released: false,
  } as const;
  return { number: 4, place: 6, packetId, entry };
}

const HEAD = { client: storedClient("a"), expiryInterval: Infinity, detachedAt: NaN };

/** What is written, as bytes. The client of all is `a`, its session has number 2. */
const VECTORS: Readonly<Record<string, readonly [(out: RecordWriter) => void, string]>> = {
  "a retained message": [
    (out) => out.retained(message()),
    "01 0a 55 01 74 01 78 01 70 00 00 00 00 00 40 8f 40 02 00",
  ],
  "a retained message that is gone": [(out) => out.unretained("t"), "03 01 74"],
  "the expiry interval of a session": [
    (out) => out.left(2, 1, Infinity),
    "06 02 00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 f0 7f",
  ],
  "a session that has ended": [(out) => out.ended(2), "07 02"],
  "a session that is ending": [(out) => out.ending(300), "13 ac 02"],
  "a subscription": [
    (out) => out.subscribed(2, "t/#", subscriptionOptions(1, true, true, 7)),
    "08 02 03 74 2f 23 1d 07",
  ],
  "a subscription that has ended": [(out) => out.unsubscribed(2, "t/#"), "09 02 03 74 2f 23"],
  "an entry that waits": [
    (out) => out.entry(2, entry(0)),
    "01 0a 55 01 74 01 78 01 70 00 00 00 00 00 40 8f 40 0a 02 04 06 00 21 01 ac 02",
  ],
  "an entry under way": [
    (out) => out.entry(2, entry(9)),
    "01 0a 55 01 74 01 78 01 70 00 00 00 00 00 40 8f 40 0a 02 04 06 00 29 09 01 ac 02",
  ],
  "an entry that is under way now": [(out) => out.begun(2, 4, 7, 9), "0b 02 04 07 09"],
  "an entry whose PUBREC has come": [(out) => out.released(2, 4), "0c 02 04"],
  "an entry that is over": [(out) => out.done(2, 4), "0d 02 04"],
  "a message that came": [(out) => out.received(2, 65_535), "0e 02 ff ff 03"],
  "a message whose PUBREL came": [(out) => out.forgotten(2, 1), "0f 02 01"],
  "a will that is gone": [(out) => out.willGone("a"), "11 01 61"],
  "nothing": [(out) => out.nothing(), "12"],
};

function written(write: (out: RecordWriter) => void): Uint8Array {
  const out = new RecordWriter((time) => time);
  out.begin();
  write(out);
  return out.written.slice();
}

function come(...bodies: Uint8Array[]): Replayed {
  const replay = new Replay();
  for (const [at, body] of bodies.entries()) {
    replay.add({ number: at + 1, keepFrom: 1, time: at, wall: at, body });
  }
  return replay.result;
}

const SESSION = written((out) => out.session(2, { ...HEAD, lastPacketId: 1 }));

for (const [name, [write, expected]] of Object.entries(VECTORS)) {
  Deno.test(`bytes of ${name}, and every truncation of them`, () => {
    const body = written(write);
    assertEquals(toHex(body, 1000), expected);
    come(SESSION, body);
    let whole = 0;
    for (let length = 1; length < body.length; length++) {
      try {
        come(SESSION, body.subarray(0, length));
        whole++; // a message before the record that names it
      } catch (error) {
        assertEquals(error instanceof StoreError, true);
      }
    }
    assertEquals(whole, body[0] === 1 ? 1 : 0);
  });
}

Deno.test("records come to a state", () => {
  const { state } = come(
    SESSION,
    hex("01 0a 55 01 74 01 78 01 70 00 00 00 00 00 40 8f 40 02 00"),
    hex("0a 02 04 06 0a 21 01 ac 02"),
    hex("0a 02 05 07 0a 01 0b 02 05 08 09 0e 02 07 0e 02 08 0f 02 07"),
  );
  assertEquals([...state.retained.keys()], ["t"]);
  assertEquals(state.retained.get("t")!.expiresAt, 1000);
  const { received, entries } = state.sessions.get("a")!;
  assertEquals([...received], [8]);
  assertEquals([...entries.values()].map(({ packetId }) => packetId), [9, 0]);
  assertEquals(entriesOf(come(SESSION), "a"), []);
});

Deno.test("the session with the highest number counts, whichever is read first", () => {
  const [older, newer] = [2, 7].map((number) =>
    written((out) => {
      out.session(number, { ...HEAD, lastPacketId: number });
    })
  ) as [Uint8Array, Uint8Array];
  for (const bodies of [[older, newer], [newer, older]]) {
    const { state, sessions, ending, nextSession } = come(...bodies);
    assertEquals(state.sessions.get("a")!.lastPacketId, 7);
    assertEquals([sessions.length, ending.length, nextSession], [1, 1, 8]);
  }
});

Deno.test("records about what is unknown are read and say nothing", () => {
  const bodies = Object.entries(VECTORS)
    .filter(([name]) => !name.includes("retained"))
    .map(([, [write]]) => written(write));
  const { state, sessions, ending } = come(...bodies);
  assertEquals([state.sessions.size, state.retained.size, sessions.length, ending.length], [
    0,
    0,
    0,
    0,
  ]);
});

for (
  const [name, bytes] of [
    ["an unknown kind", "63 01 02"],
    ["a kind of 0", "00"],
    ["a number beyond 2^53", "07 ff ff ff ff ff ff ff ff ff 7f"],
    ["a QoS of 3", "08 02 01 74 03"],
    ["a text that is no UTF-8", "03 01 ff"],
    ["a topic that is no UTF-8", "01 0a 01 01 ff 00"],
    ["identifiers without end", "0a 02 04 06 00 21 ff ff ff ff ff 7f 01"],
    ["a length beyond the end", "03 ff ff ff 7f 61"],
  ] as const
) {
  Deno.test(`${name}: a StoreError that names the batch`, () => {
    assertThrows(() => come(SESSION, hex(bytes)), StoreError, "batch 2: ");
  });
}
