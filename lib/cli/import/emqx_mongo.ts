/**
 * emqx_auth_mongo.conf as options of the plugin mongodb. Invariant: a query that is switched off becomes null; one of
 * which nothing is there is asked as EMQ X asks it then, so that passwords are not passed over.
 */
import type { Draft, Plain } from "./draft.ts";
import type { Settings } from "./emqx_settings.ts";
import { durationText, readSeconds } from "./emqx_settings.ts";
import type { Option, SourcePlugin } from "./emqx_source.ts";
import { readTls } from "./emqx_source_tls.ts";
import { readNumber, type Statement, textOf } from "./statements.ts";

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
  return textOf(statement);
}

function readConnection(settings: Settings): Option[] {
  return CONNECTION.flatMap(([keys, name]) => {
    const statement = settings.takeFirst(...keys.map((key) => PREFIX + key));
    if (statement === undefined || statement.value === "") return [];
    return [{ name, value: valueOf(name, statement), place: statement.place }];
  });
}

/** What EMQ X asks where the file says nothing: its schema has defaults for two of the three. */
const DEFAULTS: Readonly<Record<string, Plain>> = {
  auth_query: {},
  super_query: null,
  acl_query: { collection: "mqtt_user" },
};

/** `auth_query`, `super_query`, `acl_query`: a section, or null. */
function readQuery(name: string, settings: Settings, hasAcl: boolean): Option {
  const flag = settings.take(PREFIX + name);
  const parts = settings.takeAll(`${PREFIX}${name}.`);
  const place = parts[0]?.place ?? flag?.place;
  const isOff = flag?.value === "off" || (name === "acl_query" && !hasAcl);
  if (isOff) return { name, value: null, place };
  if (parts.length === 0) return { name, value: DEFAULTS[name]!, place };
  const section: Record<string, Plain> = {};
  const selectors: string[] = [];
  for (const part of parts) {
    const option = part.key.slice(`${PREFIX}${name}.`.length);
    if (option === "selector" || option.startsWith("selector.")) selectors.push(textOf(part));
    else section[option] = textOf(part);
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
