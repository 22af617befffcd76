/**
 * A file of another broker, or lines of JSON, as a stored state. Invariants: what a file is is told by how it begins; it
 * is read, never written; what is left out or is not the same is a line of the warnings.
 */
import { SYSTEM_CLOCK } from "../../clock.ts";
import { whyUnreadable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { linesOf } from "../json_lines/file_lines.ts";
import { fromJsonLines } from "../json_lines.ts";
import type { StoredState } from "../state.ts";
import { addAmqttDatabase, isAmqttDatabase } from "./amqtt.ts";
import { StateBuilder } from "./builder.ts";
import { ForeignDatabase, isDatabase } from "./database.ts";
import { isMosquittoDb } from "./mosquitto_chunks.ts";
import { addMosquittoDb } from "./mosquitto_db.ts";
import { addMosquittoDatabase, isMosquittoDatabase } from "./mosquitto_sqlite.ts";

/** What a file can be, as `--from` says it: mosquitto.db; mosquitto.sqlite3; aMQTT's amqtt.db; lines of JSON. */
export const STORE_KINDS = ["mosquitto", "mosquitto-sqlite", "amqtt", "midge"] as const;
/** One of them. */
export type StoreKind = typeof STORE_KINDS[number];

/** What the file does not say. */
export interface ImportChoices {
  /** The present, milliseconds since the epoch. */
  readonly now?: number;
  /** The username of aMQTT's clients, in which `%c` is the client id. Absent: they have none. */
  readonly username?: string | undefined;
}

/** A state, and what is not in it. */
export interface ImportedState {
  /** Its `time` is the present. */
  readonly state: StoredState;
  /** One line each; none of the file's texts. */
  readonly warnings: readonly string[];
}

/**
 * Reads a file.
 * @param kind undefined: whatever it is
 * @throws UserError, one line: the file, what is wrong, what was expected
 */
export async function importState(
  path: string,
  kind: StoreKind | undefined,
  { now = SYSTEM_CLOCK.epoch(), username }: ImportChoices = {},
): Promise<ImportedState> {
  const start = await startOf(path);
  if (isDatabase(start)) return await ofDatabase(path, kind, now, username);
  const found = isMosquittoDb(start) ? "mosquitto" : isJson(start) ? "midge" : undefined;
  checkKind(path, kind, found);
  if (found === "midge") return await ofLines(path, now);
  const builder = new StateBuilder(now);
  addMosquittoDb(await read(path, Deno.readFile(path)), path, builder);
  return { state: builder.state, warnings: builder.notes.lines };
}

const START_BYTES = 64;
const OBJECT = "{".charCodeAt(0);

async function startOf(path: string): Promise<Uint8Array> {
  using file = await read(path, Deno.open(path));
  const bytes = new Uint8Array(START_BYTES);
  const count = await read(path, file.read(bytes));
  if (count === null) throw new UserError(`${path}: has nothing in it; expected ${expected()}`);
  return bytes.subarray(0, count);
}

/** Behind white space, and a mark of UTF-8. */
function isJson(start: Uint8Array): boolean {
  return start.find((byte) => byte > 0x20 && ![0xef, 0xbb, 0xbf].includes(byte)) === OBJECT;
}

async function read<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
}

const WORDS: Readonly<Record<StoreKind, string>> = {
  "mosquitto": "mosquitto.db",
  "mosquitto-sqlite": "the SQLite database of mosquitto 2.1",
  "amqtt": "aMQTT's session database",
  "midge": "lines of JSON of midge store export",
};

function expected(kind?: StoreKind): string {
  return kind === undefined ? Object.values(WORDS).join(", or ") : WORDS[kind];
}

/** @throws UserError where it is nothing that is known, or not what was said */
function checkKind(path: string, kind: StoreKind | undefined, found: StoreKind | undefined): void {
  if (found !== undefined && (kind === undefined || kind === found)) return;
  const got = found === undefined ? "another file" : WORDS[found];
  throw new UserError(`${path}: expected ${expected(kind)}; got ${got}`);
}

async function ofDatabase(
  path: string,
  kind: StoreKind | undefined,
  now: number,
  username: string | undefined,
): Promise<ImportedState> {
  using database = await ForeignDatabase.open(path);
  const found = isMosquittoDatabase(database)
    ? "mosquitto-sqlite"
    : isAmqttDatabase(database)
    ? "amqtt"
    : undefined;
  checkKind(path, kind, found);
  const builder = new StateBuilder(now);
  if (found === "amqtt") addAmqttDatabase(database, { name: path, username }, builder);
  else addMosquittoDatabase(database, path, builder);
  return { state: builder.state, warnings: builder.notes.lines };
}

/** The time since they were written has passed, as for a broker that was off. */
async function ofLines(path: string, now: number): Promise<ImportedState> {
  const file = await read(path, Deno.open(path));
  const { state, wall } = await fromJsonLines(linesOf(file.readable, path), path);
  const passed = now - wall;
  if (passed >= 0) state.time += passed;
  const date = new Date(wall).toISOString();
  return {
    state,
    warnings: passed >= 0
      ? []
      : [`differs: written at ${date}, which is still to come; no time has passed`],
  };
}
