/**
 * EMQ X's auth plugins for SQL databases and Redis, etc/plugins/emqx_auth_*.conf, as options of Midge's. Invariant:
 * rows decide in EMQ X's order; where columns had no names, it is told.
 */
import type { Draft } from "./draft.ts";
import {
  type Option,
  READ,
  readQueries,
  readRows,
  type Row,
  type SourcePlugin,
} from "./emqx_source.ts";
import { readTls } from "./emqx_source_tls.ts";

const CONNECTION: readonly Row[] = [
  ["server", "server", READ.text],
  ["pool", "pool", READ.count],
  ["username", "username", READ.text],
  ["password", "password", READ.text],
  ["query_timeout", "query_timeout", READ.wait],
];

const SQL: readonly Row[] = [
  ...CONNECTION,
  ["database", "database", READ.text],
  ["password_hash", "password_hash", READ.text],
];
const SQL_COLUMNS = ["allow", "ipaddr", "username", "clientid", "access", "topic"];

const REDIS: readonly Row[] = [
  ["type", "type", READ.text],
  ["sentinel", "sentinel", READ.text],
  ...CONNECTION,
  ["database", "database", READ.number],
  ["password_hash", "password_hash", READ.text],
];

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
