/**
 * Users, superusers and rights in Redis: EMQ X's emqx_auth_redis. Three commands are asked, each with its default;
 * null switches one off. Invariants: rights are a list of what is allowed; a client's values are arguments of their
 * own, whatever is in them; the driver is loaded only when this plugin is set up.
 */
import { type InferOutput, nullable, nullish, optional } from "valibot";
import {
  choiceOption,
  countOption,
  DATABASE_OPTIONS,
  databaseHooks,
  type DatabaseQuestion,
  DatabaseSource,
  IDLE_DATABASE_OPTIONS,
  idleOption,
  type PasswordCheck,
  passwordHashOption,
  readNodeTls,
  secretOption,
  serversOption,
  SOURCE_OPTIONS,
  textOption,
  tlsOption,
  warnIdle,
  warnUnverified,
} from "../sources.ts";
import { definePlugin, optionsOf, type PluginContext, UserError } from "../plugin.ts";
import { type Arguments, commandOption, type RedisCommand } from "./redis/command.ts";
import { RedisLink, type RedisLinkOptions } from "./redis/link.ts";
import { readPassword, readRules, readSuperuser } from "./redis/replies.ts";

/** Questions under way on one connection; it takes many, for none waits for the answer to the one before. */
const QUESTIONS_A_CONNECTION = 100;

/** EMQ X's: the files are older spellings, of use with ssl only. */
const IDLE = {
  ...IDLE_DATABASE_OPTIONS,
  cafile: idleOption,
  certfile: idleOption,
  keyfile: idleOption,
} as const;

const OPTIONS = optionsOf({
  ...SOURCE_OPTIONS,
  ...DATABASE_OPTIONS,
  type: nullish(choiceOption("single", "sentinel", "cluster"), "single"),
  /** The servers; with `type: sentinel` the sentinels, whose port is 26379 by custom. */
  server: nullish(serversOption(6379), "127.0.0.1:6379"),
  /** The master's name, for `type: sentinel`. */
  sentinel: nullish(textOption),
  sentinel_username: nullish(secretOption, ""),
  sentinel_password: nullish(secretOption, ""),
  database: nullish(countOption(0), 0),
  username: nullish(secretOption, ""),
  password: nullish(secretOption, ""),
  tls: nullish(tlsOption),
  password_hash: nullish(passwordHashOption, "plain"),
  auth_cmd: optional(nullable(commandOption), "HMGET mqtt_user:%u password"),
  super_cmd: optional(nullable(commandOption), "HGET mqtt_user:%u is_superuser"),
  acl_cmd: optional(nullable(commandOption), "HGETALL mqtt_acl:%u"),
  /** For a user who has rights of which none fits. */
  nomatch: nullish(choiceOption("deny", "ignore"), "deny"),
  ...IDLE,
});

type Options = InferOutput<typeof OPTIONS>;

export default definePlugin({
  name: "redis",
  apiVersion: 1,
  combines: "first",
  authorizeUses: "nothing",
  options: OPTIONS,
  async setup(options, context) {
    checkTogether(options);
    const link = await RedisLink.open(await linkOptions(options, context));
    const source = new DatabaseSource<Arguments>(context, {
      ...options,
      concurrency: options.pool * QUESTIONS_A_CONNECTION,
      hasParts: options.type === "cluster",
    });
    const questions = {
      password: withCheck(question(options.auth_cmd, link, readPassword), options.password_hash),
      superuser: question(options.super_cmd, link, readSuperuser),
      rules: question(options.acl_cmd, link, readRules),
    };
    return databaseHooks(source, questions, link, options.tls, context);
  },
});

/** A command and how to read its reply; undefined when it is switched off. */
function question<Answer>(
  command: RedisCommand | null,
  link: RedisLink,
  read: (reply: unknown, command: Arguments) => Answer,
): DatabaseQuestion<Arguments, Answer> | undefined {
  return command === null ? undefined : {
    bind: (client) => command.bind(client),
    ask: async (bound) => read(await link.send(bound), bound),
  };
}

function withCheck<Question>(question: Question | undefined, check: PasswordCheck) {
  return question && { ...question, check };
}

/** What no option can tell by itself. @throws {UserError} */
function checkTogether({ type, server, sentinel, database }: Options): void {
  const problems: string[] = [];
  if (type === "single" && server.length > 1) {
    problems.push("server: several servers; expected one, or type: sentinel or cluster");
  }
  if (type === "sentinel" && !sentinel) {
    problems.push("sentinel: missing; expected the name of the master, such as mymaster");
  }
  if (type === "cluster" && database !== 0) {
    problems.push(`database: got ${database}, expected 0: a cluster has no other`);
  }
  if (problems.length > 0) throw new UserError(problems);
}

async function linkOptions(options: Options, context: PluginContext): Promise<RedisLinkOptions> {
  warnUnverified(options.tls, context);
  warnIdle(options, Object.keys(IDLE), context);
  return {
    type: options.type,
    servers: options.server,
    masterName: options.sentinel ?? undefined,
    username: options.username || undefined,
    password: options.password || undefined,
    sentinelUsername: options.sentinel_username || undefined,
    sentinelPassword: options.sentinel_password || undefined,
    database: options.database,
    pool: options.pool,
    connectTimeout: options.connect_timeout,
    queryTimeout: options.query_timeout,
    tls: await readNodeTls(options.tls, context.directory),
  };
}
