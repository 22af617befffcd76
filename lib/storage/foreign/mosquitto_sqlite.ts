/**
 * The database of mosquitto 2.1's plugin persist-sqlite as rows (plugins/persist-sqlite/init.c of mosquitto; schema 1.0
 * and 1.1). Invariants: ids of 64 bits are read as text; a column without a type of its own (STRING) has turned texts that
 * look like numbers into numbers, which a note says.
 */
import { UserError } from "../../user_error.ts";
import type { StateBuilder } from "./builder.ts";
import { bytesOf, type ForeignDatabase, numberOf, type Row, textOf } from "./database.ts";
import { jsonProperties } from "./mosquitto_json.ts";
import { type MosquittoRows, noRows } from "./mosquitto_rows.ts";
import { addMosquitto } from "./mosquitto_state.ts";

const TABLES = ["base_msgs", "retains", "clients", "subscriptions", "client_msgs", "version_info"];
const QUERIES = {
  version: "select major, minor from version_info where component = 'database_schema'",
  messages: `select cast(store_id as text) as id, expiry_time, cast(topic as text) as topic,
    typeof(topic) as type, payload, cast(source_id as text) as source, qos, retain, properties
    from base_msgs`,
  retained: "select cast(store_id as text) as id from retains order by store_id",
  clients: `select client_id, username, session_expiry_time, session_expiry_interval,
    will_delay_time, will_delay_interval, (select max(mid) from client_msgs where direction = 1
    and client_msgs.client_id = clients.client_id) as last_mid from clients order by rowid`,
  subscriptions: `select client_id, topic, subscription_options, subscription_identifier
    from subscriptions order by rowid`,
  clientMessages:
    `select client_id, cast(store_id as text) as id, direction, mid, qos, retain, state,
    subscription_identifier from client_msgs order by rowid`,
  wills:
    `select client_id, payload, cast(topic as text) as topic, typeof(topic) as type, qos, retain,
    properties from wills order by rowid`,
} as const;

/** Is it one? */
export function isMosquittoDatabase({ tables }: ForeignDatabase): boolean {
  return tables.has("base_msgs") && tables.has("client_msgs");
}

/**
 * Adds the state of such a database.
 * @param name of the file, for errors
 * @throws UserError for one that cannot be read
 */
export function addMosquittoDatabase(
  database: ForeignDatabase,
  name: string,
  builder: StateBuilder,
): void {
  database.expect(TABLES, "the SQLite database of mosquitto 2.1");
  checkVersion(database, name);
  addMosquitto(new Tables(database, builder).rows, builder);
}

function checkVersion(database: ForeignDatabase, name: string): void {
  const [row] = database.rows(QUERIES.version);
  const [major, minor] = [numberOf(row?.major), numberOf(row?.minor)];
  if (major === 1 && minor <= 1) return;
  throw new UserError(`${name}: expected schema version 1.0 or 1.1, got ${major}.${minor}`);
}

class Tables {
  readonly rows: MosquittoRows = noRows();
  readonly #database: ForeignDatabase;
  readonly #builder: StateBuilder;

  constructor(database: ForeignDatabase, builder: StateBuilder) {
    this.#database = database;
    this.#builder = builder;
    for (const row of database.rows(QUERIES.messages)) this.#message(row);
    for (const { id } of database.rows(QUERIES.retained)) this.rows.retained.push(idOf(id));
    const clients = new Map(
      database.rows(QUERIES.clients).map((row) => [textOf(row.client_id), row]),
    );
    for (const row of clients.values()) this.#client(row);
    for (const row of database.rows(QUERIES.subscriptions)) this.#subscription(row);
    for (const row of database.rows(QUERIES.clientMessages)) this.#clientMessage(row);
    if (database.tables.has("wills")) this.#wills(clients);
  }

  #message(row: Row): void {
    this.#noteNumber("message", row.type);
    this.rows.messages.push({
      id: idOf(row.id),
      topicName: textOf(row.topic),
      payload: bytesOf(row.payload),
      qos: numberOf(row.qos),
      retain: numberOf(row.retain) !== 0,
      source: textOf(row.source),
      properties: jsonProperties(row.properties, this.#builder.notes),
      expiryTime: numberOf(row.expiry_time),
    });
  }

  #client(row: Row): void {
    this.rows.clients.push({
      clientId: textOf(row.client_id),
      username: textOf(row.username),
      // An unsigned number was bound as a signed one: -1 is for ever.
      expiryInterval: numberOf(row.session_expiry_interval) >>> 0,
      expiryTime: numberOf(row.session_expiry_time),
      lastPacketId: numberOf(row.last_mid),
    });
  }

  #subscription(row: Row): void {
    this.rows.subscriptions.push({
      clientId: textOf(row.client_id),
      topicFilter: textOf(row.topic),
      options: numberOf(row.subscription_options),
      identifier: numberOf(row.subscription_identifier),
    });
  }

  #clientMessage(row: Row): void {
    const identifier = numberOf(row.subscription_identifier);
    this.rows.clientMessages.push({
      clientId: textOf(row.client_id),
      messageId: idOf(row.id),
      packetId: numberOf(row.mid),
      qos: numberOf(row.qos),
      retain: numberOf(row.retain) !== 0,
      isIncoming: numberOf(row.direction) === 0,
      state: numberOf(row.state),
      identifiers: identifier === 0 ? [] : [identifier],
    });
  }

  /** Of clients that were there, and of those that left and whose will is delayed. */
  #wills(clients: ReadonlyMap<string, Row>): void {
    for (const row of this.#database.rows(QUERIES.wills)) {
      this.#noteNumber("will", row.type);
      const clientId = textOf(row.client_id);
      const client = clients.get(clientId);
      this.rows.wills.push({
        clientId,
        topicName: textOf(row.topic),
        payload: bytesOf(row.payload),
        qos: numberOf(row.qos),
        retain: numberOf(row.retain) !== 0,
        properties: jsonProperties(row.properties, this.#builder.notes),
        delay: numberOf(client?.will_delay_interval) >>> 0,
        due: numberOf(client?.will_delay_time),
      });
    }
  }

  #noteNumber(what: string, type: unknown): void {
    if (type === "text") return;
    this.#builder.notes.differ(
      what,
      "mosquitto keeps its topic as a number, in which 007 has become 7",
    );
  }
}

function idOf(cell: unknown): bigint {
  return BigInt.asUintN(64, BigInt(textOf(cell) || "0"));
}
