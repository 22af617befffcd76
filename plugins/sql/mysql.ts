/**
 * MySQL and MariaDB, by the driver mysql2. Invariants: values are parameters of prepared statements; the driver is
 * loaded only when a link is opened; see socket.ts for what a hung server can do.
 */
import type { Connection as DriverConnection } from "mysql2";
import { SourceError } from "../../sources.ts";
import { MYSQL_TABLES } from "./tables.ts";
import { type DriverSession, SocketConnection } from "./connection.ts";
import { certificateName, lost, type ServerSocket } from "./socket.ts";
import type { SqlDialect, SqlDriver, SqlLogin, SqlResult, SqlValue } from "./types.ts";

type Driver = Pick<typeof import("mysql2"), "createConnection">;

/** The server's state, not the statement, is the trouble: too many connections, shutting down, killed, locked. */
const TEMPORARY: ReadonlySet<number> = new Set([
  1040,
  1053,
  1152,
  1159,
  1161,
  1203,
  1205,
  1213,
  1226,
  1317,
  1927,
  4031,
]);

/** How MySQL and MariaDB differ from the others. */
export const MYSQL: SqlDialect = {
  name: "mysql",
  title: "MySQL",
  defaultPort: 3306,
  defaultUsername: undefined,
  parameter: () => "?",
  textQuotes: `'"`,
  hasBackslashes: true,
  sameText: (column, value) => `${bytesOf(column)} = ${bytesOf(value)}`,
  isTrue: (cell) => String(cell) === "1",
  tables: MYSQL_TABLES,
  async load(): Promise<SqlDriver> {
    const driver: Driver = await import("mysql2");
    return {
      connect: (login, signal) =>
        SocketConnection.open(login, signal, (socket) => new MysqlSession(driver, login, socket)),
    };
  },
};

function bytesOf(text: string): string {
  return `cast(convert(${text} using utf8mb4) as binary)`;
}

/** The driver's part of a connection. */
class MysqlSession implements DriverSession {
  readonly #connection: DriverConnection;
  readonly #socket: ServerSocket;

  constructor(driver: Driver, login: SqlLogin, socket: ServerSocket) {
    this.#connection = driver.createConnection(driverOptions(login, socket));
    this.#socket = socket;
  }

  onEnd(listener: () => void): void {
    this.#connection.on("error", listener);
    this.#connection.on("end", listener);
  }

  async login(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#connection.connect((error) => error ? reject(error) : resolve());
    // The driver does not hear of a socket that was closed in the middle of its greeting.
    const closed = () => reject(lost(this.#socket, "the server closed the connection"));
    this.#socket.once("close", closed);
    await promise.finally(() => this.#socket.off("close", closed));
  }

  query(statement: string, values: readonly SqlValue[]): Promise<SqlResult> {
    const { promise, resolve, reject } = Promise.withResolvers<SqlResult>();
    const options = { sql: statement, rowsAsArray: true };
    this.#connection.execute(options, [...values], (error, result, fields) => {
      if (error) reject(error);
      else resolve(resultOf(result, fields));
    });
    return promise;
  }

  replyOf(error: unknown): SourceError | undefined {
    // A server's own word has a state; the driver's have not.
    const isReply = error instanceof Error && "sqlState" in error && Boolean(error.sqlState);
    if (!isReply) return undefined;
    const isTransport = "errno" in error && TEMPORARY.has(Number(error.errno));
    return new SourceError(error.message, { cause: error, isTransport });
  }

  end(): void {
    this.#connection.destroy();
  }
}

function driverOptions(login: SqlLogin, socket: ServerSocket) {
  const { server, username, password, database, tls } = login;
  return {
    stream: () => socket.connect(),
    host: certificateName(login),
    port: server.port,
    ...(username !== undefined && { user: username }),
    ...(password !== undefined && { password }),
    database,
    ...(tls && { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized } }),
    // The time-outs are those of link.ts.
    connectTimeout: 0,
    flags: ["-LOCAL_FILES"],
    trace: false,
  };
}

function resultOf(result: unknown, fields: unknown): SqlResult {
  const columns = Array.isArray(fields) ? fields.map(({ name }) => String(name)) : [];
  if (Array.isArray(result)) return { columns, rows: result, changed: 0 };
  const { affectedRows } = result as { affectedRows?: number };
  return { columns, rows: [], changed: affectedRows ?? 0 };
}
