/** mosquitto.db as a stored state: of one that a real mosquitto has written, and of chunks made by hand. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { StateBuilder } from "../../../lib/storage/foreign/builder.ts";
import { addMosquittoDb } from "../../../lib/storage/foreign/mosquitto_db.ts";
import { UserError } from "../../../lib/user_error.ts";
import { bytes, field, u16 } from "../../support/raw_packets.ts";
import { u32 } from "../../support/raw_properties5.ts";
import { MOSQUITTO_DB, MOSQUITTO_SAVED } from "./fixtures.ts";
import { expectScene } from "./mosquitto_expected.ts";
import { tellSessions } from "./told.ts";

const MANNER = { keepsShared: false, number: "007", lastPacketId: 8, half: "ann" } as const;
const QOS2 =
  "differs: 1 QoS 2 message: its client had still to send PUBREL; it is delivered now, and PUBREL only answered";
const SHARED = "differs: 1 message: it waits for a session without a subscription to it; " +
  "was that a shared one, then its client has to subscribe again";
const PROVEN = (count: string) =>
  `differs: ${count}: its username counts as proven by a password; a client that only claims it ` +
  "gets a new session";
const USERNAMES = [
  "differs: 1 session: the username of another client is left out (mosquitto before 2.0.16)",
  "differs: 1 session: its username may be another client's (mosquitto before 2.0.16)",
];

function read(file: Uint8Array, time: number): StateBuilder {
  const builder = new StateBuilder(time);
  addMosquittoDb(file, "m.db", builder);
  return builder;
}

Deno.test("mosquitto.db: sessions, what is under way and waits, retained messages, properties", () => {
  const { state, notes } = read(MOSQUITTO_DB, MOSQUITTO_SAVED + 10_000);
  expectScene(state, MOSQUITTO_SAVED, MANNER);
  assertEquals(state.time, MOSQUITTO_SAVED + 10_000);
  assertEquals(notes.lines, [...USERNAMES, PROVEN("2 sessions"), SHARED, QOS2]);
});

Deno.test("mosquitto.db: what has expired is left out, and what is for it", () => {
  const late = read(MOSQUITTO_DB, MOSQUITTO_SAVED + 4_000_000);
  assertEquals([...late.state.sessions.keys()], ["four", "half"]);
  assertEquals([...late.state.retained.keys()], ["r/kept", "007", "a/in"]);
  assertEquals(late.notes.lines, [
    ...USERNAMES,
    "not carried over: 3 messages: the message expiry interval is over",
    "not carried over: 1 session: the session expiry interval is over",
    PROVEN("1 session"),
    QOS2,
  ]);
});

/** A chunk of a type. */
function chunk(type: number, ...parts: (number | string | Uint8Array)[]): Uint8Array {
  const body = bytes(...parts);
  return bytes(u32(type), u32(body.length), body);
}

/** 64 bits, the lowest first. */
function u64(value: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);
}

const CONFIG = chunk(1, u64(9), 0, 8, new Uint8Array(6));

function file(version: number, ...chunks: readonly Uint8Array[]): Uint8Array {
  return bytes(Uint8Array.of(0, 0xb5, 0), "mosquitto db", u32(0), u32(version), ...chunks);
}

/** A client of format version 6. */
function client(id: string, username = "", padding = 4): Uint8Array {
  const fixed = [u64(0), u32(0xffff_ffff), u16(3), field(id).subarray(0, 2), u16(1883)];
  const length = field(username).subarray(0, 2);
  return chunk(6, ...fixed, length, new Uint8Array(padding), id, username);
}

function message(
  id: number,
  topic: string | Uint8Array,
  properties = bytes(),
  source = "p",
): Uint8Array {
  const length = typeof topic === "string" ? field(topic).subarray(0, 2) : u16(topic.length);
  const fixed = [u64(id), u64(0), u32(1), u16(0), u16(source.length), u16(0), length, u16(0), 1, 1];
  return chunk(2, ...fixed, source, topic, "x", properties);
}

