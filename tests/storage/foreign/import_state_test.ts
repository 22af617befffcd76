/** Which file is what, and what is said about others. */
import { assertEquals, assertRejects } from "@std/assert";
import { importState, type StoreKind } from "../../../lib/storage/foreign/import_state.ts";
import { toJsonLines } from "../../../lib/storage/json_lines.ts";
import { UserError } from "../../../lib/user_error.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { Random } from "../../support/random.ts";
import { randomState } from "../random_state.ts";
import { DatabaseFile } from "./database_file.ts";
import { AMQTT_SQL, MOSQUITTO_DB, MOSQUITTO_SAVED, MOSQUITTO_SQL } from "./fixtures.ts";

const WALL = Date.UTC(2026, 10, 27);
const DAY = 86_400_000;

/** A file that is there during the call. */
async function withFile<T>(
  content: Uint8Array | string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  await using folder = new TempFolder();
  const path = `${folder.path}/f`;
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  return await use(path);
}

Deno.test("an import knows a file by how it begins", async () => {
  const found: [string, number][] = [];
  const note = (kind: string) => async (path: string) => {
    const { state } = await importState(path, undefined, { now: MOSQUITTO_SAVED });
    found.push([kind, state.sessions.size]);
  };
  await withFile(MOSQUITTO_DB, note("mosquitto"));
  using mosquitto = new DatabaseFile(MOSQUITTO_SQL);
  await note("mosquitto-sqlite")(mosquitto.path);
  using amqtt = new DatabaseFile(AMQTT_SQL);
  await note("amqtt")(amqtt.path);
  assertEquals(found, [["mosquitto", 3], ["mosquitto-sqlite", 3], ["amqtt", 1]]);
});

Deno.test("lines of JSON of yesterday: a day has passed for all that ends some time", async () => {
  const state = randomState(new Random(4));
  const text = [...toJsonLines(state, WALL)].join("\n");
  for (const start of ["", "\ufeff\n"]) {
    const { state: read, warnings } = await withFile(
      start + text,
      (path) => importState(path, "midge", { now: WALL + DAY }),
    );
    assertEquals(read, { ...state, time: state.time + DAY });
    assertEquals(warnings, []);
  }
});

Deno.test("lines of JSON from a clock that is ahead: no time has passed, and a line says so", async () => {
  const state = randomState(new Random(4));
  const text = [...toJsonLines(state, WALL)].join("\n");
  const { state: read, warnings } = await withFile(
    text,
    (path) => importState(path, undefined, { now: WALL - DAY }),
  );
  assertEquals(read, state);
  assertEquals(warnings, [
    "differs: written at 2026-11-27T00:00:00.000Z, which is still to come; no time has passed",
  ]);
});

const ALL =
  "mosquitto.db, or the SQLite database of mosquitto 2.1, or aMQTT's session database, or lines of " +
  "JSON of midge store export";
const ERRORS: readonly [
  content: Uint8Array | string,
  kind: StoreKind | undefined,
  error: string,
][] = [
  ["", undefined, `has nothing in it; expected ${ALL}`],
  ["hello", undefined, `expected ${ALL}; got another file`],
  ["hello", "amqtt", "expected aMQTT's session database; got another file"],
  [MOSQUITTO_DB, "amqtt", "expected aMQTT's session database; got mosquitto.db"],
  ["{}", "mosquitto", "expected mosquitto.db; got lines of JSON of midge store export"],
  [
    "SQLite format 3\0 and no more",
    undefined,
    "file is not a database; expected an SQLite database",
  ],
  ["{}", undefined, '1: expected a first line {"midge":"store","version":1,...}'],
];

for (const [content, kind, expected] of ERRORS) {
  Deno.test(`an import refuses in one line: ${expected}`, async () => {
    await withFile(content, async (path) => {
      const error = await assertRejects(() => importState(path, kind, { now: WALL }), UserError);
      assertEquals(error.message.slice(path.length + 1).trim(), expected);
    });
  });
}

Deno.test("an import of a file that is not there, of a folder, of a database of something else", async () => {
  await using folder = new TempFolder();
  const wrong = (path: string) => assertRejects(() => importState(path, undefined), UserError);
  assertEquals((await wrong(`${folder.path}/none`)).message, `${folder.path}/none: no such file`);
  assertEquals((await wrong(folder.path)).message, `${folder.path}: is a folder; expected a file`);
  using database = new DatabaseFile("create table a (b)");
  const { message } = await wrong(database.path);
  assertEquals(message, `${database.path}: expected ${ALL}; got another file`);
});
