/**
 * Rules of plugins, shown and changed while the broker runs. Invariants: what holds is untouched until a text was found
 * right and every access test passes with it; a change names the text that it is in place of.
 */
import { sha256Hex } from "../../digest.ts";
import type { ReadArgsOf, ResultOf, RowOf } from "../../manage/commands.ts";
import { inTime } from "../../hook_deadline.ts";
import type { HookOwner } from "../../plugin/hooks.ts";
import type { ManagedRules, RulesJudgement, RuleStore } from "../../plugin/managing.ts";
import { ConflictError, UserError } from "../../user_error.ts";
import type { Core } from "../core.ts";
import { newOpenings, opennessOf } from "../openness.ts";
import { rehearse } from "./rehearsal.ts";

/** A plugin that shows its rules. */
interface Keeper {
  readonly name: string;
  readonly store: RuleStore;
}

/** One whose rules can be changed. */
interface Writable {
  readonly name: string;
  readonly store: Required<RuleStore>;
}

type Request = ReadArgsOf<"acl rules set">;
type Result = ResultOf<"acl rules set">;

/** The rules of one core. */
export class RuleDesk {
  readonly #core: Core;
  #last: Promise<unknown> = Promise.resolve();

  constructor(core: Core) {
    this.#core = core;
  }

  /** @throws UserError where a plugin's rules cannot be read */
  async list(): Promise<IterableIterator<RowOf<"acl rules">[]>> {
    const rows: RowOf<"acl rules">[][] = [];
    for (const { name, store } of keepersOf(this.#core)) {
      rows.push([await rowOf(name, await this.#read(store))]);
    }
    return rows.values();
  }

  /**
   * Changes the rules of a plugin, or says why not.
   * @throws UserError where it cannot be done, or the rules are others than those that are named
   */
  set(request: Request): Promise<Result> {
    const changed = this.#last.then(() => this.#set(request));
    this.#last = changed.catch(() => {}); // the caller hears of it
    return changed;
  }

  async #set({ source, text, revision, dryRun }: Request): Promise<Result> {
    const { name, store } = writableOf(this.#core, source);
    const before = (await this.#read(store)).text;
    const present = await revisionOf(before);
    if (present !== revision) {
      throw new ConflictError(`${name}: ${staleText(revision, present)}`);
    }
    const judgement = await this.#inTime("rules.check", store.check({ text }));
    const outcome = await this.#outcomeOf(name, judgement);
    if (dryRun || outcome.problems.length + outcome.failedTests.length > 0) {
      return { ...outcome, saved: false, revision };
    }
    const openness = opennessOf(this.#core);
    await this.#inTime("rules.write", store.write({ text, before }));
    await this.#core.rights.changed(); // what is denied now has ended when the answer comes
    const warnings = [
      ...outcome.warnings,
      ...newOpenings(openness, opennessOf(this.#core)),
    ];
    return { ...outcome, warnings, saved: true, revision: await revisionOf(text) };
  }

  /** What the text comes to, access tests included. */
  async #outcomeOf(source: string, { problems, warnings = [], hooks }: RulesJudgement) {
    const tested = problems.length > 0
      ? { tests: 0, failed: [] }
      : await rehearse(this.#core, source, hooks);
    return {
      source,
      problems: [...problems],
      warnings: [...warnings],
      failedTests: tested.failed,
      tests: tested.tests,
    };
  }

  async #read(store: RuleStore): Promise<ManagedRules> {
    return await this.#inTime("rules.read", store.read());
  }

  #inTime<T>(what: string, answer: T | Promise<T>): Promise<T> {
    return inTime(this.#core.hookClock, what, answer);
  }
}

function keepersOf({ plugins }: Pick<Core, "plugins">): Keeper[] {
  return plugins.flatMap(({ name, hooks: { rules } }: HookOwner) =>
    rules === undefined ? [] : [{ name, store: rules }]
  );
}

function writableOf(core: Core, source: string): Writable {
  const keepers = keepersOf(core);
  const keeper = keepers.find(({ name }) => name === source);
  if (keeper === undefined) {
    const names = keepers.map(({ name }) => name).join(", ") || "none: no plugin here does";
    throw new UserError(`${JSON.stringify(source)} shows no rules; expected one of ${names}`);
  }
  const { store } = keeper;
  if (isWritable(store)) return { name: source, store };
  throw new UserError(
    `${source}: its rules stand in the configuration, or where only another program changes them; ` +
      "change them there, and reload",
  );
}

/** A file's own? Else they stand in the configuration. */
function isWritable(store: RuleStore): store is Required<RuleStore> {
  return store.check !== undefined && store.write !== undefined;
}

function staleText(revision: string, present: string): string {
  return `its rules are of revision ${present} now, not ${
    JSON.stringify(revision.slice(0, 64))
  }; ` +
    "read them again";
}

async function rowOf(
  source: string,
  { file, text, rules }: ManagedRules,
): Promise<RowOf<"acl rules">> {
  return {
    source,
    file: file ?? null,
    text,
    revision: await revisionOf(text),
    rules: rules.map((rule) => ({ ...rule, line: rule.line ?? null })),
  };
}

function revisionOf(text: string): Promise<string> {
  return sha256Hex(text, 8);
}
