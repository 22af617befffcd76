/** The database of mosquitto 2.1's persist-sqlite as a stored state, from what a real one has kept. */
import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertRejects } from "@std/assert";
import { type ImportedState, importState } from "../../../lib/storage/foreign/import_state.ts";
import { UserError } from "../../../lib/user_error.ts";
import { DatabaseFile } from "./database_file.ts";
import { MOSQUITTO_SQL, MOSQUITTO_SQL_SAVED, MOSQUITTO_WILLS_SQL } from "./fixtures.ts";
import { expectScene } from "./mosquitto_expected.ts";
import { tellSessions } from "./told.ts";

const PROVEN = "differs: 1 session: its username counts as proven by a password; " +
  "a client that only claims it gets a new session";
const NOW = MOSQUITTO_SQL_SAVED + 10_000;

async function read(...sql: string[]): Promise<ImportedState> {
  using file = new DatabaseFile(MOSQUITTO_SQL, ...sql);
  return await importState(file.path, "mosquitto-sqlite", { now: NOW });
}

Deno.test("mosquitto's SQLite: sessions, what is under way and waits, retained messages, properties", async () => {
  const { state, warnings } = await read();
  const manner = { keepsShared: true, number: "7", lastPacketId: 8, half: undefined };
  expectScene(state, MOSQUITTO_SQL_SAVED, manner);
  assertEquals(warnings, [
    "differs: 1 message: mosquitto keeps its topic as a number, in which 007 has become 7",
    PROVEN,
    "differs: 1 QoS 2 message: its client had still to send PUBREL; it is delivered now, " +
    "and PUBREL only answered",
  ]);
});

Deno.test("mosquitto's SQLite: wills of who was there, and of who left with a delayed one", async () => {
  using file = new DatabaseFile(MOSQUITTO_SQL, CLEAR, MOSQUITTO_WILLS_SQL);
  const { state, warnings } = await importState(file.path, undefined, { now: 1_795_831_500_000 });
  const wills = Array.from(state.wills, ([id, { client, properties, ...will }]) => {
    return [id, client.username, client.cleanSession, properties?.values, will];
  });
  const values = { contentType: "text/plain", userProperties: [["a", "b"]] };
  const common = { topicName: "w/there", payload: Uint8Array.of(0, 255), qos: 1, retain: true };
  assertEquals(wills, [
    ["there", "ann", false, values, { ...common, delay: 300_000, due: undefined }],
    ["clean", undefined, true, undefined, {
      topicName: "w/clean",
      payload: new TextEncoder().encode("gone"),
      qos: 0,
      retain: false,
      delay: 0,
      due: undefined,
    }],
    ["cut", undefined, false, values, {
      topicName: "w/cut",
      payload: new Uint8Array(0),
      qos: 2,
      retain: false,
      delay: 300_000,
      due: 1_795_831_746_000,
    }],
  ]);
  const { there } = Object.fromEntries(state.sessions);
  assertEquals([there?.expiryInterval, there?.detachedAt], [3_600_000, state.time]);
  assertEquals(warnings, [PROVEN]);
});

const CLEAR = "delete from clients; delete from client_msgs; delete from subscriptions; " +
  "delete from base_msgs; delete from retains";

Deno.test("mosquitto's SQLite: schema version 1.0 has no wills", async () => {
  const { state } = await read("drop table wills", "update version_info set minor = 0");
  assertEquals(Object.keys(tellSessions(state)), ["five", "four", "half"]);
});

Deno.test("mosquitto's SQLite: properties that are none are left out, and said", async () => {
  const properties = [
    '[{"identifier":"content-type","value":1}]',
    '[{"identifier":"message-expiry-interval"},{"identifier":"content-type","value":"a"}]',
    '[{"identifier":"correlation-data","value":"0g"}]',
    '[{"identifier":"response-topic","value":"a/#"}]',
    '[{"identifier":"correlation-data","value":""}]',
    "{}",
    "[",
  ];
  const inserts = properties.map((json, at) =>
    `insert into base_msgs values(${at},0,'p/${at}',x'00','p',null,1,0,0,0,1,'${json}');
     insert into retains values('p/${at}',${at});`
  );
  const { state, warnings } = await read(...inserts);
  const kept = properties.map((_, at) => state.retained.get(`p/${at}`)?.properties?.values);
  assertEquals(kept, [
    undefined,
    { contentType: "a" },
    undefined,
    undefined,
    { correlationData: new Uint8Array(0) },
    undefined,
    undefined,
  ]);
  assertEquals(warnings.slice(0, 6).map((line) => line.slice(0, 70)), [
    "differs: 1 message: mosquitto keeps its topic as a number, in which 00",
    "not carried over: 1 property: mosquitto does not keep what content-typ",
    "not carried over: 1 property: mosquitto does not keep what message-exp",
    "not carried over: 1 property: mosquitto does not keep what correlation",
    'differs: 1 message: its properties are left out, for response topic "a',
    "differs: 1 message: its properties are left out, for they are no list",
  ]);
});

Deno.test("mosquitto's SQLite: what stands in the file beside it alone is read too", async () => {
  using file = new DatabaseFile("pragma journal_mode = wal", MOSQUITTO_SQL);
  const open = new DatabaseSync(file.path);
  open.exec("delete from retains where topic = 'r/kept'");
  const copy = `${file.path}-copy`;
  for (const end of ["", "-wal"]) Deno.copyFileSync(file.path + end, copy + end);
  open.close();
  const { state } = await importState(copy, undefined, { now: NOW });
  assertEquals([...state.retained.keys()], ["r/expires", "7", "a/in"]);
});

const ERRORS: readonly [title: string, sql: string, error: string][] = [
  [
    "a newer schema",
    "update version_info set major = 2",
    "expected schema version 1.0 or 1.1, got 2.1",
  ],
  ["no schema version", "delete from version_info", "expected schema version 1.0 or 1.1, got 0.0"],
  [
    "a missing table",
    "drop table retains",
    "expected the SQLite database of mosquitto 2.1, got a database without table retains",
  ],
  [
    "a missing column",
    "alter table clients drop column username",
    "no such column: username; expected the SQLite database of mosquitto 2.1",
  ],
];

for (const [title, sql, expected] of ERRORS) {
  Deno.test(`mosquitto's SQLite: ${title} is an error in one line`, async () => {
    const error = await assertRejects(() => read(sql), UserError);
    assertEquals(error.message.replace(/^.*\/it\.db: /, ""), expected);
  });
}
