/** `midge ctl acl rules`: the rules of plugins, and a file of rules in place of theirs. */
import type { ResultOf, RowOf } from "../../manage/commands.ts";
import { list, request } from "../../manage/remote.ts";
import { readText } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { printJson, printLine, printProblem } from "../terminal.ts";
import type { Asked, CtlCommand } from "./command.ts";

type Rules = RowOf<"acl rules">;

/** By name. */
export const RULE_COMMANDS: Readonly<Record<string, CtlCommand>> = {
  "acl rules": {
    operands: ["[PLUGIN]"],
    example: "midge ctl acl rules",
    help: "the rules of the plugins that show them, and how often each\ndecided",
    run: showRules,
  },
  "acl rules set": {
    operands: ["PLUGIN", "FILE"],
    example: "midge ctl acl rules set acl_file acl.yaml --dry-run",
    takes: ["dryRun", "revision"],
    help: "has FILE hold in place of a plugin's file of rules, once it is\n" +
      "right and every test of acl_tests passes; with --dry-run: would it",
    run: setRules,
  },
};

async function showRules(asked: Asked): Promise<number> {
  for (const rules of await rulesOf(asked)) {
    if (asked.given.has("json")) printJson(rules);
    else for (const line of rulesLines(rules)) printLine(line);
  }
  return 0;
}

/** Of one plugin, where one is named. */
async function rulesOf({ address, operands: [source] }: Asked): Promise<Rules[]> {
  const all: Rules[] = [];
  await list(address, "acl rules", {}, (rows) => void all.push(...rows));
  const some = all.filter((one) => source === undefined || one.source === source);
  if (some.length > 0) return some;
  const names = all.map((one) => one.source).join(", ") || "none: no plugin here does";
  throw new UserError(
    source === undefined
      ? "no plugin here has rules to show; acl_file and topic_acl have"
      : `${JSON.stringify(source)} shows no rules; expected one of ${names}`,
  );
}

function rulesLines({ source, file, revision, rules }: Rules): string[] {
  const place = file === null ? "in the configuration, read only" : `${file}, revision ${revision}`;
  return [
    `${source}: ${place}`,
    "LINE   HITS       RULE",
    ...rules.map(({ line, text, hits }) =>
      `${String(line ?? "-").padEnd(6)} ${String(hits).padEnd(10)} ${text}`
    ),
  ];
}

async function setRules(asked: Asked): Promise<number> {
  const { address, operands: [source = "", file = ""], given } = asked;
  const text = await readText(file);
  const revision = given.last("revision") ?? (await rulesOf(asked))[0]!.revision;
  const args = { source, text, revision, dryRun: given.has("dryRun") };
  const result = await request(address, "acl rules set", args);
  if (given.has("json")) printJson(result);
  else printResult(result);
  return result.problems.length + result.failedTests.length === 0 ? 0 : 1;
}

function printResult(result: ResultOf<"acl rules set">): void {
  const { source, saved, problems, failedTests, tests, warnings } = result;
  for (const problem of problems) printProblem(`midge: ${problem}`);
  for (const failed of failedTests) printProblem(`midge: access test ${failed}`);
  for (const warning of warnings) printProblem(`warning: ${warning}`);
  if (saved) {
    printLine(`${source}: the rules hold; access tests passed: ${tests}`);
  } else if (problems.length + failedTests.length === 0) {
    printLine(`${source}: they would hold; access tests passed: ${tests}`);
  } else printLine(`${source}: nothing was changed`);
}
