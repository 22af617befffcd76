/**
 * The pages that `deno task tutorials` follows, without following them: each block is run, or has its reason; links lead somewhere; the index
 * knows every page. And the parts of the follower that can be wrong alone.
 */
import { assert, assertEquals } from "@std/assert";
import { blocksOf, commandsOf, nameOf } from "../tutorials/blocks.ts";
import { edited, editedFile } from "../tutorials/edit.ts";
import { NOT_RUN } from "../tutorials/not_run.ts";
import { isShown } from "../tutorials/shown.ts";
import { isForReader, pageBlocks, reasonFor } from "../tutorials/walk.ts";

const DOCS = new URL("../../docs/", import.meta.url);
const PAGES = [
  "DEPLOY.md",
  ...[...Deno.readDirSync(new URL("tutorials/", DOCS))].map(({ name }) => `tutorials/${name}`)
    .sort(),
];

Deno.test("each tutorial has a test that follows it", async () => {
  const tests = new URL("../tutorials/", import.meta.url);
  for (const page of PAGES) {
    const name = page.replace(/^tutorials\//, "").replace(/\.md$/, "").toLowerCase();
    const text = await Deno.readTextFile(new URL(`${name}.ts`, tests));
    assert(text.includes(page.replace("tutorials/", "")), page);
  }
});

Deno.test("every block of a page is for its reader, or has its reason, and no reason is left over", async () => {
  for (const page of PAGES) {
    const blocks = await pageBlocks(page);
    assert(blocks.length > 5, `${page}: ${blocks.length} blocks`);
    for (const block of blocks) {
      const isSaid = isForReader(block) || reasonFor(page, block) !== undefined;
      assert(isSaid, `${page}:${block.line}: neither a file nor commands, nor in not_run.ts`);
    }
    const names = blocks.map(nameOf);
    for (const name of Object.keys(NOT_RUN[page] ?? {})) {
      assert(names.includes(name), `${page}: ${name}`);
    }
  }
  assertEquals(Object.keys(NOT_RUN).filter((page) => !PAGES.includes(page)), []);
});

Deno.test("pages have one title, and their links lead somewhere", async () => {
  for (const page of [...PAGES, "README.md"]) {
    const url = new URL(page, DOCS);
    const text = (await Deno.readTextFile(url)).replaceAll(/^ *```.*?^ *```$/gms, "");
    assertEquals([...text.matchAll(/^# /gm)].length, 1, page);
    for (const [, file, section] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const target = file === "" ? url : new URL(file!, url);
      const { isDirectory } = await Deno.stat(target);
      if (section === undefined || isDirectory) continue;
      assert(
        sectionsOf(await Deno.readTextFile(target)).includes(section),
        `${page}: ${file}#${section}`,
      );
    }
  }
});

/** The anchors of a page, as GitHub makes them. */
function sectionsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => {
    const name = title.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
}

Deno.test("the index leads to every page of docs", async () => {
  const index = await Deno.readTextFile(new URL("README.md", DOCS));
  const pages = [...Deno.readDirSync(DOCS)].map(({ name }) => name).filter((name) =>
    /[A-Z]\.md$/.test(name)
  );
  for (const page of [...pages, ...PAGES].filter((name) => name !== "README.md")) {
    assert(index.includes(`](${page}`), `docs/README.md does not lead to ${page}`);
  }
});

Deno.test("blocks and commands are read as they stand there", () => {
  const page =
    "text\n\n```console\n$ one \\\n  more\nsaid\n$ two\n```\n- item\n\n  ```yaml a/b.yaml\n  x: 1\n  ```\n";
  const [terminal, file] = blocksOf(page);
  assertEquals(commandsOf(terminal!), [
    { text: "one \\\n  more", shown: ["said"] },
    { text: "two", shown: [] },
  ]);
  assertEquals([file?.file, file?.text, file?.line], ["a/b.yaml", "x: 1\n", 11]);
});

Deno.test("what is shown is compared to the letter, but for moments and `...`", () => {
  assert(isShown(["a ... c", "..."], ["a b c", "d"], true));
  assert(isShown(["...", "last"], ["first", "last"], true));
  assert(isShown(["2026-01-31T12:00:00Z up"], ["2026-11-28T06:00:01.123Z up"], true));
  assert(!isShown(["a"], ["a", "b"], true));
  assert(isShown(["a"], ["a", "b"], false));
  assert(!isShown(["a.c"], ["abc"], true));
  assert(!isShown(["a", "b"], ["a"], false));
  assert(!isShown([], ["a trouble"], true));
});

Deno.test("a block for an editor goes below the key that is there, and else to the end", () => {
  const block = "# into config.yaml\nplugins:\n  two:\nlog:\n  level: info\n";
  assertEquals(editedFile(block), "config.yaml");
  assertEquals(
    edited("plugins:\n  one:\nother: 1\n", block),
    "plugins:\n  two:\n  one:\nother: 1\nlog:\n  level: info\n",
  );
});
