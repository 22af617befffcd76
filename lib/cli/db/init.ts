/** `midge db init`: creates the tables that are not there. Invariant: a table that is there is left alone. */
import { readOptions } from "../options.ts";
import { printLine } from "../terminal.ts";
import { type Database, openDatabase } from "./database.ts";
import { INIT_OPTIONS } from "./options.ts";

const TABLES = ["mqtt_user", "mqtt_acl"] as const;

/** Runs `init mysql|postgres`. */
export async function initCommand(args: readonly string[]): Promise<void> {
  const given = readOptions(args, INIT_OPTIONS, ["mysql or postgres"]);
  using database = await openDatabase(given.last("config"), given.operands[0]);
  for (const table of TABLES) {
    const isThere = await hasTable(database, table);
    if (!isThere) await create(database, table);
    printLine(`${table}: ${isThere ? "is there already, left alone" : "created"}`);
  }
}

async function hasTable(database: Database, table: string): Promise<boolean> {
  const schema = database.admin.dialect.name === "mysql"
    ? "database()"
    : "any (current_schemas(false))";
  const { rows } = await database.admin.run(
    `select 1 from information_schema.tables where table_name = ? and table_schema = ${schema}`,
    table,
  );
  return rows.length > 0;
}

/** One statement at a time: a prepared statement is one. */
async function create(database: Database, table: typeof TABLES[number]): Promise<void> {
  for (const statement of database.admin.dialect.tables[table].split(";\n")) {
    await database.admin.run(statement);
  }
}
