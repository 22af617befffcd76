/**
 * The command line itself: help, version, what is not understood, exit codes.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { readFlags, UsageError } from "../../lib/cli/flags.ts";
import { VERSION } from "../../lib/version.ts";
import { runMidge } from "../support/midge_process.ts";

Deno.test("the version is deno.json's", async () => {
  assertEquals(VERSION, manifest.version);
  for (const flag of ["--version", "-V"]) {
    const { code, stdout, stderr } = await runMidge([flag]);
    assertEquals([code, stderr], [0, []]);
    assertEquals(stdout, [`midge ${VERSION} (deno ${Deno.version.deno})`]);
  }
});

Deno.test("help lists the commands, and each command has a help of its own", async () => {
  const { code, stdout } = await runMidge(["--help"]);
  assertEquals(code, 0);
  const commands = stdout.map((line) => /^ {2}(\w+) {2,}/.exec(line)?.[1])
    .filter((name) => name !== undefined);
  assertEquals(commands.slice(0, 3), ["start", "check", "passwd"]);
  for (const command of commands) {
    const help = await runMidge([command, "--help"]);
    assertEquals([help.code, help.stderr], [0, []]);
    assertStringIncludes(help.stdout[0]!, "Usage: midge ");
    assertStringIncludes(help.stdout[0]!, command);
  }
});

const REFUSED: [args: string[], line: string][] = [
  [["strat"], 'midge: unknown command "strat"; did you mean start? Known commands: '],
  [["--colour"], "midge: start: unknown flag --colour; see midge start --help"],
  [["start", "-x"], "midge: start: unknown flag -x; see midge start --help"],
  [["-c"], "midge: start: --config needs a value; see midge start --help"],
  [["check", "--config="], "midge: check: --config needs a value; see midge check --help"],
  [["check", "a\nb"], 'midge: check: unexpected argument "a\\nb"; see midge check --help'],
  [["passwd", "file"], "midge: passwd: USER is missing; see midge passwd --help"],
];

for (const [args, line] of REFUSED) {
  Deno.test(`exit code 2 and one line: midge ${JSON.stringify(args)}`, async () => {
    const { code, stdout, stderr } = await runMidge(args);
    assertEquals([code, stdout, stderr.length], [2, [], 1]);
    assertStringIncludes(stderr[0]!, line);
  });
}

Deno.test("flags: long, short, with =, repeated, after --", () => {
  const spec = { switches: { verbose: "d" }, texts: { config: "c" }, operands: [] };
  const read = (...args: string[]) => readFlags(args, spec);
  assertEquals(read(), { switches: { verbose: false }, texts: {}, operands: [] });
  assertEquals(read("-d", "-c", "f").texts.config, "f");
  assertEquals(read("-d").switches.verbose, true);
  assertEquals(read("--config=a=b").texts.config, "a=b");
  assertEquals(read("--config", "a", "--config", "b").texts.config, "b");
  assertEquals(read("--config", "007").texts.config, "007");
  const operands = { switches: {}, texts: {}, operands: ["FILE", "USER"] };
  assertEquals(readFlags(["--", "-f", "1e3"], operands).operands, ["-f", "1e3"]);
});

Deno.test("flags: what stands after a flag that takes none is an operand, and too many are refused", () => {
  let message = "";
  try {
    readFlags(["-d", "x"], { switches: { verbose: "d" }, texts: {}, operands: [] });
  } catch (error) {
    message = error instanceof UsageError ? error.message : "";
  }
  assertEquals(message, 'unexpected argument "x"');
});
