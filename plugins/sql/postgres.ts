/**
 * PostgreSQL, by the driver pg. Invariants: values are parameters of unnamed statements, so that it works behind
 * pgbouncer; the driver is loaded only when a link is opened, and neither reads the environment's password nor
 * ~/.pgpass; see socket.ts for what a hung server can do.
 */
// @ts-types="@types/pg"
import type { Client } from "pg";
import { SourceError } from "../../sources.ts";
import { type DriverSession, SocketConnection } from "./connection.ts";
import { certificateName, type ServerSocket } from "./socket.ts";
import { POSTGRES_TABLES } from "./tables.ts";
import type { SqlDialect, SqlDriver, SqlLogin, SqlResult, SqlValue } from "./types.ts";

type Driver = Pick<typeof import("pg"), "Client">;

/** The server's state, not the statement, is the trouble: connections, resources, locks, shutting down. */
const TEMPORARY = /^(?:08|53|40|57P0|55P03|57014)/;

/** The type `character(n)`: its blanks at the end are no part of a value. */
const CHARACTER = 1042;

/** How PostgreSQL differs from the others. */
export const POSTGRES: SqlDialect = {
  name: "postgres",
  title: "PostgreSQL",
  defaultPort: 5432,
  defaultUsername: "root",
  parameter: (position) => `$${position}`,
  textQuotes: `'`,
  hasBackslashes: false,
  sameText: (column, value) => `${bytesOf(column)} = ${bytesOf(value)}`,
  isTrue: (cell) => cell === true,
  tables: POSTGRES_TABLES,
  async load(): Promise<SqlDriver> {
    // @ts-types="@types/pg"
    const driver: Driver = await import("pg");
    return {
      connect: (login, signal) =>
        SocketConnection.open(
          login,
          signal,
          (socket) => new PostgresSession(driver, login, socket),
        ),
    };
  },
};

function bytesOf(text: string): string {
  return `convert_to((${text})::text, 'UTF8')`;
}

/** The driver's part of a connection. */
class PostgresSession implements DriverSession {
  readonly #client: Client;

  constructor(driver: Driver, login: SqlLogin, socket: ServerSocket) {
    this.#client = new driver.Client(driverOptions(login, socket));
  }

  onEnd(listener: () => void): void {
    this.#client.on("error", listener);
    this.#client.on("end", listener);
  }

  async login(): Promise<void> {
    await this.#client.connect();
  }

  async query(statement: string, values: readonly SqlValue[]): Promise<SqlResult> {
    const result = await this.#client.query<unknown[]>({
      text: statement,
      values: [...values],
      rowMode: "array",
    });
    const columns = result.fields.map(({ name }) => name);
    const padded = result.fields.map(({ dataTypeID }) => dataTypeID === CHARACTER);
    const rows = padded.includes(true)
      ? result.rows.map((row) => row.map((cell, at) => padded[at] ? unpadded(cell) : cell))
      : result.rows;
    return { columns, rows, changed: result.rowCount ?? 0 };
  }

  replyOf(error: unknown): SourceError | undefined {
    // A server's own word has a severity; others have none.
    const isReply = error instanceof Error && "severity" in error && "code" in error;
    if (!isReply) return undefined;
    const isTransport = TEMPORARY.test(String(error.code));
    return new SourceError(error.message, { cause: error, isTransport });
  }

  end(): void {
    // Its farewell would wait for a server that hangs; the socket is destroyed.
  }
}

function unpadded(cell: unknown): unknown {
  return typeof cell === "string" ? cell.replace(/ +$/, "") : cell;
}

function driverOptions(login: SqlLogin, socket: ServerSocket) {
  const { server, username, password, database, tls } = login;
  return {
    stream: () => socket,
    host: certificateName(login),
    port: server.port,
    user: username ?? "",
    // A function, for an empty password would make the driver look for one elsewhere.
    password: () => password ?? "",
    database,
    ssl: tls ? { ...tls } : false,
  };
}
