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
  type RuleRequest,
  RuleSet,
  WatchedFile,
} from "../sources.ts";
import {
  type AuthorizeUses,
  definePlugin,
  type Hooks,
  optionField,
  optionsOf,
  pathOption,
  type PluginContext,
  UserError,
  type Verdict,
} from "../plugin.ts";

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
    if (rules !== undefined) return hooksOf(new Rules(context, parseYamlRules(rules, "rules")));
    context.logger.info("no file and no rules are given: the default rules of EMQ X hold");
    return hooksOf(new Rules(context, defaultRules()));
  },
});

/** The rules that hold now. */
class Rules {
  readonly #context: PluginContext;
  #set: RuleSet;

  constructor(context: PluginContext, rules: readonly Rule[]) {
    this.#context = context;
    this.#set = new RuleSet(rules);
  }

  /** From now on these rules hold. */
  replace(rules: readonly Rule[]): void {
    this.#set = new RuleSet(rules);
    this.#context.rulesChanged();
  }

  /** Would there be no rules any more? */
  isEmptiedBy(rules: readonly Rule[]): boolean {
    return rules.length === 0 && this.#set.rules.length > 0;
  }

  get hasReceiveRules(): boolean {
    return this.#set.hasReceiveRules;
  }

  /** What conditions of rules look at. */
  get uses(): AuthorizeUses {
    const { usesQos, usesRetain } = this.#set;
    if (usesQos && usesRetain) return "both";
    return usesQos ? "qos" : usesRetain ? "retain" : "nothing";
  }

  decide(request: RuleRequest): Verdict {
    const decision = this.#set.decide(request, this.#context.wildcards ?? "strict");
    if (decision === undefined) return undefined;
    const { where, text } = decision.rule;
    return { result: decision.result, because: `${where}: ${text}` };
  }
}

function hooksOf(rules: Rules): Hooks {
  return {
    authorize: (request) => rules.decide(request),
    authorizeReceive: (request) => rules.decide({ ...request, action: "receive" }),
    hasReceiveRules: () => rules.hasReceiveRules,
    authorizeUses: () => rules.uses,
  };
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
      logger.info(`${name} is read again: ${rules.length} rules`);
    },
    failed(problems) {
      for (const problem of problems) logger.error(`${problem}; the rules before it stay`);
    },
  }, context.clock);
  const source = new Rules(context, rules);
  return {
    ...hooksOf(source),
    brokerReloading: () => file.reload(),
    dispose: () => file.close(),
  };
}
