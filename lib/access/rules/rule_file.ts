/**
 * A file of access rules, by its extension, and the rules there are without one. Invariant: all or
 * nothing; a file with nothing but comments is valid and has no rules, one that is empty is a mistake.
 */
import { isBlank } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { readWhole } from "../../whole_file.ts";
import { parseAclConf } from "./acl_conf.ts";
import type { Rule } from "./rule.ts";
import { parseYamlRules } from "./yaml_rules.ts";

/** What EMQ X ships, and the guide's example. */
const DEFAULT_RULES = `
{allow, {user, "dashboard"}, subscribe, ["$SYS/#"]}.
{allow, {ipaddr, "127.0.0.1"}, pubsub, ["$SYS/#", "#"]}.
{deny, all, subscribe, ["$SYS/#", {eq, "#"}]}.
{allow, all}.
`.trim();

/** The rules of the guide's default acl.conf. */
export function defaultRules(): Rule[] {
  return parseAclConf(DEFAULT_RULES, "default rules");
}

/**
 * Reads `acl.conf` (EMQ X's form) or `acl.yaml`, `acl.yml` (Midge's own).
 * @param path as Deno opens it
 * @param name as people wrote it, for errors
 * @throws UserError when it cannot be read or a rule cannot be used, a line for each problem
 */
export async function readRuleFile(path: string, name: string): Promise<Rule[]> {
  formOf(name);
  return await parseRuleText(await readRuleText(path, name), name);
}

/**
 * The rules of a text in the form that the file's name says.
 * @throws UserError when a rule cannot be used, a line for each problem
 */
export async function parseRuleText(text: string, name: string): Promise<Rule[]> {
  const form = formOf(name);
  if (isBlank(text)) throw empty(name, form === "conf" ? "%" : "#");
  if (form === "conf") return parseAclConf(text, name);
  // Imported late: the configuration may be an object, and then nothing else needs YAML.
  const { parseYaml } = await import("../../config/yaml.ts");
  const value = parseYaml(text, name);
  if ((value ?? undefined) === undefined && !/^\s*#/m.test(text)) throw empty(name, "#");
  return parseYamlRules(value, name);
}

function formOf(name: string): "conf" | "yaml" {
  const extension = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase();
  if (extension === "conf") return "conf";
  if (extension === "yaml" || extension === "yml") return "yaml";
  throw new UserError(`${name}: expected a file that ends in .conf, .yaml or .yml`);
}

function empty(name: string, comment: string): UserError {
  return new UserError(
    `${name}: is empty; expected rules, or a comment (${comment}) where there are to be none`,
  );
}

/**
 * The text of such a file.
 * @throws UserError when it cannot be read
 */
export async function readRuleText(path: string, name: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readWhole(path));
  } catch (cause) {
    const reason = cause instanceof TypeError
      ? "it is not UTF-8 text"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new UserError(`${name}: cannot be read: ${reason}`, { cause });
  }
}
