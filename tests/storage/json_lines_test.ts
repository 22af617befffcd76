/** A stored state as lines of JSON and back: nothing is lost, people can read it, and errors say the line. */
import { assertEquals, assertRejects } from "@std/assert";
import { linesOf } from "../../lib/storage/json_lines/file_lines.ts";
import { fromJsonLines, toJsonLines } from "../../lib/storage/json_lines.ts";
import { emptyState, type StoredState } from "../../lib/storage/state.ts";
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import { UserError } from "../../lib/user_error.ts";
import { Message } from "../../lib/session/message.ts";
import { MessageProperties } from "../../lib/wire/message_properties.ts";
import { Random } from "../support/random.ts";
import { randomState } from "./random_state.ts";

const WALL = Date.UTC(2026, 10, 28, 1, 2, 3, 4);

Deno.test("json lines: what is written comes back, whatever it is", async () => {
  for (let seed = 0; seed < 300; seed++) {
    const state = randomState(new Random(seed));
    const lines = [...toJsonLines(state, WALL)];
    const read = await fromJsonLines(lines, "f");
    assertEquals(read.state, state, `seed ${seed}`);
    assertEquals(read.wall, WALL);
    assertEquals([...toJsonLines(read.state, WALL)], lines, `seed ${seed}`);
    assertSameMaps(read.state, state);
  }
});

/** Maps are equal for `assertEquals` in any order; here the order counts. */
function assertSameMaps(a: StoredState, b: StoredState): void {
  assertEquals([...a.retained.keys()], [...b.retained.keys()]);
  for (const [id, { entries, subscriptions }] of b.sessions) {
    const other = a.sessions.get(id)!;
    assertEquals([...other.entries.keys()], [...entries.keys()]);
    assertEquals([...other.subscriptions.keys()], [...subscriptions.keys()]);
  }
}

