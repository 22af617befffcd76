/**
 * EMQ X's auth plugins for databases, etc/plugins/emqx_auth_*.conf, as options of Midge's. EMQ X switches
 * a part off by leaving its query out, where Midge would take the guide's. Invariant: a query that is not
 * there becomes null.
 */
import type { Draft, Place, Plain, SourceFile } from "./draft.ts";
import { durationText, readSeconds, type Settings } from "./emqx_settings.ts";
import { findOrFail, type Library } from "./library.ts";
import { readFlag, readNumber, type Statement } from "./statements.ts";

/** What the options of one plugin are made with. */
export interface SourceContext {
  readonly settings: Settings;
  /** The plugin's file, or files. */
  readonly files: readonly SourceFile[];
  readonly library: Library;
  readonly draft: Draft;
  /** Is the zone's ACL on? */
  readonly hasAcl: boolean;
}

/** An option and its value, with where it stood; undefined: Midge's own null. */
export interface Option {
  readonly name: string;
  readonly value: Plain;
  readonly place: Place | undefined;
}

/** How one EMQ X plugin is read. */
export interface SourcePlugin {
  /** Midge's plugin. */
  readonly name: string;
  /** What its keys begin with, dot included. */
  readonly prefix: string;
  read(context: SourceContext): Promise<Option[]>;
}

type Reader = (statement: Statement) => Plain;

const text: Reader = ({ value }) => value;
const count: Reader = (statement) => readNumber(statement, 1);
const number: Reader = (statement) => readNumber(statement);
/** EMQ X 3 and early 4 write milliseconds without a unit; infinity is Midge's default. */
const wait: Reader = (statement) => durationText(readSeconds(statement, "ms"));

/** EMQ X's key, Midge's option, how it is read. */
type Row = readonly [key: string, option: string, read: Reader];

const CONNECTION: readonly Row[] = [
  ["server", "server", text],
  ["pool", "pool", count],
  ["username", "username", text],
  ["password", "password", text],
  ["query_timeout", "query_timeout", wait],
];

const SQL: readonly Row[] = [
  ...CONNECTION,
  ["database", "database", text],
  ["password_hash", "password_hash", text],
];
const SQL_COLUMNS = ["allow", "ipaddr", "username", "clientid", "access", "topic"];

const REDIS: readonly Row[] = [
  ["type", "type", text],
  ["sentinel", "sentinel", text],
  ...CONNECTION,
  ["database", "database", number],
  ["password_hash", "password_hash", text],
];

/** The rows whose keys are there. */
export function readRows(rows: readonly Row[], prefix: string, settings: Settings): Option[] {
  return rows.flatMap(([key, name, read]) => {
    const statement = settings.take(prefix + key);
    if (statement === undefined || statement.value === "" || statement.value === "infinity") {
      return [];
    }
    return [{ name, value: read(statement), place: statement.place }];
  });
}

/** The queries; one that is not there is off. */
function readQueries(names: readonly string[], prefix: string, context: SourceContext): Option[] {
  return names.map((name) => {
    const statement = context.settings.take(prefix + name);
    const isOff = statement === undefined || (name.startsWith("acl_") && !context.hasAcl);
    return { name, value: isOff ? null : statement.value, place: statement?.place };
  });
}

/** emqx_auth_mysql and emqx_auth_pgsql. */
function sqlPlugin(name: string, prefix: string): SourcePlugin {
  return {
    name,
    prefix,
    async read(context) {
      const { settings, draft } = context;
      const options = readRows(SQL, prefix, settings);
      options.push(...readQueries(["auth_query", "super_query", "acl_query"], prefix, context));
      const encoding = settings.take(`${prefix}encoding`);
      if (encoding !== undefined && !/^utf-?8/i.test(encoding.value)) {
        draft.skip(encoding.key, encoding.place, "texts are UTF-8");
      }
      // EMQ X asks the rows from the last to the first, whatever its guide says.
      options.push({ name: "row_order", value: "last", place: undefined });
      options.push(...await readTls(prefix, "ssl", context));
      noteColumns(prefix, options, draft);
      return options;
    },
  };
}

