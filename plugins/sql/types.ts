/**
 * What MySQL and PostgreSQL have in common, and the few points in which they differ. Invariant: types only.
 */
import type { NodeTlsOptions, ServerAddress } from "../../sources.ts";

/** A bound value: text, or nothing. */
export type SqlValue = string | null;

/** What a statement gave: rows of cells in the order of the columns, as the driver reads them. */
export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows that a statement without a result changed; 0 where there are none. */
  readonly changed: number;
}

/** One connection, used by one question at a time. */
export interface SqlConnection {
  /** Can it be used again? False from the moment it is lost. */
  readonly isAlive: boolean;
  /** @throws {SourceError} with `isTransport` when the connection or the server's state is the trouble */
  query(statement: string, values: readonly SqlValue[]): Promise<SqlResult>;
  /** Ends it at once, whatever it waits for. */
  destroy(): void;
}

/** Where and as whom. */
export interface SqlLogin {
  readonly server: ServerAddress;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  /** What node:tls takes; undefined: without TLS. */
  readonly tls: NodeTlsOptions | undefined;
}

/** A driver, loaded. */
export interface SqlDriver {
  /**
   * Connects and logs in.
   * @param signal Ends the attempt.
   * @throws {SourceError}
   */
  connect(login: SqlLogin, signal: AbortSignal): Promise<SqlConnection>;
}

/** A kind of server. */
export interface SqlDialect {
  /** The plugin's name. */
  readonly name: "mysql" | "postgres";
  /** What people call it. */
  readonly title: string;
  readonly defaultPort: number;
  readonly defaultUsername: string | undefined;
  /** How the n-th value of a statement is written, from 1. */
  parameter(position: number): string;
  /** Quotes around text, or around names that hold text as this server reads them. */
  readonly textQuotes: string;
  /** Does a backslash in a text take the next character's meaning? */
  readonly hasBackslashes: boolean;
  /** A condition: a column and a value are the same text, byte for byte, whatever the column's collation says. */
  sameText(column: string, value: string): string;
  /** Does this cell say that somebody is a superuser? */
  isTrue(cell: unknown): boolean;
  /** Creates mqtt_user and mqtt_acl, each with its indexes. */
  readonly tables: Readonly<Record<"mqtt_user" | "mqtt_acl", string>>;
  /** Loads the driver. */
  load(): Promise<SqlDriver>;
}
