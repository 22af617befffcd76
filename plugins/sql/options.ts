/**
 * The options of the plugins mysql and postgres. Invariant: names and defaults are the guide's; `null` switches a
 * query off.
 */
import { type InferOutput, nullable, nullish, optional } from "valibot";
import {
  choiceOption,
  DATABASE_OPTIONS,
  fixedTextOption,
  IDLE_DATABASE_OPTIONS,
  idleOption,
  passwordHashOption,
  readNodeTls,
  secretOption,
  serverOption,
  SOURCE_OPTIONS,
  tlsOption,
} from "../../sources.ts";
import { optionField, optionsOf } from "../../plugin.ts";
import type { SqlLinkOptions } from "./link.ts";
import { exactNames, parseNameQuery, tellingNames } from "./exact_names.ts";
import type { SqlDialect } from "./types.ts";

const AUTH_QUERY = "select password from mqtt_user where username = '%u' limit 1";
const SUPER_QUERY = "select is_superuser from mqtt_user where username = '%u' limit 1";
const ACL_QUERY = "select allow, ipaddr, username, clientid, access, topic from mqtt_acl " +
  "where ipaddr = '%a' or username = '%u' or username = '$all' or clientid = '%c'";

/** The password hash where none is given. */
export const DEFAULT_PASSWORD_HASH = "sha256";

const IDLE = {
  ...IDLE_DATABASE_OPTIONS,
  encoding: idleOption,
  pbkdf2_macfun: idleOption,
  pbkdf2_iterations: idleOption,
  pbkdf2_dklen: idleOption,
} as const;

/** EMQ X's options without a meaning here. */
export const IDLE_NAMES: readonly string[] = Object.keys(IDLE);

/** The schema for one kind of server. */
// deno-lint-ignore explicit-function-return-type explicit-module-boundary-types -- the schema's type is the point
export function sqlOptions(dialect: SqlDialect) {
  const queryOption = (rewrite: typeof exactNames) =>
    optionField((value) => {
      if (typeof value !== "string" || !value.trim()) return undefined;
      const query = parseNameQuery(value, dialect, rewrite);
      const [problem] = query.problems;
      return problem === undefined ? query : new Error(problem);
    }, "a query");
  return optionsOf({
    ...SOURCE_OPTIONS,
    ...DATABASE_OPTIONS,
    server: nullish(serverOption(dialect.defaultPort), `127.0.0.1:${dialect.defaultPort}`),
    username: nullish(secretOption, dialect.defaultUsername ?? ""),
    password: nullish(secretOption, ""),
    database: nullish(fixedTextOption, "mqtt"),
    tls: nullish(tlsOption),
    password_hash: nullish(passwordHashOption, DEFAULT_PASSWORD_HASH),
    auth_query: optional(nullable(queryOption(tellingNames)), AUTH_QUERY),
    super_query: optional(nullable(queryOption(exactNames)), SUPER_QUERY),
    acl_query: optional(nullable(queryOption(exactNames)), ACL_QUERY),
    /** Which row of several that apply decides. */
    row_order: nullish(choiceOption("first", "last"), "first"),
    ...IDLE,
  });
}

/** The options as plugins get them. */
export type SqlOptions = InferOutput<ReturnType<typeof sqlOptions>>;

/** What connections need of the options; reads the certificates. @throws {UserError} */
export async function linkOptions(options: SqlOptions, directory: string): Promise<SqlLinkOptions> {
  return {
    server: options.server,
    username: options.username || undefined,
    password: options.password || undefined,
    database: options.database,
    tls: await readNodeTls(options.tls, directory),
    pool: options.pool,
    connectTimeout: options.connect_timeout,
    queryTimeout: options.query_timeout,
  };
}