Deno.test("json lines: the same bytes come out of a file, in pieces of any size", async () => {
  const text = [...toJsonLines(example(), WALL)].map((line) => `${line}\r\n`).join("\n");
  const bytes = new TextEncoder().encode(`\ufeff${text}`);
  for (const size of [1, 2, 7, 10_000]) {
    const { state } = await fromJsonLines(linesOf(pieces(bytes, size), "f"), "f");
    assertEquals(state, example());
  }
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const ENCODER = new TextEncoder();

/** One of each. */
function example(): StoredState {
  const time = 5_000_000;
  const client = {
    clientId: "lamp",
    username: "ann",
    protocolLevel: 5,
    isBridge: false,
    cleanSession: false,
    superuser: false,
    isProven: true,
    isNamedByCertificate: false,
    address: "192.0.2.7",
    port: 4711,
    listener: "default",
    transport: "tcp",
    certificate: undefined,
  } as const;
  const message = Message.of({
    topicName: "home/lamp",
    topic: ENCODER.encode("home/lamp"),
    payload: ENCODER.encode("an"),
    qos: 1,
    retain: true,
    origin: "client",
    order: 7,
    publisher: "switch",
    properties: MessageProperties.of({
      contentType: "text/plain",
      correlationData: Uint8Array.of(0, 1),
      userProperties: [["a", "b"]],
      messageExpiryInterval: 3600,
    }),
    expiresAt: time + 60_000,
  });
  const entry = { message, qos: 1, retain: false, identifiers: [5], group: undefined } as const;
  return {
    sessions: new Map([["lamp", {
      client,
      expiryInterval: Infinity,
      detachedAt: time - 1000,
      lastPacketId: 9,
      subscriptions: new Map([["home/#", subscriptionOptions(1, true, false, 5)]]),
      received: new Set([3]),
      entries: new Map([[1, { ...entry, packetId: 9, released: false }]]),
    }]]),
    retained: new Map([["home/lamp", message]]),
    wills: new Map([["lamp", {
      client,
      topicName: "home/lamp/there",
      payload: Uint8Array.of(255),
      qos: 0,
      retain: true,
      delay: 5000,
      properties: undefined,
      due: time + 4000,
    }]]),
    time,
    lastOrder: 8,
  };
}

Deno.test("json lines: people can read them", () => {
  const client =
    '"client":{"username":"ann","protocolLevel":5,"isProven":true,"address":"192.0.2.7","port":4711,' +
    '"listener":"default","transport":"tcp"}';
  assertEquals([...toJsonLines(example(), WALL)], [
    '{"midge":"store","version":1,"time":5000000,"date":"2026-11-28T01:02:03.004Z","lastOrder":8,' +
    '"messages":1,"sessions":1,"retained":1,"wills":1}',
    '{"message":7,"topic":"home/lamp","payload":"an","qos":1,"retain":true,"origin":"client",' +
    '"publisher":"switch","properties":{"contentType":"text/plain","correlationDataBase64":"AAE=",' +
    '"userProperties":[["a","b"]],"messageExpiryInterval":3600},"expiresIn":60000,' +
    '"expires":"2026-11-28T01:03:03.004Z"}',
    `{"session":"lamp",${client},"expiryInterval":"never","detachedFor":1000,` +
    '"detached":"2026-11-28T01:02:02.004Z","lastPacketId":9,"subscriptions":[{"filter":"home/#",' +
    '"qos":1,"noLocal":true,"identifiers":[5]}],"received":[3],"entries":[{"number":1,"message":7,' +
    '"qos":1,"identifiers":[5],"packetId":9}]}',
    '{"retained":"home/lamp","message":7}',
    `{"will":"lamp",${client},"topic":"home/lamp/there","payloadBase64":"/w==","qos":0,` +
    '"retain":true,"delay":5000,"dueIn":4000,"due":"2026-11-28T01:02:07.004Z"}',
  ]);
});

Deno.test("json lines: times of a clock with fractions are rounded, and no date is beyond all dates", () => {
  const state = example();
  state.time += 0.4;
  assertEquals([...toJsonLines(state, WALL)], [...toJsonLines(example(), WALL)]);
  const [message] = state.retained.values();
  state.sessions.clear();
  state.retained.set("home/lamp", message!.with({ expiresAt: 2 ** 53 }));
  assertEquals(JSON.parse([...toJsonLines(state, WALL)][1]!).expires, undefined);
});

const TABLE: readonly [title: string, change: (lines: string[]) => void, error: string][] = [
  ["nothing", (lines) => lines.splice(0), 'f: has nothing in it; expected a first line {"midge"'],
  ["no JSON", (lines) => lines[1] = "{", 'f:2: expected a line of JSON, got "{"'],
  ["no object", (lines) => lines[1] = "[]", "f:2: expected an object, got []"],
  ["another first line", (lines) => lines.shift(), 'f:1: expected a first line {"midge":"store"'],
  [
    "a newer version",
    replace('"version":1', '"version":2'),
    "f:1: version: expected 1, got 2; a newer Midge has written it",
  ],
  ["no date", replace('"date":"2026-', '"date":"x'), "f:1: date: expected a date as 2026-"],
  ["an unknown key", replace('"qos":1,', '"qos":1,"qso":1,'), 'f:2: unknown key "qso"'],
  [
    "an unknown kind",
    replace('"message":7,', '"mesage":7,'),
    "f:2: expected one of the keys message",
  ],
  ["a QoS", replace('"qos":1,', '"qos":3,'), "f:2: qos: expected 0, 1, 2, got 3"],
  ["no payload", replace('"payload":"an",', ""), "f:2: payload: expected a text, got nothing"],
  ["no base64", replace('"/w=="', '"/w"'), 'f:5: payloadBase64: expected base64, got "/w"'],
  [
    "a topic",
    replace('"topic":"home/lamp"', '"topic":"home/+"'),
    "f:2: topic: a topic name must not",
  ],
  ["an empty topic", replace('"topic":"home/lamp"', '"topic":""'), "f:2: topic: "],
  [
    "a property of another packet",
    replace('"contentType"', '"topicAlias"'),
    'f:2: properties: unknown key "topicAlias"',
  ],
  [
    "a pair",
    replace('[["a","b"]]', '[["a"]]'),
    "f:2: properties: userProperties: expected a list of",
  ],
  [
    "an expiry",
    replace('"expiresIn":60000', '"expiresIn":0.5'),
    "f:2: expiresIn: expected a whole",
  ],
  [
    "a message that comes twice",
    (lines) => lines.splice(1, 0, lines[1]!),
    "f:3: message 7 comes twice",
  ],
  [
    "a message newer than the newest",
    replace('"lastOrder":8', '"lastOrder":6'),
    "f:2: message: expected at most lastOrder of the first line, 6, got 7",
  ],
  [
    "a message that is missing",
    (lines) => lines.splice(1, 1),
    "f:2: entries[0]: message: expected the",
  ],
  ["a filter", replace('"home/#"', '"home#"'), "f:3: subscriptions[0]: filter: # must be alone"],
  ["a shared filter", replace('"home/#"', '"$share/g"'), "f:3: subscriptions[0]: filter: a shared"],
  [
    "an identifier",
    replace('"identifiers":[5]', '"identifiers":[0]'),
    "f:3: subscriptions[0]: ident",
  ],
  [
    "a packet id",
    replace('"packetId":9', '"packetId":0'),
    "f:3: entries[0]: packetId: expected a wh",
  ],
  [
    "PUBREC at QoS 1",
    replace('"packetId":9', '"packetId":9,"released":true'),
    "f:3: entries[0]: released: expected a packetId and QoS 2 beside it, got true",
  ],
  [
    "an entry that comes twice",
    replace('"entries":[', '"entries":[{"number":1,"message":7,"qos":0},'),
    "f:3: entry 1 comes twice",
  ],
  [
    "a packet id that comes twice",
    replace('"entries":[', '"entries":[{"number":2,"message":7,"qos":1,"packetId":9},'),
    "f:3: packetId 9 comes twice",
  ],
  [
    "a level",
    replace('"protocolLevel":5', '"protocolLevel":6'),
    "f:3: client: protocolLevel: expected",
  ],
  [
    "an interval",
    replace('"never"', '"ever"'),
    "f:3: expiryInterval: expected a whole number, 0 to",
  ],
  ["a session twice", (lines) => lines.splice(3, 0, lines[2]!), 'f:4: session "lamp" comes twice'],
  [
    "a retained message of another topic",
    replace('"retained":"home/lamp"', '"retained":"home/x"'),
    'f:4: retained: expected the topic of message 7, got "home/x"',
  ],
  [
    "a file that was cut off",
    (lines) => lines.pop(),
    "f: wills: expected 1 as the first line says, got 0; a line that was taken out counts",
  ],
];

/** In the first line that has it. */
function replace(what: string, by: string): (lines: string[]) => void {
  return (lines) => {
    const at = lines.findIndex((line) => line.includes(what));
    lines[at] = lines[at]!.replace(what, by);
  };
}

for (const [title, change, message] of TABLE) {
  Deno.test(`json lines: ${title} is an error that says where`, async () => {
    const lines = [...toJsonLines(example(), WALL)];
    change(lines);
    const error = await assertRejects(() => fromJsonLines(lines, "f"), UserError);
    assertEquals(error.message.slice(0, message.length), message);
    assertEquals(error.problems.length, 1);
  });
}

Deno.test("json lines: bytes that are no properties are an error", async () => {
  const lines = [...toJsonLines(example(), WALL)];
  lines[1] = lines[1]!.replace(/"properties":\{[^}]*\}/, '"properties":{"base64":"AQ=="}');
  const error = await assertRejects(() => fromJsonLines(lines, "f"), UserError);
  assertEquals(
    error.message.startsWith("f:2: properties: expected properties of a PUBLISH: "),
    true,
  );
});

Deno.test("json lines: bytes of properties have nothing beside them but the expiry", async () => {
  const lines = [...toJsonLines(example(), WALL)];
  const by = '"properties":{"base64":"AQE=","messageExpiryInterval":5,"contentType":"a"}';
  lines[1] = lines[1]!.replace(/"properties":\{[^}]*\}/, by);
  const error = await assertRejects(() => fromJsonLines(lines, "f"), UserError);
  assertEquals(error.message, 'f:2: properties: unknown key "contentType"');
});

