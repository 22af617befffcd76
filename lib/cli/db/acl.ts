/**
 * `midge db acl`: rows of mqtt_acl. Invariant: a row that is written here is understood by the plugin, and found by
 * its default query.
 */
import { parseNetwork } from "../../access/rules/cidr.ts";
import { parseRuleTopicOrEq } from "../../access/rules/rule_topic.ts";
import { RuleError } from "../../access/rules/rule_error.ts";
import { UserError } from "../../user_error.ts";
import { suggestion } from "../../config/keys.ts";
import { readFlags, UsageError } from "../flags.ts";
import { printLine } from "../terminal.ts";
import { DATABASE_TEXTS, openDatabase } from "./database.ts";

const ACTIONS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  add: addRule,
  delete: deleteRule,
  list: listRules,
};
const ACCESS: Readonly<Record<string, string>> = { subscribe: "1", publish: "2", pubsub: "3" };
const EVERYBODY = "$all";

/** Runs `acl add|delete|list`. */
export async function aclCommand([action = "", ...args]: readonly string[]): Promise<void> {
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (run !== undefined) return await run(args);
  throw new UsageError(
    `acl ${JSON.stringify(action)}: ${suggestion(action, Object.keys(ACTIONS), "commands")}`,
  );
}

async function addRule(args: readonly string[]): Promise<void> {
  const { switches, texts, operands: [topic = ""] } = readFlags(args, {
    switches: { deny: "" },
    texts: { ...DATABASE_TEXTS, action: "", user: "", "client-id": "", ip: "" },
    operands: ["TOPIC"],
  });
  const { action = "pubsub", user, "client-id": clientId, ip = null } = texts;
  checkRule(topic, action, ip);
  using database = await openDatabase(texts);
  await database.admin.run(
    "insert into mqtt_acl (allow, ipaddr, username, clientid, access, topic) " +
      "values (?, ?, ?, ?, ?, ?)",
    switches.deny ? "0" : "1",
    ip,
    // The default query looks for the client's names and $all, not for ranges or NULL.
    user ?? (clientId === undefined ? EVERYBODY : null),
    clientId ?? null,
    ACCESS[action]!,
    topic,
  );
  printLine(`added: ${switches.deny ? "deny" : "allow"} ${action} ${topic}`);
}

function checkRule(topic: string, action: string, ip: string | null): void {
  if (!Object.hasOwn(ACCESS, action)) {
    const expected = "publish, subscribe or pubsub";
    throw new UsageError(`--action got ${JSON.stringify(action)}, expected ${expected}`);
  }
  if (ip !== null && parseNetwork(ip) === undefined) {
    const expected = "an address or a range such as 10.0.0.0/8";
    throw new UsageError(`--ip got ${JSON.stringify(ip)}, expected ${expected}`);
  }
  try {
    parseRuleTopicOrEq(topic);
  } catch (cause) {
    if (!(cause instanceof RuleError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

async function deleteRule(args: readonly string[]): Promise<void> {
  const { texts, operands: [id = ""] } = readFlags(args, {
    switches: {},
    texts: DATABASE_TEXTS,
    operands: ["ID"],
  });
  if (!/^\d{1,9}$/.test(id)) {
    throw new UsageError(`ID got ${JSON.stringify(id)}, expected a number that acl list shows`);
  }
  using database = await openDatabase(texts);
  const { changed } = await database.admin.run("delete from mqtt_acl where id = ?", id);
  if (changed === 0) throw new UserError(`there is no rule ${id}`);
  printLine(`deleted rule ${id}`);
}

async function listRules(args: readonly string[]): Promise<void> {
  const { texts } = readFlags(args, { switches: {}, texts: DATABASE_TEXTS, operands: [] });
  using database = await openDatabase(texts);
  const { rows } = await database.admin.run(
    "select id, allow, access, topic, username, clientid, ipaddr from mqtt_acl order by id",
  );
  for (const row of rows) printLine(ruleLine(row.map((cell) => cell === null ? "" : String(cell))));
}

/** `3  deny subscribe $SYS/#  user $all, ip 10.0.0.0/8` */
function ruleLine([id, allow, access, topic, user, clientId, ip]: string[]): string {
  const action = Object.keys(ACCESS).find((name) => ACCESS[name] === access) ?? `access=${access}`;
  const permission = allow === "1" ? "allow" : allow === "0" ? "deny" : `allow=${allow}`;
  const who = [["user", user], ["client-id", clientId], ["ip", ip]]
    .filter(([, value]) => value !== "").map((pair) => pair.join(" "));
  return `${id}  ${permission} ${action} ${topic}  ${who.join(", ") || "everybody"}`;
}
