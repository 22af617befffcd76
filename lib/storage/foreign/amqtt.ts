/**
 * The database of aMQTT's SessionDBPlugin (amqtt/contrib/persistence.py, 0.11 and 0.12). Invariants: rows of the same
 * client are one session, for aMQTT makes several; what aMQTT keeps without being true is left out with a note.
 */
import { UserError } from "../../user_error.ts";
import { subscriptionOptions } from "../../session/subscription.ts";
import type { QoS } from "../../wire/packets.ts";
import type { StoredSession } from "../state.ts";
import type { StateBuilder } from "./builder.ts";
import { bytesOf, type ForeignDatabase, numberOf, type Row, textOf } from "./database.ts";

const TABLES = ["stored_sessions", "stored_messages"];
const SESSIONS =
  "select client_id, will_flag, retained, subscriptions from stored_sessions order by id";
const MESSAGES = "select topic, data, qos from stored_messages order by id";
const ENCODER = new TextEncoder();

/** Is it one? */
export function isAmqttDatabase({ tables }: ForeignDatabase): boolean {
  return tables.has("stored_sessions");
}

/** What the database does not know. */
export interface AmqttChoices {
  /** The name of the file, for errors. */
  readonly name: string;
  /** The username of its clients, in which `%c` is the client id; undefined: they have none. */
  readonly username: string | undefined;
}

/**
 * Adds the state of such a database.
 * @throws UserError for one that cannot be read
 */
export function addAmqttDatabase(
  database: ForeignDatabase,
  choices: AmqttChoices,
  builder: StateBuilder,
): void {
  database.expect(TABLES, "aMQTT's session database");
  for (const row of database.rows(MESSAGES)) addRetained(row, builder);
  for (const row of database.rows(SESSIONS)) addSession(row, choices, builder);
}

function addRetained(row: Row, builder: StateBuilder): void {
  const payload = bytesOf(row.data);
  if (payload.length === 0) return; // aMQTT keeps the row of a retained message that was removed
  const message = builder.message({
    ...FROM_CLIENT,
    topicName: textOf(row.topic),
    payload,
    qos: toQos(row.qos),
    retain: true,
  });
  if (message !== undefined) builder.retain(message);
}

const FROM_CLIENT = {
  origin: "client",
  publisher: undefined,
  properties: undefined,
  expiresAt: undefined,
} as const;

function addSession(row: Row, choices: AmqttChoices, builder: StateBuilder): void {
  const session = sessionOf(textOf(row.client_id), choices, builder);
  for (const item of itemsOf(row.subscriptions, "subscriptions", choices)) {
    const filter = textOf(item.topic);
    const qos = toQos(item.qos);
    // Rows of one client are written side by side: the one that grants more wins.
    const known = session.subscriptions.get(filter)?.qos ?? -1;
    if (qos > known) builder.subscribe(session, filter, subscriptionOptions(qos));
    if (known < 0) builder.notes.differ("subscription", "aMQTT keeps those too that were ended");
  }
  for (const item of itemsOf(row.retained, "retained", choices)) addWaiting(item, session, builder);
  if (numberOf(row.will_flag) === 1) {
    builder.notes.skip("will", "aMQTT keeps those of clients that said goodbye too");
  }
}

function sessionOf(
  clientId: string,
  { username }: AmqttChoices,
  builder: StateBuilder,
): StoredSession {
  const known = builder.state.sessions.get(clientId);
  if (known !== undefined) return known;
  if (username === undefined) {
    builder.notes.differ(
      "session",
      "aMQTT does not keep usernames; only a client without one resumes it, or give a username here",
    );
  }
  return builder.session({
    clientId,
    username: username?.replaceAll("%c", () => clientId),
    expiryInterval: Infinity,
    detachedAt: builder.state.time,
    lastPacketId: 0,
  });
}

function addWaiting(item: Row, session: StoredSession, builder: StateBuilder): void {
  const qos = toQos(item.qos);
  const payload = ENCODER.encode(textOf(item.data));
  const topicName = textOf(item.topic);
  const message = builder.message({ ...FROM_CLIENT, topicName, payload, qos, retain: false });
  if (message === undefined) return;
  builder.notes.differ(
    "message",
    "it waits, and may have been delivered: aMQTT does not remove what it has delivered",
  );
  const rest = { identifiers: undefined, group: undefined, packetId: 0, released: false } as const;
  builder.entry(session, { message, qos, retain: false, ...rest });
}

/** A list of objects in JSON. */
function itemsOf(cell: unknown, column: string, { name }: AmqttChoices): Row[] {
  const text = textOf(cell);
  try {
    const list: unknown = JSON.parse(text === "" ? "[]" : text) ?? [];
    if (Array.isArray(list) && list.every((item) => typeof item === "object" && item !== null)) {
      return list;
    }
  } catch {
    // said below
  }
  throw new UserError(`${name}: stored_sessions.${column}: expected a list of objects in JSON`);
}

function toQos(cell: unknown): QoS {
  return cell === 1 ? 1 : cell === 2 ? 2 : 0;
}
