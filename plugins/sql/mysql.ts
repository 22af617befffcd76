/**
 * MySQL and MariaDB, by the driver mysql2. Invariants: values are parameters of prepared statements; the driver
 * is loaded only when somebody opens a link; see socket.ts for what a hung server can do.
 */
import type { Connection as DriverConnection, QueryError } from "mysql2";
import { SourceError } from "../../sources.ts";
import { MYSQL_TABLES } from "./tables.ts";
import { certificateName, connecting, lost, ServerSocket } from "./socket.ts";
import type {
  SqlConnection,
  SqlDialect,
  SqlDriver,
  SqlLogin,
  SqlResult,
  SqlValue,
} from "./types.ts";

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
  isTrue: (cell) => String(cell) === "1",
  tables: MYSQL_TABLES,
  async load(): Promise<SqlDriver> {
    const driver: Driver = await import("mysql2");
    return { connect: (login, signal) => MysqlConnection.open(driver, login, signal) };
  },
};

/** One connection. */
class MysqlConnection implements SqlConnection {
  readonly #connection: DriverConnection;
  readonly #socket: ServerSocket;
  #isAlive = true;

  private constructor(connection: DriverConnection, socket: ServerSocket) {
    this.#connection = connection;
    this.#socket = socket;
    const end = () => this.#isAlive = false;
    connection.on("error", end);
    connection.on("end", end);
    socket.once("close", end);
  }

  static open(driver: Driver, login: SqlLogin, signal: AbortSignal): Promise<MysqlConnection> {
    const socket = new ServerSocket(login.server, certificateName(login));
    return connecting(socket, signal, async () => {
      const connection = driver.createConnection(driverOptions(login, socket));
      const opened = new MysqlConnection(connection, socket);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      connection.connect((error) => error ? reject(opened.#failure(error)) : resolve());
      // The driver does not hear of a socket that was closed in the middle of its greeting.
      const closed = () => reject(lost(socket, "the server closed the connection"));
      socket.once("close", closed);
      await promise.finally(() => socket.off("close", closed));
      return opened;
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  async query(statement: string, values: readonly SqlValue[]): Promise<SqlResult> {
    const { promise, resolve, reject } = Promise.withResolvers<SqlResult>();
    const options = { sql: statement, rowsAsArray: true };
    this.#connection.execute(options, [...values], (error, result, fields) => {
      if (error) reject(this.#failure(error));
      else resolve(resultOf(result, fields));
    });
    return await promise;
  }

  destroy(): void {
    this.#isAlive = false;
    this.#connection.destroy();
    this.#socket.destroy();
  }

  #failure(error: QueryError): SourceError {
    // A server's own word has a state; the driver's have not.
    const { errno = 0, sqlState, message } = error as QueryError & { sqlState?: string };
    if (!sqlState) return lost(this.#socket, error);
    return new SourceError(message, { cause: error, isTransport: TEMPORARY.has(errno) });
  }
}

function driverOptions(
  login: SqlLogin,
  socket: ServerSocket,
) {
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
