/**
 * emqx_auth_mongo.conf as options of the plugin mongodb. Invariant: a query of which nothing is there, or
 * that is switched off, becomes null.
 */
import type { Draft, Plain } from "./draft.ts";
import type { Settings } from "./emqx_settings.ts";
import { durationText, readSeconds } from "./emqx_settings.ts";
import { type Option, readTls, type SourcePlugin } from "./emqx_sources.ts";
import { readNumber, type Statement } from "./statements.ts";

const PREFIX = "auth.mongo.";

/** What the driver sees to itself. */
const DRIVER = /^auth\.mongo\.(?:topology\.|w_mode$)/;

/** EMQ X's key and Midge's; numbers and durations are named below. */
const CONNECTION: readonly (readonly [keys: readonly string[], option: string])[] = [
  [["type"], "type"],
  [["rs_set_name"], "rs_set_name"],
  [["server"], "server"],
  [["pool"], "pool"],
  [["username", "login"], "username"],
  [["password"], "password"],
  [["auth_source"], "auth_source"],
  [["database"], "database"],
  [["query_timeout"], "query_timeout"],
  [["r_mode"], "r_mode"],
];

function valueOf(option: string, statement: Statement): Plain {
  if (option === "pool") return readNumber(statement, 1);
  if (option === "query_timeout") return durationText(readSeconds(statement, "ms"));
  return statement.value;
}

function readConnection(settings: Settings): Option[] {
  return CONNECTION.flatMap(([keys, name]) => {
    const statement = settings.takeFirst(...keys.map((key) => PREFIX + key));
    if (statement === undefined || statement.value === "") return [];
    return [{ name, value: valueOf(name, statement), place: statement.place }];
  });
}

/** `auth_query`, `super_query`, `acl_query`: a section, or null. */
function readQuery(name: string, settings: Settings, hasAcl: boolean): Option {
  const flag = settings.take(PREFIX + name);
  const parts = settings.takeAll(`${PREFIX}${name}.`);
  const place = parts[0]?.place ?? flag?.place;
  const isOff = flag?.value === "off" || parts.length === 0 || (name === "acl_query" && !hasAcl);
  if (isOff) return { name, value: null, place };
  const section: Record<string, Plain> = {};
  const selectors: string[] = [];
  for (const { key, value } of parts) {
    const option = key.slice(`${PREFIX}${name}.`.length);
    if (option === "selector" || option.startsWith("selector.")) selectors.push(value);
    else section[option] = value;
  }
  const [selector, second] = selectors;
  if (selector !== undefined) section.selector = second === undefined ? selector : selectors;
  return { name, value: section, place };
}

function noteDriver(settings: Settings, draft: Draft): void {
  const keys = settings.rest.filter(({ key }) => DRIVER.test(key));
  for (const { key } of keys) settings.take(key);
  const [first] = keys;
  if (first === undefined) return;
  const list = keys.length === 1 ? first.key : `auth.mongo.topology.* (${keys.length} settings)`;
  draft.skip(list, first.place, "the driver sees to it");
}

/** emqx_auth_mongo. */
export const MONGO_PLUGIN: SourcePlugin = {
  name: "mongodb",
  prefix: PREFIX,
  async read(context) {
    const { settings, draft, hasAcl } = context;
    noteDriver(settings, draft);
    return [
      ...readConnection(settings),
      ...["auth_query", "super_query", "acl_query"].map((name) =>
        readQuery(name, settings, hasAcl)
      ),
      ...await readTls(PREFIX, "ssl", context),
    ];
  },
};
