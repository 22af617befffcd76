/**
 * The access tests of the configuration, asked of rules that do not hold yet. Invariant: the running sources are asked as
 * they are, but the one whose rules are tried; nothing is counted, and nothing changes.
 */
import { AccessChain } from "../../access/chain/chain.ts";
import { AccessCounters } from "../../access/chain/counters.ts";
import { resolve } from "../../config/paths.ts";
import type { RulesJudgement } from "../../plugin/managing.ts";
import { UserError } from "../../user_error.ts";
import type { Core } from "../core.ts";
import { explain } from "./explain.ts";

/** How the tests came out. */
export interface Rehearsal {
  /** How many there are. */
  readonly tests: number;
  /** A line for each that failed. */
  readonly failed: string[];
}

/**
 * Asks the tests.
 * @param source the plugin whose rules are tried
 * @param hooks its deciding hooks as they would be
 * @throws UserError where there are tests that cannot be run
 */
export async function rehearse(
  core: Core,
  source: string,
  hooks: RulesJudgement["hooks"],
): Promise<Rehearsal> {
  const { access: { tests: file }, directory } = core.config;
  if (file === undefined) return { tests: 0, failed: [] };
  if (hooks === undefined) {
    throw new UserError(`${source}: it cannot try rules, so acl_tests cannot be run`);
  }
  const [{ readCases }, { failureLine, runCases }] = await Promise.all([
    import("../../manage/cases/cases.ts"), // with the reader of YAML
    import("../../manage/cases/outcome.ts"),
  ]);
  const { cases } = await readCases(resolve(directory, file), undefined);
  const access = rehearsalChain(core, source, hooks);
  const outcomes = await runCases({ explain: (request) => explain(core, request, access) }, cases);
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.ok ? [] : [failureLine(outcome, index + 1)]
  );
  return { tests: cases.length, failed };
}

function rehearsalChain(
  { plugins, config, hookClock }: Core,
  source: string,
  hooks: NonNullable<RulesJudgement["hooks"]>,
): AccessChain {
  const sources = plugins.map((plugin) =>
    plugin.name === source ? { ...plugin, hooks: { ...plugin.hooks, ...hooks } } : plugin
  );
  const services = { counters: new AccessCounters(), clock: hookClock };
  return new AccessChain(sources, config.access, services);
}
