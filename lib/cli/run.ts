/**
 * The command line: finds the subcommand and turns every outcome into an exit code. Called by main.ts.
 * Invariant: 0 done, 1 the configuration or the system refused, 2 the command line was not understood;
 * each problem is one line on stderr, never a stack trace. Subcommands are imported when they are run.
 */
import { problemsOf } from "../user_error.ts";
import { suggestion } from "../config/keys.ts";
import { VERSION } from "../version.ts";
import { UsageError } from "./flags.ts";
import { printLine, printProblem, printText } from "./terminal.ts";

/** What a subcommand's file exports. */
export interface CommandModule {
  /** Printed by `midge COMMAND --help`. */
  readonly HELP: string;
  /** Reads --help itself, for -h means something else there. */
  readonly ownsHelp?: boolean;
  /** Does it; the result is the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/**
 * What each command does. A command's module has its name: it is imported by a computed name, since Deno
 * would read the modules of all commands (and the certificates' library) at every start if it could see them.
 */
const COMMANDS: Readonly<Record<string, string>> = {
  start: "start the broker",
  check: "check a configuration file without starting",
  passwd: "set or delete a user's password in a password file",
  acl: "explain and test access rules",
  ctl: "ask and steer the running broker",
  pub: "publish to a broker",
  sub: "subscribe at a broker and print",
  bench: "put load on a broker and measure",
  db: "manage users and rules in MySQL or PostgreSQL",
  certs: "make certificates for TLS",
  import: "make a configuration from mosquitto's, EMQ X's or aMQTT's files",
};

async function loadCommand(name: string): Promise<CommandModule> {
  return await import(new URL(`./${name}.ts`, import.meta.url).href);
}

function help(): string {
  const rows = Object.entries(COMMANDS)
    .map(([name, summary]) => `  ${name.padEnd(10)}${summary}`);
  return `midge ${VERSION}, an MQTT 3.1.1 broker

Usage: midge [COMMAND] [FLAGS]

Commands (start when none is given):
${rows.join("\n")}

Flags:
  --help, -h      this text; midge COMMAND --help tells more about a command
  --version, -V   the version`;
}

/** The version of Midge and of the Deno that runs it, which in an executable is the one inside. */
function versionLine(): string {
  return `midge ${VERSION} (deno ${Deno.version.deno})`;
}

/** The subcommand that the arguments ask for, and what is left for it. */
function findCommand(args: readonly string[]): [name: string, rest: string[]] {
  const [first, ...rest] = args;
  if (first === undefined || first.startsWith("-")) return ["start", [...args]];
  if (Object.hasOwn(COMMANDS, first)) return [first, rest];
  const hint = suggestion(first, Object.keys(COMMANDS), "commands");
  throw new UsageError(`unknown command ${JSON.stringify(first)}; ${hint}`);
}

async function dispatch(args: readonly string[]): Promise<number> {
  const first = args[0] ?? "";
  if (first === "--version" || first === "-V") return printLine(versionLine()), 0;
  if (first === "--help" || first === "-h" || first === "help") return printText(help()), 0;
  const [name, rest] = findCommand(args);
  const module = await loadCommand(name);
  const asksHelp = rest.includes("--help") || rest.includes("-h");
  if (asksHelp && module.ownsHelp !== true) return printText(module.HELP), 0;
  try {
    return await module.run(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name}: ${error.message}; see midge ${name} --help`);
  }
}

/** Runs the command line `args`; the result is the exit code. Never throws. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    const problems = problemsOf(error);
    for (const problem of problems) printProblem(`midge: ${problem}`);
    return error instanceof UsageError ? 2 : 1;
  }
}
