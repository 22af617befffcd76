/**
 * Users, superusers and rights in MongoDB: EMQ X's emqx_auth_mongo. Three queries are asked, each with its defaults;
 * null switches one off. Invariants: rights are a list of what is allowed; a client's values are strings, whatever
 * is in them; the driver is loaded only when this plugin is set up.
 */
import { type InferOutput, nullable, nullish, optional } from "valibot";
import {
  choiceOption,
  DATABASE_OPTIONS,
  databaseHooks,
  type DatabaseQuestion,
  DatabaseSource,
  fixedTextOption,
  IDLE_DATABASE_OPTIONS,
  idleOption,
  offOption,
  passwordHashOption,
  type PasswordQuestion,
  readNodeTls,
  secretOption,
  sectionOf,
  serversOption,
  SOURCE_OPTIONS,
  SourceError,
  textOption,
  tlsOption,
  warnIdle,
  warnUnverified,
} from "../sources.ts";
import {
  type ClientView,
  definePlugin,
  optionField,
  optionsOf,
  type PluginContext,
  UserError,
} from "../plugin.ts";
import {
  isOf,
  type PasswordFields,
  readPassword,
  readRules,
  readSuperuser,
} from "./mongodb/documents.ts";
import { MongodbLink, type MongoLinkOptions, type Query } from "./mongodb/link.ts";
import { FIELD_NAME, type Filter, type Selector, selectorOption } from "./mongodb/selector.ts";

/** More documents than this for one client are taken for a mistake in the selector. */
const MAX_DOCUMENTS = 1000;

/** `password`, or `password,salt`, or a list of the two. */
const passwordFieldOption = optionField((value): PasswordFields | undefined => {
  const names = Array.isArray(value) ? value : String(value).split(",");
  const [password = "", salt, ...more] = names.map((name) => String(name).trim());
  const isRight = FIELD_NAME.test(password) && (salt === undefined || FIELD_NAME.test(salt));
  return isRight && more.length === 0 ? { password, salt } : undefined;
}, "the name of the password's field, or password,salt");

const fieldOption = optionField(
  (value) => typeof value === "string" && FIELD_NAME.test(value) ? value : undefined,
  "the name of a field",
);

/** EMQ X's. */
const IDLE = {
  ...IDLE_DATABASE_OPTIONS,
  srv_record: optional(offOption("write the servers, for SRV records are not looked up")),
  topology: idleOption,
  w_mode: idleOption,
} as const;

const OPTIONS = optionsOf({
  ...SOURCE_OPTIONS,
  ...DATABASE_OPTIONS,
  type: nullish(choiceOption("single", "rs", "sharded", "unknown"), "single"),
  /** The replica set's name, for `type: rs`. */
  rs_set_name: nullish(textOption, "mqtt"),
  server: nullish(serversOption(27017), "127.0.0.1:27017"),
  database: nullish(fixedTextOption, "mqtt"),
  username: nullish(secretOption, ""),
  /** The same under its name in EMQ X 4.0. */
  login: nullish(secretOption, ""),
  password: nullish(secretOption, ""),
  /** The database that knows the user. */
  auth_source: nullish(textOption, "mqtt"),
  tls: nullish(tlsOption),
  /** slave_ok: a secondary may answer, which may know of a change a little later. */
  r_mode: nullish(choiceOption("master", "slave_ok"), "master"),
  auth_query: optional(
    nullable(sectionOf({
      collection: nullish(fixedTextOption, "mqtt_user"),
      password_field: nullish(passwordFieldOption, "password"),
      password_hash: nullish(passwordHashOption, "sha256"),
      selector: nullish(selectorOption, "username=%u"),
    })),
    {},
  ),
  super_query: optional(
    nullable(sectionOf({
      collection: nullish(fixedTextOption, "mqtt_user"),
      super_field: nullish(fieldOption, "is_superuser"),
      selector: nullish(selectorOption, "username=%u"),
    })),
    {},
  ),
  acl_query: optional(
    nullable(sectionOf({
      collection: nullish(fixedTextOption, "mqtt_acl"),
      selector: nullish(selectorOption, "username=%u"),
    })),
    {},
  ),
  /** For a client about whom there are documents of which none fits. */
  nomatch: nullish(choiceOption("deny", "ignore"), "deny"),
  ...IDLE,
});

