/** ARCHITECTURE.md's table of rooms is true: no import that it does not list, no row and no name without a use. */
import { assert, assertEquals } from "@std/assert";
import { exists, filesOf, HOUSE, readFile } from "./tree.ts";
import { roomProblems, roomsOf } from "./rooms.ts";

const TEXT = await readFile("ARCHITECTURE.md");
const ROOMS = roomsOf(TEXT);

/** A document with this table; a row is a path and what it imports. */
function tableOf(...rows: [path: string, imports: string][]): string {
  const lines = rows.map(([path, imports]) => `| \`${path}\` | its job | ${imports} |`);
  return `# House\n\n## Rooms\n\n| room | job | imports |\n| --- | --- | --- |\n${
    lines.join("\n")
  }\n\n## Next\n`;
}

function problemsOf(table: [string, string][], sources: Record<string, string>): string[] {
  return roomProblems(roomsOf(tableOf(...table)), new Map(Object.entries(sources)));
}

Deno.test("the table of rooms and the imports of the tree are the same", async () => {
  const files = await filesOf([...HOUSE, "tests", "bench", "tools"]);
  const sources = new Map<string, string>();
  for (const file of files) sources.set(file, await readFile(file));
  assert(sources.size > 300, `${sources.size} files`);
  assertEquals(roomProblems(ROOMS, sources), []);
});

Deno.test("a plugin imports the doors and nothing deeper", () => {
  const names = [...ROOMS.find(({ path }) => path === "plugins/")?.imports?.keys() ?? []];
  const rooms = ROOMS.map(({ path }) => path.replace(/^lib\/|\/$/g, ""));
  assertEquals(names.filter((name) => rooms.includes(name)), [
    "plugin.ts",
    "sources.ts",
    "manage.ts",
  ]);
});

Deno.test("every file and folder that ARCHITECTURE.md says is there is there", async () => {
  const present = TEXT.slice(0, TEXT.indexOf("## Where what comes will stand"));
  const names = present.match(/\b(lib|plugins|tests|bench|docs)\/[\w/.*-]*\w/g) ?? [];
  const missing = [];
  for (const name of new Set(names)) {
    if (!name.includes("*") && !await exists(name)) missing.push(name);
  }
  assert(names.length > 20, `${names.length} names`);
  assertEquals(missing, []);
});

Deno.test("an import that the table does not list is named with what the room may import", () => {
  const table: [string, string][] = [["lib/net/", "wire (types), node (late)"], [
    "lib/wire/",
    "nothing",
  ]];
  const problems = problemsOf(table, {
    "lib/wire/a.ts": 'export * from "valibot";',
    "lib/net/b.ts": 'import { a } from "../wire/a.ts"; await import("node:tls");',
  });
  assertEquals(problems, [
    "lib/wire/a.ts imports valibot, which is valibot; lib/wire/ may import: nothing",
    "lib/net/b.ts imports ../wire/a.ts, which is wire; lib/net/ may import: wire (types), node (late)",
  ]);
});

Deno.test("types may be listed alone, late imports too, and every form of import counts", () => {
  const table: [string, string][] = [["lib/a/", "b (types), c (late), deno.json"], [
    "lib/b/",
    "nothing",
  ], ["lib/c/", "nothing"]];
  const good = `
    import type { B } from "../b/b.ts";
    import { type A, type C } from "../b/b.ts";
    export type * from "../b/b.ts";
    type D = typeof import("../b/b.ts");
    import deno from "../../deno.json" with { type: "json" };
    import own from "./a.ts";
    const [name, folder] = ["c", new URL("../../", import.meta.url)];
    import(new URL(\`../c/\${name}.ts\`, import.meta.url).href);
    // import "../b/b.ts";`;
  const rest = { "lib/b/b.ts": "", "lib/c/c.ts": "" };
  assertEquals(problemsOf(table, { "lib/a/a.ts": good, ...rest }), []);
  for (
    const bad of [
      'import "../b/b.ts"',
      'import { type A, b } from "../b/b.ts"',
      'export * from "../c/c.ts"',
      'await import("../b/b.ts")',
      'new Worker(new URL("../b/b.ts", import.meta.url))',
      "await import(`../b/${deno}.ts`)",
    ]
  ) {
    const [problem, ...others] = problemsOf(table, { "lib/a/a.ts": `${good}\n${bad};`, ...rest });
    assert(problem?.startsWith("lib/a/a.ts imports ../"), `${bad}: ${problem}`);
    assertEquals(others, []);
  }
});

Deno.test("a row, a name or a right that no file needs is named", () => {
  const table: [string, string][] = [["lib/a/", "b, c, d"], ["lib/b/", "nothing"], [
    "lib/c/",
    "nothing",
  ]];
  const problems = problemsOf(table, {
    "lib/a/a.ts": 'import type { B } from "../b/b.ts"; await import("../d/d.ts");',
    "lib/b/b.ts": "",
    "lib/d/d.ts": "",
  });
  assertEquals(problems, [
    "lib/a/a.ts imports ../d/d.ts, which is lib/d/d.ts (late); lib/a/ may import: b, c, d",
    "lib/d/d.ts: no row of ARCHITECTURE.md has it",
    "ARCHITECTURE.md: there is no lib/c/",
    "ARCHITECTURE.md: lib/a/ needs no more than b (types)",
    "ARCHITECTURE.md: no file of lib/a/ imports c",
    "ARCHITECTURE.md: no file of lib/a/ imports d",
  ]);
});

Deno.test("a file belongs to the most special row, and any room may use the shared files of lib", () => {
  const table: [string, string][] = [
    ["lib/*.ts", "nothing"],
    ["lib/a/", "nothing"],
    ["lib/a/b/", "a"],
    ["main.ts", "a/b"],
    ["tests/", "anything"],
  ];
  const problems = problemsOf(table, {
    "lib/wait.ts": "",
    "lib/a/a.ts": 'import "../wait.ts";',
    "lib/a/b/b.ts": 'import "../a.ts"; import "./c.ts"; import "../../wait.ts";',
    "main.ts": 'import "./lib/a/b/b.ts"',
    "tests/a_test.ts": 'import "../main.ts"',
  });
  assertEquals(problems, []);
});