Deno.test("json lines: the highest identifier and packet id there are", async () => {
  const lines = [...toJsonLines(example(), WALL)];
  const change = (identifier: number, packetId: number) => {
    const line = lines[2]!.replaceAll('"identifiers":[5]', `"identifiers":[${identifier}]`)
      .replace('"received":[3]', `"received":[${packetId}]`);
    return fromJsonLines(lines.with(2, line), "f");
  };
  const { state } = await change(268_435_455, 65_535);
  const { received, subscriptions } = state.sessions.get("lamp")!;
  assertEquals([...received], [65_535]);
  assertEquals(subscriptions.get("home/#")?.identifiers, [268_435_455]);
  await assertRejects(
    () => change(268_435_456, 1),
    UserError,
    "identifiers: expected whole numbers",
  );
  await assertRejects(() => change(1, 65_536), UserError, "received: expected whole numbers");
});

Deno.test("json lines: without counts in the first line, lines may be taken out", async () => {
  const lines = [...toJsonLines(example(), WALL)];
  const first = lines[0]!.replace(/,"messages".*/, "}");
  const { state } = await fromJsonLines([first, lines[1]!, "", lines[3]!], "f");
  assertEquals([state.sessions.size, state.retained.size, state.wills.size], [0, 1, 0]);
});

Deno.test("json lines: a file that is not UTF-8 is an error with its line", async () => {
  const [first] = toJsonLines(emptyState(), WALL);
  const bytes = new Uint8Array([...ENCODER.encode(`${first}\n`), 0xff, 0x0a]);
  const lines = linesOf(pieces(bytes, first!.length + 1), "f");
  const error = await assertRejects(() => fromJsonLines(lines, "f"), UserError);
  assertEquals(error.message, "f:2 or below: is not UTF-8 text");
});
