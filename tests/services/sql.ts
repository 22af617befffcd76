/** What the SQL servers have in common. */
import type { Service } from "./process.ts";

/** A SQL server with the sample tables, and a user who may read and change them. */
export interface SqlService extends Service {
  readonly database: string;
  readonly username: string;
  readonly password: string;
  /** Runs statements as the administrator, in `database`; the result's cells are separated by tabs. */
  run(sql: string): Promise<string>;
}

/** How a SQL server is started. */
export interface SqlServiceOptions {
  /** More arguments of the server: for TLS, for other authentication, ... */
  readonly args?: readonly string[];
}