function clientMessage(id: string, store: number, packetId: number, state: number, direction = 1) {
  return chunk(3, u64(store), u16(packetId), u16(id.length), 2, state, 0, direction, id);
}

function subscription(id: string, filter: string): Uint8Array {
  return chunk(5, u32(0), u16(id.length), u16(filter.length), 1, 0, u16(0), id, filter);
}

Deno.test("mosquitto.db: format version 5, and a PC of 32 bits", () => {
  const five = chunk(6, u64(0), u32(0xffff_ffff), u16(7), u16(1), "c");
  const one = read(file(5, CONFIG, five), 1000);
  assertEquals(tellSessions(one.state).c?.lastPacketId, 7);
  const small = read(file(6, chunk(1, u64(9), 0, 8, u16(0)), client("c", "ann", 0)), 1000);
  assertEquals(tellSessions(small.state).c?.username, "ann");
  assertEquals([...one.notes.lines, ...small.notes.lines], [PROVEN("1 session")]);
});

Deno.test("mosquitto.db: every state of a message on its way out", () => {
  const states = [2, 3, 4, 5, 6, 9, 11];
  const all = states.map((state, at) => clientMessage("c", 1, at + 1, state));
  const { state } = read(
    file(6, CONFIG, message(1, "t"), client("c"), subscription("c", "t"), ...all),
    1,
  );
  assertEquals(tellSessions(state).c?.entries, [
    "#1 t q2",
    "#2 t q2",
    "#3 t q2",
    "#4 t q2",
    "#5 t q2 released",
    "#6 t q2 released",
    "t q2",
  ]);
});

Deno.test("mosquitto.db: what cannot be carried over is counted", () => {
  const odd = file(
    6,
    CONFIG,
    message(1, "t", bytes(3, 0x23, 0, 1)), // a topic alias is not handed on
    message(2, Uint8Array.of(255)),
    message(3, "t", bytes(2, 0x7f, 0)),
    message(4, "a/+"),
    message(5, "mine", bytes(), ""),
    client("c"),
    subscription("c", "t"),
    subscription("c", "a#"),
    subscription("nobody", "t"),
    clientMessage("c", 1, 4, 5),
    clientMessage("c", 1, 4, 5),
    clientMessage("c", 2, 5, 5),
    clientMessage("c", 99, 6, 5),
    clientMessage("nobody", 1, 6, 5),
    chunk(4, u64(3)),
    chunk(4, u64(5)),
    chunk(4, u64(98)),
    chunk(77, "x"),
  );
  const { state, notes } = read(odd, 1000);
  assertEquals(tellSessions(state).c?.entries, ["#4 t q2"]);
  const [first, own] = [...state.retained.values()];
  assertEquals([first?.topicName, first?.properties, first?.origin], ["t", undefined, "client"]);
  assertEquals([own?.origin, own?.publisher], ["broker", undefined]);
  assertEquals(notes.lines, [
    "not carried over: 1 chunk: type 77 is not known",
    "not carried over: 1 message: its topic name is not UTF-8",
    "differs: 1 message: its properties are left out, for there is no property 127 [2.2.2]",
    "not carried over: 1 message: a topic name must not contain a wildcard [MQTT-4.7.1-1]",
    "not carried over: 1 subscription: # must be alone in the last level of a topic filter [MQTT-4.7.1-2]",
    "not carried over: 1 subscription: there is no session of the client",
    "not carried over: 1 retained message: the file does not have it",
    "not carried over: 1 message: its packet id is under way already",
    "not carried over: 1 message: the file does not have it",
    "not carried over: 1 message: there is no session of the client",
  ]);
});

