/**
 * The connections to a SQL server: made when somebody asks, kept, and replaced when they are lost. Invariants: at
 * most `pool` connections, each with one question at a time; a connection that did not answer within `queryTimeout`
 * is destroyed, so that no question inherits a hung one; nothing outlives `close`.
 */
import { Deadline, Limiter, type NodeTlsOptions, SourceError } from "../../sources.ts";
import type {
  SqlConnection,
  SqlDialect,
  SqlDriver,
  SqlLogin,
  SqlResult,
  SqlValue,
} from "./types.ts";
import type { Clock } from "../../plugin.ts";

/** Durations are in milliseconds. */
export interface SqlLinkOptions extends SqlLogin {
  readonly pool: number;
  readonly connectTimeout: number;
  readonly queryTimeout: number;
}

/** All connections to one server. */
export class SqlLink {
  readonly #driver: SqlDriver;
  #options: SqlLinkOptions;
  readonly #clock: Clock;
  readonly #places: Limiter;
  readonly #closing = new AbortController();
  /** The one that was used last is used next: its statements are prepared. */
  #idle: SqlConnection[] = [];
  readonly #busy = new Set<SqlConnection>();
  /** Those that end when they have their answer. */
  readonly #outdated = new WeakSet<SqlConnection>();

  private constructor(driver: SqlDriver, options: SqlLinkOptions, clock: Clock) {
    this.#driver = driver;
    this.#options = options;
    this.#clock = clock;
    this.#places = new Limiter(options.pool);
  }

  /** Loads the driver; connects to nothing yet. */
  static async open(dialect: SqlDialect, options: SqlLinkOptions, clock: Clock): Promise<SqlLink> {
    return new SqlLink(await dialect.load(), options, clock);
  }

  /**
   * Runs a statement. Its connection is busy until the server has answered, also when the signal fires before.
   * @throws {SourceError}
   */
  query(
    statement: string,
    values: readonly SqlValue[],
    signal: AbortSignal,
  ): Promise<SqlResult> {
    return this.#places.run(signal, () => this.#query(statement, values));
  }

  /** Other certificates from now on; no question under way loses its answer. */
  useTls(tls: NodeTlsOptions): void {
    this.#options = { ...this.#options, tls };
    for (const connection of this.#busy) this.#outdated.add(connection);
    this.#endIdle();
  }

  /** Ends all connections. */
  close(): void {
    this.#closing.abort(new SourceError("the plugin is being stopped"));
    for (const connection of this.#busy) connection.destroy();
    this.#endIdle();
  }

  async #query(statement: string, values: readonly SqlValue[]): Promise<SqlResult> {
    const connection = this.#takeIdle() ?? await this.#connect();
    this.#busy.add(connection);
    try {
      const result = await this.#bounded(
        this.#options.queryTimeout,
        "no answer to a query",
        () => connection.query(statement, values),
      );
      this.#keep(connection);
      return result;
    } catch (error) {
      // What the server said against a statement leaves its connection as it was.
      const isWhole = error instanceof SourceError && !error.isTransport;
      if (isWhole) this.#keep(connection);
      else connection.destroy();
      throw error;
    } finally {
      this.#busy.delete(connection);
    }
  }

  #keep(connection: SqlConnection): void {
    const isWanted = !this.#outdated.has(connection) && !this.#closing.signal.aborted;
    if (isWanted && connection.isAlive) this.#idle.push(connection);
    else connection.destroy();
  }

  #endIdle(): void {
    for (const connection of this.#idle) connection.destroy();
    this.#idle = [];
  }

  #takeIdle(): SqlConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.isAlive) return connection;
      connection.destroy();
    }
  }

  #connect(): Promise<SqlConnection> {
    const { host, port } = this.#options.server;
    return this.#bounded(
      this.#options.connectTimeout,
      `no connection to ${host}:${port}`,
      (signal) => this.#driver.connect(this.#options, signal),
    );
  }

  async #bounded<T>(
    milliseconds: number,
    what: string,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    using deadline = new Deadline(this.#clock, milliseconds, what, [this.#closing.signal]);
    return await deadline.run(work);
  }
}
