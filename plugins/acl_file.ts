/**
 * Access rules from a file (EMQ X's acl.conf, or YAML), from the options, or the guide's default ones.
 * It is asked after all other sources. Invariant: what is in memory is always one whole reading
 * of the rules; a reading that fails keeps the one before, a first one that fails refuses to start.
 */
import { resolve } from "node:path";
import { optional } from "valibot";
import {
  defaultRules,
  emqxDifferences,
  parseYamlRules,
  readRuleFile,
  type Rule,
  WatchedFile,
} from "../sources.ts";
import {
  definePlugin,
  type Hooks,
  optionField,
  optionsOf,
  pathOption,
  type PluginContext,
  UserError,
} from "../plugin.ts";
import { HeldRules } from "./acl_file/held_rules.ts";
import { RuleFile } from "./acl_file/rule_file.ts";

const OPTIONS = optionsOf({
  /** Relative to the configuration; `.conf` is EMQ X's form, `.yaml` and `.yml` are Midge's. */
  file: optional(pathOption),
  /** Rules in Midge's form; setup reads them, so that each problem has a line of its own. */
  rules: optional(
    optionField<unknown[]>((value) => Array.isArray(value) ? value : undefined, "a list of rules"),
  ),
});

export default definePlugin({
  name: "acl_file",
  apiVersion: 1,
  order: "last",
  combines: "first",
  options: OPTIONS,
  async setup({ file, rules }, context) {
    if (file !== undefined) {
      if (rules === undefined) return await followFile(file, context);
      throw new UserError("file and rules are both given; expected only one of them");
    }
    if (rules !== undefined) return fixedHooks(parseYamlRules(rules, "rules"), context);
    context.logger.info("no file and no rules are given: the default rules of EMQ X hold");
    return fixedHooks(defaultRules(), context);
  },
});

/** Rules that only a change of the configuration can change. */
function fixedHooks(rules: readonly Rule[], context: PluginContext): Hooks {
  const held = new HeldRules(rules, context);
  const text = rules.map((rule) => rule.text).join("\n");
  return { ...held.hooks, rules: { read: () => ({ file: undefined, text, rules: held.counted }) } };
}

/** The hooks of a file that is read again whenever it changes, and when the broker is told to reload. */
async function followFile(name: string, context: PluginContext): Promise<Hooks> {
  const { logger } = context;
  const [file, rules] = await WatchedFile.open(resolve(context.directory, name), {
    async read(path) {
      const rules = await readRuleFile(path, name);
      for (const line of /\.conf$/i.test(name) ? emqxDifferences(rules) : []) logger.warn(line);
      return rules;
    },
    changed(rules) {
      if (source.isEmptiedBy(rules)) {
        logger.warn(`${name} has no rules any more; acl_nomatch decides`);
      }
      source.replace(rules);
      context.rulesChanged();
      logger.info(`${name} is read again: ${rules.length} rules`);
    },
    failed(problems) {
      for (const problem of problems) logger.error(`${problem}; the rules before it stay`);
    },
  }, context.clock);
  const source = new HeldRules(rules, context);
  return {
    ...source.hooks,
    rules: new RuleFile({ path: file.path, name, held: source, reload: () => file.reload() }),
    brokerReloading: () => file.reload(),
    dispose: () => file.close(),
  };
}
