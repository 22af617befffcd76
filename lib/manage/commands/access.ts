/** Access rules, bans, users and tokens, as a running broker is asked about them. */
import {
  array,
  boolean,
  nullable,
  number,
  object,
  optional,
  picklist,
  strictObject,
  string,
} from "valibot";
import { ACCESS_REPORT } from "../access_report.ts";
import { RELOADED } from "./broker.ts";
import { command, listing, NOTHING, QOS, question, SERVER_STATE } from "./shape.ts";

const QUESTION = strictObject({
  clientId: string(),
  action: picklist(["publish", "subscribe", "receive"]),
  topic: string(),
  qos: optional(QOS, 0),
  retain: optional(boolean(), false),
});

const BAN_TARGET = {
  clientId: optional(string()),
  username: optional(string()),
  /** An address or a network. */
  network: optional(string()),
};

const BAN_ROW = object({
  clientId: nullable(string()),
  username: nullable(string()),
  network: nullable(string()),
  /** Milliseconds since 1970; null: for ever. */
  until: nullable(number()),
  reason: nullable(string()),
  by: picklist(["admin", "flapping"]),
  /** Milliseconds since 1970. */
  since: number(),
});

const BAN_RESULT = object({
  ban: BAN_ROW,
  /** Connections that were closed. */
  disconnected: number(),
  /** Why the file does not say so; null: it does. */
  notSaved: nullable(string()),
});

const DECISION_ROW = object({
  /** Milliseconds since 1970, of the last one of the same. */
  at: number(),
  clientId: string(),
  username: nullable(string()),
  address: string(),
  question: picklist(["authenticate", "publish", "subscribe", "receive"]),
  /** Null for authenticate. */
  topic: nullable(string()),
  verdict: picklist(["allow", "deny"]),
  /** The source with its rule, file and line, or the law of the broker. */
  because: string(),
  /** How often the same came. */
  times: number(),
});

const SOURCE_ROW = object({
  source: string(),
  question: picklist(["authenticate", "superuser", "authorize", "receive"]),
  allow: number(),
  deny: number(),
  ignore: number(),
  error: number(),
  cacheHits: number(),
  /** Of one answer on the average, milliseconds. */
  meanMs: number(),
  worstMs: number(),
  /** Of the server behind it; null: there is none. */
  health: nullable(object({
    ...SERVER_STATE.entries,
    answered: number(),
    failed: number(),
  })),
});

const USER_ROW = object({
  username: string(),
  /** The plugin that knows it. */
  source: string(),
  /** How its password is kept, such as `argon2id` or `sha512-crypt`; null: it cannot log in. */
  hash: nullable(string()),
});

const RULES = object({
  /** The plugin. */
  source: string(),
  /** Null: its rules stand in the configuration, and are read only. */
  file: nullable(string()),
  text: string(),
  /** Of `text`: what a change must name, so that it overwrites no other. */
  revision: string(),
  /** The rules in order, with how often each decided since the start. */
  rules: array(object({ line: nullable(number()), text: string(), hits: number() })),
});

const RULES_CHECKED = object({
  source: string(),
  /** Did it take effect? */
  saved: boolean(),
  /** What is wrong with the text, with its line; empty: nothing. */
  problems: array(string()),
  /** Of the configuration's acl_tests: those that would fail; empty where there are none. */
  failedTests: array(string()),
  tests: number(),
  /** What deserves a word. */
  warnings: array(string()),
  /** Of the text that stands there now. */
  revision: string(),
});

/** A token as it is listed. */
export const TOKEN_ROW = object({
  id: string(),
  name: string(),
  role: picklist(["admin", "viewer"]),
  /** Milliseconds since 1970. */
  created: number(),
  lastUsed: nullable(number()),
  expires: nullable(number()),
});

const PASSWORD = strictObject({
  username: string(),
  password: string(),
  /** The plugin; absent: the only one that it can be. */
  source: optional(string()),
});

/** By name. */
export const ACCESS_COMMANDS = {
  "acl explain": question(
    ["POST /access/explain", "Why a client may or may not publish, subscribe, receive"],
    QUESTION,
    ACCESS_REPORT,
  ),
  "acl decisions": listing(
    ["GET /access/decisions", "The last decisions, the newest first; kept from the first look on"],
    strictObject({
      clientId: optional(string()),
      verdict: optional(picklist(["allow", "deny"])),
    }),
    DECISION_ROW,
  ),
  "acl sources": listing(
    [
      "GET /access/sources",
      "The sources of decisions: what they answered, how long it took, their servers",
    ],
    NOTHING,
    SOURCE_ROW,
  ),
  "acl reload": command(
    ["POST /access/reload", "Have every plugin read its rules again"],
    NOTHING,
    RELOADED,
  ),
  "acl cache-clean": command(
    ["POST /access/cache-clean", "Forget remembered verdicts, of one client or of all"],
    strictObject({ clientId: optional(string()) }),
    object({
      /** Connected clients whose verdicts are forgotten. */
      clients: number(),
      /** Subscriptions that ended, since they are denied now. */
      endedSubscriptions: number(),
    }),
  ),
  "acl rules": listing(
    ["GET /access/rules", "The rules of the plugins that can show them"],
    NOTHING,
    RULES,
  ),
  "acl rules set": command(
    [
      "PUT /access/rules",
      "Change a plugin's rules, once they are right and every access test passes",
    ],
    strictObject({
      source: string(),
      text: string(),
      revision: string(),
      dryRun: optional(boolean(), false),
    }),
    RULES_CHECKED,
  ),
  "ban list": listing(["GET /bans", "The bans in force"], NOTHING, BAN_ROW),
  "ban add": command(
    ["POST /bans", "Ban a client id, a username, a network; disconnects whom it hits"],
    strictObject({
      ...BAN_TARGET,
      /** How long; or until when, in milliseconds since 1970. Neither: for ever. */
      seconds: optional(number()),
      until: optional(number()),
      reason: optional(string()),
    }),
    BAN_RESULT,
  ),
  "ban remove": command(
    ["DELETE /bans", "End the ban of exactly these"],
    strictObject(BAN_TARGET),
    BAN_RESULT,
  ),
  "user list": listing(
    ["GET /users", "The users that plugins with a file of their own know"],
    NOTHING,
    USER_ROW,
  ),
  "user add": command(["POST /users", "Add a user"], PASSWORD, USER_ROW),
  "user passwd": command(["PUT /users/{username}", "Change a user's password"], PASSWORD, USER_ROW),
  "user remove": command(
    ["DELETE /users/{username}", "Remove a user; its connections are closed"],
    strictObject({ username: string(), source: optional(string()) }),
    object({ username: string(), source: string(), disconnected: number() }),
  ),
  "token list": listing(["GET /tokens", "The tokens for the HTTP API"], NOTHING, TOKEN_ROW),
  "token new": command(
    ["POST /tokens", "Make a token for the HTTP API; it is shown this once"],
    strictObject({
      name: optional(string(), ""),
      role: optional(picklist(["admin", "viewer"]), "admin"),
      /** From now on; absent: for ever. */
      seconds: optional(number()),
    }),
    object({ token: string(), row: TOKEN_ROW }),
  ),
  "token remove": command(
    ["DELETE /tokens/{id}", "Make a token void"],
    strictObject({ id: string() }),
    TOKEN_ROW,
  ),
} as const;
