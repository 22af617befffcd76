/**
 * Writes what a package of a system installs beside the executable: man pages to dist/man, scripts for completion to
 * dist/completion, from the tables of the commands. Invariant: with SOURCE_DATE_EPOCH the files are the same each time.
 */
import { bashScript } from "../lib/cli/completion/bash.ts";
import { fishScript } from "../lib/cli/completion/fish.ts";
import { zshScript } from "../lib/cli/completion/zsh.ts";
import { commandTree } from "../lib/cli/tree.ts";
import { VERSION } from "../lib/version.ts";
import { manPages } from "./man/pages.ts";

const DIST = new URL("../dist/", import.meta.url);

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const target = new URL(folder, DIST);
  await Deno.mkdir(target, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(new URL(name, target), text);
  }
}

const epoch = Deno.env.get("SOURCE_DATE_EPOCH");
const at = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
const tree = await commandTree();

await write("man/", await manPages({ version: VERSION, date: at.toISOString().slice(0, 10) }));
await write("completion/", {
  "midge.bash": bashScript(tree),
  "_midge": zshScript(tree),
  "midge.fish": fishScript(tree),
});
