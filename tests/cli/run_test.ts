/**
 * The command line itself: help, version, what is not understood, exit codes.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import type { OptionTable } from "../../lib/cli/option_table.ts";
import { readOptions } from "../../lib/cli/options.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
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
  assertEquals(commands.slice(0, 3), ["start", "init", "service"]);
  for (const command of commands) {
    const help = await runMidge([command, "--help"]);
    assertEquals([help.code, help.stderr], [0, []]);
    assertStringIncludes(help.stdout[0]!, "Usage: midge ");
    assertStringIncludes(help.stdout[0]!, command);
  }
});

Deno.test("midge help COMMAND says what COMMAND --help says; midge version is --version", async () => {
  assertEquals(await runMidge(["help", "pub"]), await runMidge(["pub", "--help"]));
  assertEquals(await runMidge(["help", "passwd"]), await runMidge(["passwd", "--help"]));
  assertEquals(await runMidge(["version"]), await runMidge(["--version"]));
  const general = await runMidge(["--help"]);
  for (const args of [["help"], ["help", "help"], ["help", "--help"], ["version", "-h"]]) {
    assertEquals(await runMidge(args), general, args.join(" "));
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
  [["help", "strat"], 'midge: help: unknown command "strat"; did you mean start? Known commands: '],
  [["help", "start", "x"], 'midge: help: unexpected argument "x"; see midge help --help'],
  [["verison"], 'midge: unknown command "verison"; did you mean version? Known commands: '],
  [["version", "x"], 'midge: version: unexpected argument "x"; see midge version --help'],
  [[""], 'midge: unknown command ""; known commands: '],
  [["stop"], 'midge: unknown command "stop"; did you mean ctl stop? Known commands: start, '],
  [["token", "new"], 'midge: unknown command "token"; did you mean ctl token? Known commands: '],
  [["start", "a.yaml"], 'unexpected argument "a.yaml"; did you mean --config a.yaml?; see midge'],
  [
    ["check", "a.yml"],
    'unexpected argument "a.yml"; did you mean --config a.yml?; see midge check',
  ],
  [["acl", "test", "a.yaml", "b.yaml"], 'unexpected argument "b.yaml"; see midge acl --help'],
  [["start", "folder"], 'midge: start: unexpected argument "folder"; see midge start --help'],
  [["--confg", "f"], "midge: start: unknown flag --confg; did you mean --config?; see midge start"],
  [["check", "--cfg", "f"], "midge: check: unknown flag --cfg; see midge check --help"],
  [["passwd", "--hsh", "x"], "midge: passwd: unknown flag --hsh; did you mean --hash?; see"],
  [["acl", "--client-ids"], "midge: acl: unknown flag --client-ids; did you mean --clientid?; see"],
  [["ctl", "--sokcet=x"], "midge: ctl: unknown flag --sokcet; did you mean --socket?; see"],
  [
    ["db", "user", "add", "--super"],
    "midge: db: unknown flag --super; did you mean --superuser?; see",
  ],
  [["db", "acl", "add", "--usr", "x"], "midge: db: unknown flag --usr; did you mean --user?; see"],
  [["certs", "--orgname", "x"], "midge: certs: unknown flag --orgname; did you mean --org-name?"],
  [["start", "-config", "x"], "midge: start: unknown flag -config; did you mean --config?; see"],
  [["start", "-config=x"], "midge: start: unknown flag -config; did you mean --config?; see"],
  [["check", "--data", "x"], "midge: check: unknown flag --data; did you mean --data-dir?; see"],
  [
    ["certs", "srver"],
    'got "srver", expected ca, server, device or revoke; did you mean server?; see',
  ],
  [["bench", "pears"], "did you mean pairs?"],
  [["ctl", "sessions", "ed", "x"], 'unexpected argument "ed"; did you mean sessions end?; see'],
  [["passwd", "f", "u", "--hash", "argon2"], "sha512, bcrypt; did you mean argon2id?; see"],
  [["import", "--hlp"], "midge: import: unknown flag --hlp; did you mean --help?; see"],
  [["bench", "--durations=1"], "midge: bench: unknown flag --durations; did you mean --duration?"],
];

for (const [args, line] of REFUSED) {
  Deno.test(`exit code 2 and one line: midge ${JSON.stringify(args)}`, async () => {
    const { code, stdout, stderr } = await runMidge(args);
    assertEquals([code, stdout, stderr.length], [2, [], 1]);
    assertStringIncludes(stderr[0]!, line);
  });
}

const TABLE = {
  verbose: { names: ["verbose", "d"], help: "" },
  config: { names: ["config", "c"], value: "FILE", filled: true, help: "" },
} as const satisfies OptionTable;

/** What was given, as plain values. */
function readFlags(args: readonly string[], wanted: readonly string[] = []) {
  const given = readOptions(args, TABLE, wanted);
  const config = given.last("config");
  return {
    switches: { verbose: given.has("verbose") },
    texts: config === undefined ? {} : { config },
    operands: given.operands,
  };
}

Deno.test("flags: long, short, with =, repeated, after --", () => {
  const read = (...args: string[]) => readFlags(args);
  assertEquals(read(), { switches: { verbose: false }, texts: {}, operands: [] });
  assertEquals(read("-d", "-c", "f").texts.config, "f");
  assertEquals(read("-d").switches.verbose, true);
  assertEquals(read("--config=a=b").texts.config, "a=b");
  assertEquals(read("--config", "a", "--config", "b").texts.config, "b");
  assertEquals(read("--config", "007").texts.config, "007");
  const operands = ["FILE", "USER"];
  assertEquals(readFlags(["--", "-f", "1e3"], operands).operands, ["-f", "1e3"]);
});

Deno.test("flags: what stands after a flag that takes none is an operand, and too many are refused", () => {
  let message = "";
  try {
    readFlags(["-d", "x"]);
  } catch (error) {
    message = error instanceof UsageError ? error.message : "";
  }
  assertEquals(message, 'unexpected argument "x"');
});
