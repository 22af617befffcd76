/**
 * `midge db acl`: rows of mqtt_acl. Invariant: a row that is written here is understood by the plugin, and found by
 * its default query.
 */
import { parseNetwork } from "../../cidr.ts";
import { parseRuleTopicOrEq } from "../../access/rules/rule_topic.ts";
import { RuleError } from "../../access/rules/rule_error.ts";
import { UserError } from "../../user_error.ts";
import { suggestion } from "../../config/keys.ts";
import type { GivenOptions } from "../given_options.ts";
import { readOptions } from "../options.ts";
import type { CommandShape } from "../shape.ts";
import { printLine } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { openGiven } from "./database.ts";
import { DATABASE_OPTIONS, RULE_OPTIONS } from "./options.ts";

const ACTIONS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  add: addRule,
  delete: deleteRule,
  list: listRules,
};
/** The column `access`. */
const ACCESS = { publish: "2", subscribe: "1", pubsub: "3" } as const;
const ACCESS_NAMES = ["publish", "subscribe", "pubsub"] as const;
const EVERYBODY = "$all";

/** What each takes. */
export const RULE_SHAPES: Readonly<Record<string, CommandShape>> = {
  add: { summary: "adds a rule", operands: ["TOPIC"], options: RULE_OPTIONS },
  delete: { summary: "deletes a rule", operands: ["ID"], options: DATABASE_OPTIONS },
  list: { summary: "lists the rules, with their ids", options: DATABASE_OPTIONS },
};

/** Runs `acl add|delete|list`. */
export async function aclCommand([action = "", ...args]: readonly string[]): Promise<void> {
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (run !== undefined) return await run(args);
  throw new UsageError(
    `acl ${JSON.stringify(action)}: ${suggestion(action, Object.keys(ACTIONS), "commands")}`,
  );
}

async function addRule(args: readonly string[]): Promise<void> {
  const given = readOptions(args, RULE_OPTIONS, ["TOPIC"]);
  const [topic = ""] = given.operands;
  const action = given.choice("action", ACCESS_NAMES);
  checkRule(topic, given);
  using database = await openGiven(given);
  const isDenied = given.has("deny");
  const clientId = given.last("client-id") ?? null;
  await database.admin.run(
    "insert into mqtt_acl (allow, ipaddr, username, clientid, access, topic) " +
      "values (?, ?, ?, ?, ?, ?)",
    isDenied ? "0" : "1",
    given.last("ip") ?? null,
    // The default query looks for the client's names and $all, not for ranges or NULL.
    given.last("user") ?? (clientId === null ? EVERYBODY : null),
    clientId,
    ACCESS[action],
    topic,
  );
  printLine(`added: ${isDenied ? "deny" : "allow"} ${action} ${topic}`);
}

function checkRule(topic: string, given: GivenOptions<typeof RULE_OPTIONS>): void {
  const ip = given.last("ip");
  if (ip !== undefined && parseNetwork(ip) === undefined) {
    throw given.wrong("ip", "an address or a range such as 10.0.0.0/8");
  }
  try {
    parseRuleTopicOrEq(topic);
  } catch (cause) {
    if (!(cause instanceof RuleError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

async function deleteRule(args: readonly string[]): Promise<void> {
  const given = readOptions(args, DATABASE_OPTIONS, ["ID"]);
  const [id = ""] = given.operands;
  if (!/^\d{1,9}$/.test(id)) {
    throw new UsageError(`ID got ${JSON.stringify(id)}, expected a number that acl list shows`);
  }
  using database = await openGiven(given);
  const { changed } = await database.admin.run("delete from mqtt_acl where id = ?", id);
  if (changed === 0) throw new UserError(`there is no rule ${id}`);
  printLine(`deleted rule ${id}`);
}

async function listRules(args: readonly string[]): Promise<void> {
  using database = await openGiven(readOptions(args, DATABASE_OPTIONS));
  const { rows } = await database.admin.run(
    "select id, allow, access, topic, username, clientid, ipaddr from mqtt_acl order by id",
  );
  for (const row of rows) printLine(ruleLine(row.map((cell) => cell === null ? "" : String(cell))));
}

/** `3  deny subscribe $SYS/#  user $all, ip 10.0.0.0/8` */
function ruleLine([id, allow, access, topic, user, clientId, ip]: string[]): string {
  const action = ACCESS_NAMES.find((name) => ACCESS[name] === access) ?? `access=${access}`;
  const permission = allow === "1" ? "allow" : allow === "0" ? "deny" : `allow=${allow}`;
  const who = [["user", user], ["client-id", clientId], ["ip", ip]]
    .filter(([, value]) => value !== "").map((pair) => pair.join(" "));
  return `${id}  ${permission} ${action} ${topic}  ${who.join(", ") || "everybody"}`;
}
