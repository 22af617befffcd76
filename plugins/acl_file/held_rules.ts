/**
 * The rules that hold, and how often each decided. Invariants: all of them are replaced at once; a rule that stays keeps
 * its count.
 */
import { type Rule, type RuleRequest, RuleSet } from "../../sources.ts";
import type { AuthorizeUses, Hooks, ManagedRule, PluginContext, Verdict } from "../../plugin.ts";

/** Rules in use. */
export class HeldRules {
  readonly #context: Pick<PluginContext, "wildcards">;
  #set: RuleSet;
  /** By the place of the rule. */
  #hits: Float64Array;
  /** What is to be asked. */
  readonly hooks: Hooks;

  constructor(rules: readonly Rule[], context: Pick<PluginContext, "wildcards">) {
    this.#context = context;
    this.#set = new RuleSet(rules);
    this.#hits = new Float64Array(rules.length);
    this.hooks = {
      authorize: (request) => this.#decide(request),
      authorizeReceive: (request) => this.#decide({ ...request, action: "receive" }),
      hasReceiveRules: () => this.#set.hasReceiveRules,
      authorizeUses: () => this.#uses,
    };
  }

  /** From now on these rules hold. */
  replace(rules: readonly Rule[]): void {
    const before = countsByText(this.counted);
    this.#set = new RuleSet(rules);
    this.#hits = Float64Array.from(rules, ({ text }) => before.get(text)?.shift() ?? 0);
  }

  /** Would there be no rules any more? */
  isEmptiedBy(rules: readonly Rule[]): boolean {
    return rules.length === 0 && this.#set.rules.length > 0;
  }

  /** The hooks as they would be with other rules; they count nothing here. */
  rehearsal(rules: readonly Rule[]): Hooks {
    return new HeldRules(rules, this.#context).hooks;
  }

  /** In order, as they are now. */
  get counted(): ManagedRule[] {
    return this.#set.rules.map(({ where, text }, position) => ({
      line: lineOf(where),
      text,
      hits: this.#hits[position]!,
    }));
  }

  /** What conditions of rules look at. */
  get #uses(): AuthorizeUses {
    const { usesQos, usesRetain } = this.#set;
    if (usesQos && usesRetain) return "both";
    return usesQos ? "qos" : usesRetain ? "retain" : "nothing";
  }

  #decide(request: RuleRequest): Verdict {
    const decision = this.#set.decide(request, this.#context.wildcards ?? "strict");
    if (decision === undefined) return undefined;
    this.#hits[decision.position]!++;
    const { where, text } = decision.rule;
    return { result: decision.result, because: `${where}: ${text}` };
  }
}

/** `acl.conf:12` has one, `acl.yaml, rule 3` has none. */
function lineOf(where: string): number | undefined {
  const line = /:(\d+)$/.exec(where)?.[1];
  return line === undefined ? undefined : Number(line);
}

/** Of rules with one text the counts in order. */
function countsByText(rules: readonly ManagedRule[]): Map<string, number[]> {
  const counts = new Map<string, number[]>();
  for (const { text, hits } of rules) {
    const known = counts.get(text);
    if (known === undefined) counts.set(text, [hits]);
    else known.push(hits);
  }
  return counts;
}
