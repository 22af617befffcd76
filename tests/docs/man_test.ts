/** The man pages: whole, and without a warning of groff and mandoc. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { spellingOf } from "../../lib/cli/option_table.ts";
import { COMMANDS } from "../../lib/cli/run.ts";
import { placedCommands } from "../../lib/cli/shape.ts";
import { allCommands } from "../../lib/cli/tree.ts";
import { manPages } from "../../tools/man/pages.ts";
import { partsOf } from "../../tools/man/help_parts.ts";
import { escaped, pageOf, textLine } from "../../tools/man/roff.ts";
import { configKeys } from "../../tools/reference/config_keys.ts";
import { TempFolder } from "../support/midge_process.ts";
import { optionalTest } from "../support/optional.ts";

const PAGES = await manPages({ version: "0.1.0", date: "2026-11-28" });

function missing(program: string): string | undefined {
  try {
    new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return undefined;
  } catch {
    return `${program} is not installed`;
  }
}

Deno.test("a page for each command, with every option of it; one for midge, one for the file", async () => {
  const names = Object.keys(COMMANDS).map((name) => `midge-${name}.1`);
  assertEquals(Object.keys(PAGES), ["midge.1", ...names, "midge-config.5"]);
  for (const { name, module: { SHAPE = {} } } of await allCommands()) {
    const page = PAGES[`midge-${name}.1`]!;
    for (const { words, shape: { options = {} } } of placedCommands(SHAPE)) {
      for (const word of words) assertStringIncludes(page, escaped(word));
      for (const spelling of Object.values(options).flatMap((one) => one.names.map(spellingOf))) {
        assertStringIncludes(page, `\\fB${escaped(spelling)}\\fR`, `${name} ${spelling}`);
      }
    }
  }
  for (const { path } of configKeys()) {
    assertStringIncludes(PAGES["midge-config.5"]!, `\\fB${escaped(path)}\\fR`);
  }
});

Deno.test("nothing of a text is taken for roff", () => {
  assertEquals(textLine(".PP"), "\\&.PP");
  assertEquals(textLine("'quoted' a\\b -x"), "\\(aqquoted\\(aq a\\eb \\-x");
  assertEquals(pageOf([".SH NAME", ".PP", "a", ".PP", "b"]), ".SH NAME\na\n.PP\nb\n");
});

Deno.test("a help text is taken apart", () => {
  const help = "Usage: midge x A\n       midge x B\n\nDoes it.\n\n  a  row\n\n  --one  of all\n\n" +
    "Examples:\n  midge x 1\n  midge x 2\n\nExit code 0: done.";
  assertEquals(partsOf(help), {
    usage: ["midge x A", "midge x B"],
    prose: ["Does it.", "  a  row"],
    examples: ["midge x 1", "midge x 2"],
    exitCode: "Exit code 0: done.",
  });
});

/** What a program says of each page. */
async function complaints(program: string, args: readonly string[]): Promise<string[]> {
  await using folder = new TempFolder();
  const found: string[] = [];
  for (const [name, text] of Object.entries(PAGES)) {
    const file = folder.write(name, text);
    const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args, file] })
      .output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    if (code !== 0 || said !== "") found.push(`${name}: ${code} ${said}`);
  }
  assert(Object.keys(PAGES).length > 15);
  return found;
}

optionalTest(missing("groff"), "groff renders every page without a warning", async () => {
  assertEquals(await complaints("groff", ["-man", "-ww", "-z", "-Tutf8"]), []);
});

optionalTest(missing("mandoc"), "mandoc finds nothing to warn of", async () => {
  assertEquals(await complaints("mandoc", ["-T", "lint", "-W", "warning"]), []);
});