/** Midge finds columns by name; EMQ X took them by their place. */
function noteColumns(prefix: string, options: readonly Option[], draft: Draft): void {
  const wanted = {
    auth_query: ["password"],
    super_query: ["is_superuser"],
    acl_query: SQL_COLUMNS,
  };
  for (const [name, columns] of Object.entries(wanted)) {
    const option = options.find((one) => one.name === name);
    if (typeof option?.value !== "string") continue;
    const [, selected = ""] = /^\s*select\s(.*?)\sfrom\s/is.exec(option.value) ?? [];
    const missing = columns.filter((column) => !new RegExp(`\\b${column}\\b`, "i").test(selected));
    if (missing.length === 0 || selected.includes("*")) continue;
    const what = `columns are found by name; give the one that is meant the name ${
      missing.join(", ")
    }`;
    draft.differ(prefix + name, option.place, `${what} (select x as ${missing[0]})`);
  }
}

const TLS_FILES: readonly (readonly [option: string, keys: readonly string[]])[] = [
  ["cafile", ["cacertfile", "cafile"]],
  ["certfile", ["certfile"]],
  ["keyfile", ["keyfile"]],
];

/**
 * `tls`, where it is on. EMQ X checks no certificate unless told to.
 * @param group `ssl`; older files have `ssl_opts.*`, or the files beside the other keys
 */
export async function readTls(
  prefix: string,
  group: string,
  context: SourceContext,
  isOn?: boolean,
): Promise<Option[]> {
  const { settings, draft, files, library } = context;
  const on = settings.take(`${prefix}${group}`);
  const tls: Record<string, Plain> = {};
  const first = settings.keys(`${prefix}${group}`)[0];
  for (const [option, keys] of TLS_FILES) {
    const spellings = keys.flatMap((key) => [
      `${prefix}${group}.${key}`,
      `${prefix}${group}_opts.${key}`,
      `${prefix}${key}`,
    ]);
    const statement = settings.takeFirst(...spellings);
    if (statement === undefined || statement.value === "") continue;
    if (!(isOn ?? (on !== undefined && readFlag(on)))) continue;
    tls[option] = (await findOrFail(library, statement, files)).path;
  }
  const verify = settings.take(`${prefix}${group}.verify`);
  const name = settings.take(`${prefix}${group}.server_name_indication`);
  if (!(isOn ?? (on !== undefined && readFlag(on)))) return [];
  if (name !== undefined && name.value !== "disable") tls.server_name = name.value;
  tls.verify = verify !== undefined && /^(true|on|verify_peer)$/.test(verify.value);
  const place = on?.place ?? (first === undefined ? undefined : settings.peek(first)?.place);
  if (!tls.verify) {
    const what = "the server's certificate is not checked, as in EMQ X; tls.verify: true checks it";
    draft.differ(`${prefix}${group}`, place, what);
  }
  return [{ name: "tls", value: tls, place }];
}

const REDIS_PREFIX = "auth.redis.";

const REDIS_PLUGIN: SourcePlugin = {
  name: "redis",
  prefix: REDIS_PREFIX,
  async read(context) {
    return [
      ...readRows(REDIS, REDIS_PREFIX, context.settings),
      ...readQueries(["auth_cmd", "super_cmd", "acl_cmd"], REDIS_PREFIX, context),
      ...await readTls(REDIS_PREFIX, "ssl", context),
    ];
  },
};

/** The plugins of this file, by EMQ X's names. */
export const DATABASE_PLUGINS: Readonly<Record<string, SourcePlugin>> = {
  emqx_auth_mysql: sqlPlugin("mysql", "auth.mysql."),
  emqx_auth_pgsql: sqlPlugin("postgres", "auth.pgsql."),
  emqx_auth_redis: REDIS_PLUGIN,
};