Deno.test("mosquitto.db: names that are not UTF-8, and times that no date has", () => {
  const noText = Uint8Array.of(255);
  const head = [u64(0), u32(0xffff_ffff), u16(3), u16(1), u16(1883), u16(1), new Uint8Array(4)];
  const odd = file(
    6,
    CONFIG,
    chunk(6, ...head, noText, "u"),
    chunk(6, ...head, "c", noText),
    chunk(5, u32(0), u16(1), u16(1), 1, 0, u16(0), "d", noText),
    client("d"),
    chunk(2, u64(1), u64(2 ** 62), u32(0), u16(0), u16(1), u16(0), u16(1), u16(0), 1, 1, "p", "t"),
    clientMessage("d", 1, 1, 3),
    subscription("d", "t"),
  );
  const { state, notes } = read(odd, 1000);
  assertEquals(tellSessions(state).d?.entries, ["#1 t q2"]);
  assertEquals([...state.sessions.get("d")!.entries.values()][0]?.message.expiresAt, undefined);
  assertEquals(notes.lines, [
    "not carried over: 2 sessions: its client id or username is not UTF-8",
    "not carried over: 1 subscription: it is not UTF-8",
  ]);
});

Deno.test("mosquitto.db: a QoS 2 message that was taken over goes to whom it is for, once", () => {
  const taken = file(
    6,
    CONFIG,
    message(1, "t", bytes(), "a"),
    client("a"),
    client("b"),
    client("c"),
    client("d"),
    ...["a", "b", "c"].map((id) => subscription(id, "$share/g/t")),
    subscription("c", "t"),
    subscription("c", "+"),
    subscription("d", "u"),
    clientMessage("a", 1, 8, 7, 0),
  );
  const sessions = tellSessions(read(taken, 1000).state);
  const entries = Object.entries(sessions).map(([id, session]) => [id, session.entries]);
  assertEquals(entries, [["a", ["t q1 $share/g/t"]], ["b", []], ["c", ["t q1"]], ["d", []]]);
  assertEquals(sessions.a?.received, [8]);
});

const ERRORS: readonly [title: string, file: Uint8Array, error: string][] = [
  [
    "another file",
    bytes("no such thing, and long enough"),
    "m.db: expected a mosquitto.db, got another file",
  ],
  ["a head alone", file(6).subarray(0, 20), "m.db: expected a mosquitto.db, got its head"],
  [
    "an old one",
    file(4),
    "m.db: expected format version 5 or 6, got 4; mosquitto 2, started and stopped with it once, makes one of it",
  ],
  ["a new one", file(7), "m.db: expected format version 5 or 6, got 7"],
  [
    "a chunk that was cut off",
    file(6, CONFIG.subarray(0, 20)),
    "m.db: byte 23: expected a chunk of 16 bytes, got 12",
  ],
  [
    "a head of a chunk that was cut off",
    file(6, CONFIG, u32(1)),
    "m.db: byte 47: expected a chunk, got the end",
  ],
  [
    "a chunk that is too short",
    file(6, CONFIG, chunk(4, u32(1))),
    "m.db: byte 47: expected a chunk of type 4 that mosquitto 2 writes: ",
  ],
  [
    "another machine's",
    file(6, chunk(1, u64(9).toReversed(), 0, 8, new Uint8Array(6))),
    "m.db: expected ids of 8 bytes, little-endian, got another machine's",
  ],
];

for (const [title, wrong, expected] of ERRORS) {
  Deno.test(`mosquitto.db: ${title} is an error in one line`, () => {
    const error = assertThrows(() => read(wrong, 1000), UserError);
    assertEquals(error.message.slice(0, expected.length), expected);
    assertEquals(error.problems.length, 1);
  });
}

Deno.test("mosquitto.db: cut off or damaged anywhere, it is read or refused with words", () => {
  for (let at = 0; at < MOSQUITTO_DB.length; at += 3) {
    const damaged = MOSQUITTO_DB.slice();
    damaged[at]! ^= 1 << at % 8;
    for (const wrong of [damaged, MOSQUITTO_DB.subarray(0, at)]) {
      try {
        read(wrong, MOSQUITTO_SAVED);
      } catch (error) {
        assert(error instanceof UserError, `byte ${at}: ${error}`);
      }
    }
  }
});
