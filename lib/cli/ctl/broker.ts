/** `midge ctl` of the broker itself: plugins, configuration, storage, health, log. */
import type { EventOf, ResultOf, RowOf } from "../../manage/commands.ts";
import { request } from "../../manage/remote.ts";
import { meantHint } from "../../config/keys.ts";
import { readText } from "../../text_file.ts";
import { printJson, printLine, printProblem } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { ask, type Asked, type CtlCommand, listRows, operand } from "./command.ts";
import { printEvents } from "./follow.ts";
import { type Table, tableOf } from "./tables.ts";
import { row } from "./text.ts";

type Level = RowOf<"log levels">["level"];

const LEVELS: readonly Level[] = ["debug", "info", "warning", "error"];

const pluginTable: Table<RowOf<"plugins">> = tableOf(
  ["PLUGIN", 24, ({ name }) => name],
  ["FROM", 8, ({ packaged }) => packaged ? "midge" : "own"],
  ["HEALTH", 8, ({ health }) => health?.state ?? "-"],
  ["FAILURES", 8, ({ failures }) => failures],
  ["HOOKS", 32, ({ hooks }) => hooks.join(", ")],
  ["LAST ERROR", 0, ({ health }) => health?.lastError ?? ""],
);

const levelTable: Table<RowOf<"log levels">> = tableOf(
  ["LEVEL", 8, ({ level }) => level],
  ["LOGGER", 0, ({ logger }) => logger],
);

/** By name. */
export const BROKER_COMMANDS: Readonly<Record<string, CtlCommand>> = {
  plugins: {
    operands: [],
    example: "midge ctl plugins",
    takes: ["limit"],
    help: "the plugins, their hooks, their servers, and how often a hook\nhas failed",
    run: (asked) => listRows(asked, "plugins", {}, pluginTable),
  },
  config: {
    operands: [],
    example: "midge ctl config",
    help: "the configuration file with secrets masked; --json: and what\nholds",
    run: (asked) => ask(asked, "config", {}, configLines),
  },
  "config validate": {
    operands: ["FILE"],
    example: "midge ctl config validate config.yaml",
    help: "what the running broker would say of this configuration;\nnothing is changed",
    run: validate,
  },
  storage: {
    operands: [],
    example: "midge ctl storage",
    help: "where it is, how large, and whether it takes what is written",
    run: (asked) => ask(asked, "storage", {}, storageLines),
  },
  health: {
    operands: [],
    example: "midge ctl health",
    help: "is the broker ready for clients, and if not, why; exit code 1\nwhere it is not",
    run: health,
  },
  "log levels": {
    operands: [],
    example: "midge ctl log levels",
    help: "the level of each logger that has one",
    run: (asked) => listRows(asked, "log levels", {}, levelTable),
  },
  "log level": {
    operands: ["LOGGER", "LEVEL"],
    choices: { LEVEL: LEVELS },
    example: "midge ctl log level midge.broker debug",
    help:
      "changes the level of a logger (midge, midge.broker, ...) until\nthe next reload or start",
    run: (asked) => {
      const level = levelOf(asked.operands[1]);
      return ask(asked, "log level", { logger: operand(asked), level }, (result) => [
        `${result.logger}: ${result.level}`,
      ]);
    },
  },
  "log tail": {
    operands: [],
    example: "midge ctl log tail --level warning",
    takes: ["level", "logger"],
    help: "the last lines of the log, and then those that come, until\nCtrl-C",
    run: tail,
  },
};

function configLines({ file, text }: ResultOf<"config">): string[] {
  if (file === null) return ["the configuration did not come from a file; --json shows what holds"];
  if (text === null) {
    return [
      `${file}: it cannot be read, or its secrets cannot be told from the rest; --json shows what holds`,
    ];
  }
  return [`# ${file}`, ...text.trimEnd().split("\n")];
}

async function validate(asked: Asked): Promise<number> {
  const text = await readText(operand(asked));
  const result = await request(asked.address, "config validate", { text });
  if (asked.given.has("json")) printJson(result);
  else {
    for (const warning of result.warnings) printProblem(`warning: ${warning}`);
    for (const problem of result.problems) printProblem(`midge: ${problem}`);
    if (result.problems.length === 0) printLine("nothing is wrong with it");
  }
  return result.problems.length === 0 ? 0 : 1;
}

function storageLines(storage: ResultOf<"storage">): string[] {
  if (storage === null) return ["all is in memory alone"];
  const { durability, place, state, since, lastError, bytes, pending } = storage;
  const { writes, failures, lastWrite } = storage;
  return [
    row("place", place),
    row("durability", durability),
    row("state", `${state} since ${new Date(since).toISOString()}`),
    row("bytes", `${bytes}, ${pending} wait to be written`),
    row("writes", `${writes}, the last took ${lastWrite.toFixed(1)} ms; ${failures} failed`),
    ...(lastError === null ? [] : [row("last error", lastError)]),
  ];
}

async function health({ address, given }: Asked): Promise<number> {
  const result = await request(address, "health", {});
  if (given.has("json")) printJson(result);
  else {
    printLine(result.ready ? "ready" : "not ready");
    for (const { name, ok, detail } of result.checks) {
      printLine(`${ok ? "ok" : "BAD"}  ${name}: ${detail}`);
    }
  }
  return result.ready ? 0 : 1;
}

function tail(asked: Asked): Promise<number> {
  const { given } = asked;
  const level = given.has("level") ? levelOf(given.last("level")) : undefined;
  const print = given.has("json")
    ? printJson
    : (line: EventOf<"log tail">) => printLine(textOf(line));
  return printEvents(asked.address, "log tail", { level, logger: given.last("logger") }, print);
}

function textOf({ at, level, logger, message }: EventOf<"log tail">): string {
  return `${new Date(at).toISOString()} ${level.padEnd(7)} ${logger}: ${message}`;
}

/** @throws UsageError for anything else */
function levelOf(text: string | undefined): Level {
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  const hint = `expected debug, info, warning or error${meantHint(text ?? "", LEVELS)}`;
  throw new UsageError(`got ${JSON.stringify(text)}, ${hint}`);
}
