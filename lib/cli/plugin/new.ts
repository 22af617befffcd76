/** `midge plugin new`: a plugin to begin with, and its test. Invariants: nothing is overwritten; both files are there or none. */
import { basename, dirname, join, resolve } from "../../config/paths.ts";
import { whyUnwritable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { readOptions } from "../options.ts";
import { printLine, printText } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { NEW_OPTIONS } from "./options.ts";
import { configLines, type NewPlugin, pluginSource } from "./template.ts";
import { testSource } from "./test_template.ts";

const NAME = /^[A-Za-z][\w-]*$/;

/** Runs `new NAME`. */
export async function newCommand(args: readonly string[]): Promise<number> {
  const given = readOptions(args, NEW_OPTIONS, ["NAME"]);
  if (given.has("ts") && given.has("js")) {
    throw new UsageError("--ts and --js: expected one of them");
  }
  const [wanted = ""] = given.operands;
  const plugin = pluginOf(wanted, given.has("ts"));
  const folder = dirname(resolve(wanted));
  const file = join(folder, `${plugin.name}.${plugin.language}`);
  const test = join(folder, `${plugin.name}_test.${plugin.language}`);
  await writeAll([[file, pluginSource(plugin)], [test, testSource(plugin)]]);
  printLine(`${file}: a plugin to begin with`);
  printLine(`${test}: its test; deno test ${test}`);
  printText(`For a configuration in the same folder:\n\n${configLines(plugin)}\n`);
  printLine(`next: midge plugin check ${file}`);
  return 0;
}

function pluginOf(wanted: string, isTypeScript: boolean): NewPlugin {
  const plain = basename(wanted);
  const name = plain.replace(/\.[jt]s$/, "");
  if (!NAME.test(name)) {
    throw new UsageError(
      `NAME got ${JSON.stringify(plain)}, expected a letter, and then letters, digits, _ or -`,
    );
  }
  return { name, language: isTypeScript || plain.endsWith(".ts") ? "ts" : "js" };
}

async function writeAll(files: readonly (readonly [path: string, text: string])[]): Promise<void> {
  for (const [path] of files) {
    const isThere = await Deno.lstat(path).then(() => true, () => false);
    if (isThere) {
      throw new UserError(`${path}: is there already; expected the NAME of a new plugin`);
    }
  }
  const made: string[] = [];
  for (const [path, text] of files) {
    try {
      await Deno.writeTextFile(path, text, { createNew: true });
      made.push(path);
    } catch (cause) {
      for (const one of made) await Deno.remove(one);
      throw new UserError(`${path}: ${whyUnwritable(cause)}`, { cause });
    }
  }
}
