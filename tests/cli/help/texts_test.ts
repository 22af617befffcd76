/** The help texts and the shapes of commands say the same: completion and man pages know what is understood. */
import { assert, assertEquals } from "@std/assert";
import { spellingOf } from "../../../lib/cli/option_table.ts";
import { COMMANDS } from "../../../lib/cli/run.ts";
import { placedCommands } from "../../../lib/cli/shape.ts";
import { allCommands, commandTree } from "../../../lib/cli/tree.ts";

/** The options that a help text describes, each with all its spellings. */
function describedOptions(help: string): Set<string> {
  const heads = [...help.matchAll(/^ {2}(--?[\w-]+(?:, --?[\w-]+)*)/gm)];
  return new Set(heads.flatMap(([, names = ""]) => names.split(", ")));
}

/** Those of a command and of all below it. */
function shapedOptions(shape: Parameters<typeof placedCommands>[0]): Set<string> {
  const specs = [...placedCommands(shape)].flatMap(({ shape: { options = {} } }) =>
    Object.values(options)
  );
  return new Set(specs.flatMap(({ names }) => names.map(spellingOf)));
}

Deno.test("every command has a shape, which has exactly the options of its help", async () => {
  for (const { name, module } of await allCommands()) {
    assert(module.SHAPE !== undefined, `lib/cli/${name}.ts exports no SHAPE`);
    const described = [...describedOptions(module.HELP)].sort();
    assertEquals([...shapedOptions(module.SHAPE!)].sort(), described, `midge ${name}`);
  }
});

Deno.test("the tree has every command, with a line about each", async () => {
  const tree = await commandTree();
  assertEquals(Object.keys(tree.commands!), [...Object.keys(COMMANDS), "help", "version"]);
  for (const { words, shape } of placedCommands(tree)) {
    if (words.length === 0) continue;
    const about = shape.summary ?? Object.keys(shape.commands ?? {}).join(", ");
    assert(about !== "", `midge ${words.join(" ")} has no summary`);
    assert(!about.includes("\n"), words.join(" "));
  }
});
