/**
 * The command line: finds the subcommand and turns every outcome into an exit code.
 * Invariant: 0 done, 1 the configuration or the system refused, 2 the command line was not understood, 130 and
 * 143 stopped by a signal or Ctrl-C; each problem is one line on stderr, never a stack trace. Subcommands are
 * imported when they are run.
 */
import { problemsOf } from "../user_error.ts";
import { suggestion } from "../config/keys.ts";
import { VERSION } from "../version.ts";
import { readOptions } from "./options.ts";
import type { CommandShape } from "./shape.ts";
import { Stopped } from "./signals.ts";
import { printLine, printProblem, printText } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** What a subcommand's file exports. */
export interface CommandModule {
  /** Printed by `midge COMMAND --help`. */
  readonly HELP: string;
  /** What it takes; without it nothing but --help. */
  readonly SHAPE?: CommandShape;
  /** The help of what these arguments ask for, where a command has more than one. */
  helpOf?(args: readonly string[]): string | Promise<string>;
  /** Reads --help itself, for -h means something else there. */
  readonly ownsHelp?: boolean;
  /** Does it; the result is the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/**
 * What each command does. A command's module has its name: it is imported by a computed name, since Deno
 * would read the modules of all commands (and the certificates' library) at every start if it could see them.
 */
export const COMMANDS: Readonly<Record<string, string>> = {
  start: "start the broker",
  init: "write a first configuration, with a user and certificates",
  service: "make the broker a service of this machine",
  check: "check a configuration file without starting",
  passwd: "set or delete a user's password in a password file",
  acl: "explain and test access rules",
  ctl: "ask and steer the running broker",
  why: "why clients were refused, denied, disconnected, or lost messages",
  trace: "follow messages from publisher to receivers",
  top: "watch the running broker and its clients in a terminal",
  pub: "publish to a broker",
  sub: "subscribe at a broker and print",
  rr: "ask over MQTT 5 and print the answer",
  bench: "put load on a broker and measure",
  db: "manage users and rules in MySQL or PostgreSQL",
  store: "look into, copy and move what the broker keeps on the disk",
  backup: "write all that a broker is made of into one file, while it runs",
  restore: "put back what a backup has",
  plugin: "begin a plugin, and try one without a broker",
  certs: "make certificates for TLS",
  homeassistant: "make a configuration from the options of the Home Assistant add-on",
  import: "make a configuration from mosquitto's, EMQ X's or aMQTT's files",
  completion: "print what completes commands and options in bash, zsh or fish",
};

/** The commands that are no file. Each says the same with --help. */
const BUILT_IN: Readonly<Record<string, CommandModule>> = {
  help: { HELP: help(), helpOf: wholeHelp, run: runHelp },
  version: { HELP: help(), helpOf: wholeHelp, run: runVersion },
};
const KNOWN = [...Object.keys(COMMANDS), ...Object.keys(BUILT_IN)];

function help(): string {
  const rows = Object.entries(COMMANDS)
    .map(([name, summary]) => `  ${name.padEnd(15)}${summary}`);
  return `midge ${VERSION}, an MQTT broker for MQTT 3.1, 3.1.1 and 5

Usage: midge [COMMAND] [FLAGS]

Commands (start when none is given):
${rows.join("\n")}

Flags:
  --help, -h      this text; midge help COMMAND or midge COMMAND --help tells more about a command,
                  midge help TOPIC prints a page of the documentation, or what a configuration key means
  --version, -V   the version; midge version, too`;
}

/** With the topics of the documentation, which only this looks up. */
async function wholeHelp(): Promise<string> {
  const topics = await (await importHelp()).topicLines();
  return topics === "" ? help() : `${help()}\n\nTopics (midge help TOPIC):\n${topics}`;
}

async function importHelp(): Promise<typeof import("./help/help.ts")> {
  return await import(new URL("./help/help.ts", import.meta.url).href);
}

async function runHelp(args: readonly string[]): Promise<number> {
  const [name, ...words] = readOptions(args, {}, ["[COMMAND or TOPIC]..."]).operands;
  printText(name === undefined ? await wholeHelp() : await helpAbout(name, words));
  return 0;
}

async function helpAbout(name: string, words: readonly string[]): Promise<string> {
  if (!KNOWN.includes(name)) return await (await importHelp()).topicText([name, ...words], KNOWN);
  const module = await loadCommand(name);
  const isKnown = module.helpOf !== undefined || module.SHAPE?.commands?.[words[0] ?? ""];
  if (words.length === 0 || isKnown) return await helpText(module, words);
  throw new UsageError(`unexpected argument ${JSON.stringify(words[0])}`);
}

/** The version of Midge and of the Deno that runs it, which in an executable is the one inside. */
function runVersion(args: readonly string[]): Promise<number> {
  readOptions(args, {});
  printLine(`midge ${VERSION} (deno ${Deno.version.deno})`);
  return Promise.resolve(0);
}

/** @throws {UsageError} where there is no such command */
export async function loadCommand(name: string): Promise<CommandModule> {
  const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (builtIn !== undefined) return builtIn;
  if (Object.hasOwn(COMMANDS, name)) {
    return await import(new URL(`./${name}.ts`, import.meta.url).href);
  }
  throw new UsageError(`unknown command ${JSON.stringify(name)}; ${await commandHint(name)}`);
}

/** A word of `midge ctl` was meant as that, whatever looks like it. */
async function commandHint(name: string): Promise<string> {
  const { SHAPE } = await loadCommand("ctl");
  return Object.hasOwn(SHAPE?.commands ?? {}, name)
    ? `did you mean ctl ${name}? Known commands: ${KNOWN.join(", ")}`
    : suggestion(name, KNOWN, "commands");
}

/** The command that the arguments ask for, and what is left for it. */
function splitCommand(args: readonly string[]): [name: string, rest: readonly string[]] {
  const [first, ...rest] = args;
  if (first === "--help" || first === "-h") return ["help", []];
  if (first === "--version" || first === "-V") return ["version", []];
  return first === undefined || first.startsWith("-") ? ["start", args] : [first, rest];
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, rest] = splitCommand(args);
  const module = await loadCommand(name);
  const asksHelp = rest.includes("--help") || rest.includes("-h");
  if (asksHelp && module.ownsHelp !== true) return printText(await helpText(module, rest)), 0;
  try {
    return await module.run(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name}: ${error.message}; see midge ${name} --help`);
  }
}

async function helpText(module: CommandModule, args: readonly string[]): Promise<string> {
  return await module.helpOf?.(args) ?? module.HELP;
}

/** Runs the command line `args`; the result is the exit code. Never throws. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (error instanceof Stopped) return error.exitCode;
    const problems = problemsOf(error);
    const { withNextStep }: typeof import("./next_steps.ts") = await import(
      new URL("./next_steps.ts", import.meta.url).href
    );
    for (const problem of problems) printProblem(`midge: ${withNextStep(problem)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}