type Options = InferOutput<typeof OPTIONS>;
type Section<Name extends "auth_query" | "super_query" | "acl_query"> = NonNullable<Options[Name]>;

export default definePlugin({
  name: "mongodb",
  apiVersion: 1,
  combines: "first",
  authorizeUses: "nothing",
  options: OPTIONS,
  async setup(options, context) {
    warn(options, context);
    const link = await MongodbLink.open(await linkOptions(options, context));
    const source = new DatabaseSource<Filter>(context, {
      ...options,
      concurrency: options.pool,
      isReserved,
    });
    const questions = {
      password: options.auth_query ? passwordQuestion(options.auth_query, link) : undefined,
      superuser: options.super_query ? superuserQuestion(options.super_query, link) : undefined,
      rules: options.acl_query ? rulesQuestion(options.acl_query, link) : undefined,
    };
    return databaseHooks(source, questions, link, options.tls, context);
  },
});

/**
 * What selects documents is not compared again, so that `$all`, the name of everybody's documents, must be no one's
 * own, be it a username, a client id or a certificate's name.
 */
function isReserved({ username, clientId, certificate }: ClientView): boolean {
  return [username, clientId, certificate?.commonName].some((name) => name?.startsWith("$"));
}

function passwordQuestion(
  { collection, selector, password_field, password_hash }: Section<"auth_query">,
  link: MongodbLink,
): PasswordQuestion<Filter> {
  const fields = Object.values(password_field).filter((field) => field !== undefined);
  return {
    check: password_hash,
    bind: (client) => selector.bind(client),
    async ask(filter) {
      const found = await findNamed(link, selector, { collection, filter, fields, limit: 1 });
      const stored = readPassword(collection, found.documents, password_field);
      return stored && { ...stored, isOfAnother: found.own.length === 0 };
    },
  };
}

function superuserQuestion(
  { collection, selector, super_field }: Section<"super_query">,
  link: MongodbLink,
): DatabaseQuestion<Filter, boolean> {
  return {
    bind: (client) => selector.bind(client),
    ask: async (filter) => {
      const query = { collection, filter, fields: [super_field], limit: 1 };
      return readSuperuser((await findNamed(link, selector, query)).own, super_field);
    },
  };
}

function rulesQuestion(
  { collection, selector }: Section<"acl_query">,
  link: MongodbLink,
): DatabaseQuestion<Filter, ReturnType<typeof readRules>> {
  const fields = ["publish", "subscribe", "pubsub"];
  return {
    bind: (client) => selector.bind(client),
    ask: async (filter) => {
      const query = { collection, filter, fields, limit: MAX_DOCUMENTS + 1 };
      const { documents, own } = await findNamed(link, selector, query);
      if (documents.length <= MAX_DOCUMENTS) return readRules(collection, own);
      throw new SourceError(`${collection}: more than ${MAX_DOCUMENTS} documents for one client`);
    },
  };
}

/** The documents that the server finds, and those of them whose names are exactly the client's. */
async function findNamed(link: MongodbLink, { names }: Selector, query: Query) {
  const fields = [...new Set([...query.fields, ...names])];
  // The server refuses a field beside one within it.
  const isWithin = (field: string) => fields.some((other) => field.startsWith(`${other}.`));
  const whole = fields.filter((field) => !isWithin(field));
  const documents = await link.find({ ...query, fields: whole });
  return { documents, own: documents.filter((one) => isOf(one, query.filter, names)) };
}

function warn(options: Options, context: PluginContext): void {
  warnIdle(options, Object.keys(IDLE), context);
  warnUnverified(options.tls, context);
}

/** @throws {UserError} for what no option can tell by itself */
async function linkOptions(options: Options, context: PluginContext): Promise<MongoLinkOptions> {
  const { type, server } = options;
  if (type === "single" && server.length > 1) {
    throw new UserError("server: several servers; expected one, or type: rs or sharded");
  }
  return {
    type,
    servers: server,
    setName: options.rs_set_name,
    database: options.database,
    username: options.username || options.login || undefined,
    password: options.password || undefined,
    authSource: options.auth_source,
    mayReadSecondaries: options.r_mode === "slave_ok",
    pool: options.pool,
    connectTimeout: options.connect_timeout,
    queryTimeout: options.query_timeout,
    tls: await readNodeTls(options.tls, context.directory),
  };
}
