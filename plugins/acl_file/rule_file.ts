/**
 * The file of rules as it is changed while the broker runs. Invariants: what is no rule is never written; what holds is
 * what was read from the file.
 */
import {
  editFile,
  emqxDifferences,
  parseRuleText,
  readRuleText,
  rightToWrite,
  type Rule,
} from "../../sources.ts";
import {
  type ManagedRules,
  problemsOf,
  type RulesChange,
  type RulesJudgement,
  type RuleStore,
  UserError,
} from "../../plugin.ts";
import { HeldRules } from "./held_rules.ts";

/** A file that is followed. */
export interface FollowedRules {
  /** Absolute. */
  readonly path: string;
  /** As the configuration has it. */
  readonly name: string;
  readonly held: HeldRules;
  /** Reads it; why it is not used as it is now. */
  reload(): Promise<readonly string[]>;
}

/** Shows and changes one file. */
export class RuleFile implements RuleStore {
  readonly #file: FollowedRules;

  constructor(file: FollowedRules) {
    this.#file = file;
  }

  async read(): Promise<ManagedRules> {
    const { path, name, held } = this.#file;
    return { file: path, text: await readRuleText(path, name), rules: held.counted };
  }

  async check({ text }: { readonly text: string }): Promise<RulesJudgement> {
    const { name, held } = this.#file;
    try {
      const rules = await parseRuleText(text, name);
      return {
        problems: [],
        warnings: this.#warnings(rules),
        hooks: held.rehearsal(rules),
      };
    } catch (error) {
      if (error instanceof UserError) return { problems: problemsOf(error) };
      throw error;
    }
  }

  async write({ text, before }: RulesChange): Promise<void> {
    const { path, name } = this.#file;
    await editFile(path, {
      read: () => readRuleText(path, name),
      change(present) {
        if (present === before) return text;
        throw new UserError(`${path}: has been changed meanwhile by another hand`);
      },
      forbidden: rightToWrite(path),
    });
    const problems = await this.#file.reload();
    if (problems.length > 0) throw new UserError(problems);
  }

  #warnings(rules: readonly Rule[]): string[] {
    const { name, held } = this.#file;
    const differences = /\.conf$/i.test(name) ? emqxDifferences(rules) : [];
    if (!held.isEmptiedBy(rules)) return differences;
    return [...differences, `${name} would have no rules any more; acl_nomatch decides`];
  }
}
