/** The SQL servers as subjects of the same tests: what differs between them, and nothing else. */
import type { SqlOptions } from "../../../plugins/sql/options.ts";
import type { Plugin } from "../../../mod.ts";
import mysql from "../../../plugins/mysql.ts";
import postgres from "../../../plugins/postgres.ts";
import { MARIADB, startMariadb } from "../../services/mariadb.ts";
import { POSTGRES, startPostgres } from "../../services/postgres.ts";
import type { Requirement } from "../../services/service_test_case.ts";
import type { SqlService, SqlServiceOptions } from "../../services/sql.ts";

/** A server and its plugin. */
export interface SqlSubject {
  readonly plugin: Plugin<SqlOptions>;
  readonly requirement: Requirement;
  start(options?: SqlServiceOptions): Promise<SqlService>;
  /** A text as a literal of its SQL. */
  text(value: string | null): string;
  /** What is_superuser holds for a superuser, and what else it may hold. */
  readonly isSuperuser: string;
  readonly isNoSuperuser: readonly string[];
  /** Says how many clients the server has. */
  readonly countClients: string;
}

const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** The client leaves out a carriage return that is not escaped. */
const escaped = (value: string) => value.replaceAll("\\", "\\\\").replaceAll("\r", "\\r");

/** MariaDB under the plugin mysql. */
export const MYSQL_SUBJECT: SqlSubject = {
  plugin: mysql,
  requirement: MARIADB,
  start: startMariadb,
  text: (value) => value === null ? "NULL" : quoted(escaped(value)),
  isSuperuser: "1",
  isNoSuperuser: ["0", "NULL", "2"],
  countClients: "select count(*) from information_schema.processlist where user = 'midge'",
};

/** PostgreSQL under the plugin postgres. */
export const POSTGRES_SUBJECT: SqlSubject = {
  plugin: postgres,
  requirement: POSTGRES,
  start: startPostgres,
  text: (value) => value === null ? "NULL" : quoted(value),
  isSuperuser: "true",
  isNoSuperuser: ["false", "NULL"],
  countClients: "select count(*) from pg_stat_activity where usename = 'midge'",
};

/** The options that reach a server as its user. */
export function sqlServerOptions(
  { port, username, password }: SqlService,
): Record<string, unknown> {
  return { server: `127.0.0.1:${port}`, username, password };
}

/** `(a, b)` of an insert. */
export function valuesOf(
  subject: SqlSubject,
  ...values: (string | number | null)[]
): string {
  const cells = values.map((one) => typeof one === "number" ? String(one) : subject.text(one));
  return `(${cells.join(", ")})`;
}
