/**
 * `deno task compile`: makes dist/midge, or an executable for each kind of machine with their checksums.
 * Invariant: an executable is whole or not there, and what is inside is what tools/compile/plan.ts says.
 */
import { join } from "node:path";
import { parseArgs } from "@std/cli/parse-args";
import { problemsOf, UserError } from "../lib/user_error.ts";
import { printLine, printProblem, printText } from "../lib/cli/terminal.ts";
import { VERSION } from "../lib/version.ts";
import { type Bundle, makeBundle } from "./compile/bundle.ts";
import { runDeno } from "./compile/deno.ts";
import { chosenDrivers } from "./compile/drivers.ts";
import { compileArguments, TARGETS } from "./compile/plan.ts";
import { writeChecksums } from "./compile/checksums.ts";

const HELP = `Make the executable.

Usage: deno task compile [--with DRIVERS] [--target TARGET] [--output FILE]
       deno task compile:all [--with DRIVERS] [--only NAME]

  --with DRIVERS   all (the default), none, or names with commas: mysql,postgres,redis,mongodb
  --target TARGET  what Deno calls the machine, such as aarch64-unknown-linux-gnu; without it this one
  --output FILE    where to; without it dist/midge
  --all            one for each kind of machine, dist/midge-${VERSION}-linux-x64 and so on, and SHA256SUMS
  --only NAME      of all, this one: ${TARGETS.map(({ name }) => name).join(", ")}

Example: deno task compile --with postgres`;

const DIST = new URL("../dist/", import.meta.url).pathname;

interface Wish {
  readonly output: string;
  readonly target: string | undefined;
}

/** What to make; of all machines those that are asked for. */
function wishesOf(flags: Record<string, unknown>): Wish[] {
  const text = (name: string) => typeof flags[name] === "string" ? flags[name] : undefined;
  const target = text("target");
  const suffix = (target ?? Deno.build.target).includes("windows") ? ".exe" : "";
  if (flags.all !== true) {
    return [{ output: text("output") ?? join(DIST, `midge${suffix}`), target }];
  }
  const only = text("only");
  const wanted = TARGETS.filter(({ name }) => only === undefined || name === only);
  if (wanted.length === 0) throw new UserError([`--only: no machine is called ${only}`]);
  return wanted.map(({ target, name, suffix }) => ({
    output: join(DIST, `midge-${VERSION}-${name}${suffix}`),
    target,
  }));
}

async function compile(bundle: Bundle, { output, target }: Wish): Promise<void> {
  const path = join(Deno.cwd(), output.startsWith("/") ? "" : output);
  const file = output.startsWith("/") ? output : path;
  const args = compileArguments(bundle.modules, bundle.files, file, target);
  await runDeno(args, bundle.folder, `deno compile for ${target ?? "this machine"}`);
  printLine(`${output}: ${((await Deno.stat(file)).size / 1e6).toFixed(1)} MB`);
}

async function main(args: readonly string[]): Promise<void> {
  const flags: Record<string, unknown> = parseArgs(args, {
    string: ["with", "target", "output", "only"],
    boolean: ["all", "help"],
    default: { with: "all" },
    unknown: (name: string) => {
      throw new UserError([`unknown argument ${name}; see deno task compile --help`]);
    },
  });
  if (flags.help === true) return printText(HELP);
  const wishes = wishesOf(flags);
  await Deno.mkdir(DIST, { recursive: true });
  const work = await Deno.makeTempDir({ prefix: "midge-compile-" });
  try {
    const bundle = await makeBundle(work, chosenDrivers(String(flags.with)));
    for (const wish of wishes) await compile(bundle, wish);
    if (flags.all === true) await writeChecksums(DIST, wishes.map(({ output }) => output));
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    for (const problem of problemsOf(error)) printProblem(`compile: ${problem}`);
    Deno.exit(1);
  }
}
