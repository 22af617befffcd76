/**
 * PostgreSQL, by the driver pg. Invariants: values are parameters of unnamed statements, so that it works behind
 * pgbouncer; the driver is loaded only when somebody opens a link, and neither reads the environment's password nor
 * ~/.pgpass; see socket.ts for what a hung server can do.
 */
// @ts-types="@types/pg"
import type { Client } from "pg";
import { SourceError } from "../../sources.ts";
import { certificateName, connecting, lost, ServerSocket } from "./socket.ts";
import { POSTGRES_TABLES } from "./tables.ts";
import type {
  SqlConnection,
  SqlDialect,
  SqlDriver,
  SqlLogin,
  SqlResult,
  SqlValue,
} from "./types.ts";

type Driver = Pick<typeof import("pg"), "Client">;

/** The server's state, not the statement, is the trouble: connections, resources, locks, shutting down. */
const TEMPORARY = /^(?:08|53|40|57P0|55P03|57014)/;

/** How PostgreSQL differs from the others. */
export const POSTGRES: SqlDialect = {
  name: "postgres",
  title: "PostgreSQL",
  defaultPort: 5432,
  defaultUsername: "root",
  parameter: (position) => `$${position}`,
  textQuotes: `'`,
  hasBackslashes: false,
  isTrue: (cell) => cell === true,
  tables: POSTGRES_TABLES,
  async load(): Promise<SqlDriver> {
    // @ts-types="@types/pg"
    const driver: Driver = await import("pg");
    return { connect: (login, signal) => PostgresConnection.open(driver, login, signal) };
  },
};

/** One connection. */
class PostgresConnection implements SqlConnection {
  readonly #client: Client;
  readonly #socket: ServerSocket;
  #isAlive = true;

  private constructor(client: Client, socket: ServerSocket) {
    this.#client = client;
    this.#socket = socket;
    const end = () => this.#isAlive = false;
    client.on("error", end);
    client.on("end", end);
    socket.once("close", end);
  }

  static open(driver: Driver, login: SqlLogin, signal: AbortSignal): Promise<PostgresConnection> {
    const socket = new ServerSocket(login.server, certificateName(login));
    return connecting(socket, signal, async () => {
      const client = new driver.Client(driverOptions(login, socket));
      const opened = new PostgresConnection(client, socket);
      await client.connect().catch((error: unknown) => {
        throw opened.#failure(error);
      });
      return opened;
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  async query(statement: string, values: readonly SqlValue[]): Promise<SqlResult> {
    try {
      const result = await this.#client.query<unknown[]>({
        text: statement,
        values: [...values],
        rowMode: "array",
      });
      const columns = result.fields.map(({ name }) => name);
      return { columns, rows: result.rows, changed: result.rowCount ?? 0 };
    } catch (error) {
      throw this.#failure(error);
    }
  }

  destroy(): void {
    this.#isAlive = false;
    this.#socket.destroy();
  }

  #failure(error: unknown): SourceError {
    // A server's own word has a severity; others have none.
    const isReply = error instanceof Error && "severity" in error && "code" in error;
    if (!isReply) return lost(this.#socket, error);
    const isTransport = TEMPORARY.test(String(error.code));
    return new SourceError(error.message, { cause: error, isTransport });
  }
}

function driverOptions(
  login: SqlLogin,
  socket: ServerSocket,
) {
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
