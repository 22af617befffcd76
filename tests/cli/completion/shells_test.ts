/** The scripts of `midge completion` in bash, fish and zsh themselves. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { completedCommands } from "../../../lib/cli/completion/model.ts";
import { runMidge } from "../../support/midge_process.ts";
import { optionalTest } from "../../support/optional.ts";
import { type Complete, filledFolder, inBash, inFish, inZsh, missing, TREE } from "./stage.ts";

const LINES: [line: string, offered: string[]][] = [
  ["midge st", ["start", "store"]],
  ["midge ctl ba", ["ban"]],
  ["midge ctl ban ", ["add", "list", "remove"]],
  ["midge ctl --socket x acl rules ", ["set"]],
  ["midge ctl --data-dir kick client ", []],
  ["midge ctl acl explain device-1 ", ["publish", "receive", "subscribe"]],
  ["midge ctl log level midge ", ["debug", "error", "info", "warning"]],
  ["midge ctl why --kind d", ["denied", "disconnected", "dropped"]],
  ["midge ctl ban add --cl", ["--clientid"]],
  ["midge ctl ban remove --f", []],
  ["midge ctl token new --f", ["--for"]],
  ["midge start -c config", ["config.yaml"]],
  ["midge start --data-dir con", ["conf.d"]],
  ["midge pub -q ", ["0", "1", "2"]],
  ["midge pub -c conf", []],
  ["midge bench f", ["fanout"]],
  ["midge import one.conf config", ["config.yaml"]],
  ["midge store import --from m", ["midge", "mosquitto", "mosquitto-sqlite"]],
  ["midge db user ", ["add", "delete", "list", "passwd"]],
  ["midge db acl add a/b --action p", ["publish", "pubsub"]],
  ["midge passwd config", ["config.yaml"]],
  ["midge completion ", ["bash", "fish", "zsh"]],
  ["midge --ver", ["--verbose", "--version"]],
];

/** fish also offers what has the letters somewhere. */
function beginning(line: string, offered: readonly string[]): string[] {
  const begun = line.split(" ").at(-1)!;
  return offered.filter((one) => one.startsWith(begun));
}

/** fish ends a folder with `/`. */
function sorted(offered: readonly string[]): string[] {
  return offered.map((one) => one.replace(/\/$/, "")).sort();
}

async function checkLines(complete: Complete): Promise<void> {
  const offered = await complete(LINES.map(([line]) => line));
  assertEquals(offered.length, LINES.length);
  for (const [at, [line, expected]] of LINES.entries()) {
    assertEquals(sorted(beginning(line, offered[at]!)), expected, line);
  }
}

/** Every command of the tree offers its words and its options. */
async function checkEverything(complete: Complete): Promise<void> {
  const commands = completedCommands(TREE);
  const head = (place: string) => ["midge", ...place === "" ? [] : [place]].join(" ");
  const flags = await complete(commands.map(({ place }) => `${head(place)} -`));
  const words = await complete(commands.map(({ place }) => `${head(place)} `));
  for (const [at, command] of commands.entries()) {
    const spelled = command.flags.map(([word]) => word);
    const long = (some: readonly string[]) => some.filter((one) => one.startsWith("--"));
    assertEquals(sorted(long(flags[at]!)), sorted(long(spelled)), `${head(command.place)} -`);
    for (const [word] of command.commands) {
      assert(words[at]!.includes(word), `${head(command.place)} ${word}: ${words[at]}`);
    }
  }
  assert(commands.length > 80, `${commands.length} commands`);
}

optionalTest(missing("bash"), "bash completes commands, options, values and files", async () => {
  await using folder = filledFolder();
  const complete = inBash(folder.path);
  await checkLines(complete);
  await checkEverything(complete);
  assertEquals(await complete(["midge passwd --scram=", "midge start --config=two"]), [
    ["both", "sha256", "sha512"],
    ["two words.yaml"],
  ]);
});

optionalTest(missing("fish"), "fish completes commands, options, values and files", async () => {
  await using folder = filledFolder();
  const complete = inFish(folder.path);
  await checkLines(complete);
  await checkEverything(complete);
  const [scram, file] = await complete(["midge passwd --scram=", "midge start --config=two"]);
  assertEquals(scram, ["--scram=both", "--scram=sha256", "--scram=sha512"]);
  assertEquals(file, ["--config=two words.yaml"]);
});

const IN_ZSH: [line: string, becomes: string][] = [
  ["midge cer", "midge certs "],
  ["midge ctl ban ad", "midge ctl ban add "],
  ["midge ctl --socket x ban ad", "midge ctl --socket x ban add "],
  ["midge ctl ban add --cl", "midge ctl ban add --clientid "],
  ["midge ctl ban remove --f", "midge ctl ban remove --f"],
  ["midge ctl why --kind lo", "midge ctl why --kind login "],
  ["midge ctl acl explain device-1 r", "midge ctl acl explain device-1 receive "],
  ["midge start -c config", "midge start -c config.yaml "],
  ["midge start --config=two", "midge start --config=two\\ words.yaml "],
  ["midge start --data-dir c", "midge start --data-dir conf.d/"],
  ["midge pub -c conf", "midge pub -c conf"],
  ["midge passwd --scram=b", "midge passwd --scram=both "],
  ["midge import one.conf config", "midge import one.conf config.yaml "],
  ["midge db user pas", "midge db user passwd "],
  ["midge completion f", "midge completion fish "],
];

optionalTest(missing("zsh"), "zsh completes commands, options, values and files", async () => {
  await using folder = filledFolder();
  const become = await inZsh(folder.path)(IN_ZSH.map(([line]) => line));
  assertEquals(become.flat(), IN_ZSH.map(([, line]) => line));
});

Deno.test("midge completion prints the script of a shell, and knows no other", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout, stderr } = await runMidge(["completion", shell]);
    assertEquals([code, stderr], [0, []]);
    assertStringIncludes(stdout.join("\n"), `made by: midge completion ${shell}`);
  }
  const { code, stderr } = await runMidge(["completion", "fishy"]);
  assertEquals([code, stderr], [2, [
    'midge: completion: got "fishy", expected bash, zsh, fish; did you mean fish?; see midge completion --help',
  ]]);
});
