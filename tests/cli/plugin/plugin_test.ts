/** `midge plugin`: what it writes works, and what is wrong with a plugin is one line. */
import { assertEquals, assertMatch } from "@std/assert";
import { importsOf } from "../../../lib/plugin/imports.ts";
import { runMidge, TempFolder } from "../../support/midge_process.ts";

async function deno(...args: string[]): Promise<[code: number, text: string]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
}

for (const language of ["js", "ts"]) {
  Deno.test(`a new plugin in ${language}: its test runs, it is formatted, it passes check, a broker takes it`, async () => {
    await using folder = new TempFolder();
    const made = await runMidge(["plugin", "new", "greeter", `--${language}`], {
      cwd: folder.path,
    });
    assertEquals([made.code, made.stderr], [0, []]);
    const files = [`greeter.${language}`, `greeter_test.${language}`];
    const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
    assertEquals(names, files);
    const paths = files.map((name) => `${folder.path}/${name}`);
    for (const args of [["fmt", "--check"], ["lint"], ["test", "--no-config"]]) {
      const [code, text] = await deno(...args, ...(args[0] === "test" ? [paths[1]!] : paths));
      assertEquals(code, 0, text);
    }
    const from = made.stdout.indexOf("plugins:");
    const lines = made.stdout.slice(from, made.stdout.indexOf("", from));
    const config = folder.write("config.yaml", `${lines.join("\n")}\n  auth_anonymous:\n`);
    const checked = await runMidge(["plugin", "check", paths[0]!, "-c", config]);
    assertEquals([checked.code, checked.stderr], [0, []]);
    assertEquals(checked.stdout, [
      `${paths[0]}: fine`,
      "  hooks       clientConnected, authorize",
      "  imports     nothing",
      "  executable  works",
    ]);
    const whole = await runMidge(["check", "-c", config]);
    assertEquals([whole.code, whole.stdout.at(-1)], [0, `${config}: fine`]);
    const again = await runMidge(["plugin", "new", "greeter", `--${language}`], {
      cwd: folder.path,
    });
    assertEquals([again.code, again.stdout, again.stderr.length], [1, [], 1]);
    assertMatch(again.stderr[0]!, /is there already; expected the NAME of a new plugin$/);
  });
}

Deno.test("a test that is there already keeps the plugin from being written", async () => {
  await using folder = new TempFolder();
  folder.write("lamp_test.js", "");
  const { code } = await runMidge(["plugin", "new", "lamp"], { cwd: folder.path });
  assertEquals([code, [...Deno.readDirSync(folder.path)].length], [1, 1]);
});

const RIGHT = 'export default { name: "x", apiVersion: 1, setup: () => ({}) };';

for (
  const [source, said] of [
    ["export default 7;", /it is 7; .*midge plugin new NAME writes one that is right$/],
    [RIGHT.replace("apiVersion: 1", "apiVersion: 2"), /apiVersion is 2; /],
    [
      RIGHT.replace("({})", "({ clientConected() {} })"),
      /did you mean clientConnected\? .*docs\/PLUGINS.md has every hook$/,
    ],
    [RIGHT.replace("({})", "7"), /setup returned 7; .*; return an object/],
    [RIGHT.replace("({})", "nowhere"), /nowhere is not defined \(.*x\.js:1:\d+\)$/],
    ['import "./lost.js";', /Module not found .*; put the file there, or mend the path$/],
    ["export default {", /x\.js: cannot import /],
  ] as const
) {
  Deno.test(`${source} is one line`, async () => {
    await using folder = new TempFolder();
    const { code, stdout, stderr } = await runMidge([
      "plugin",
      "check",
      folder.write("x.js", source),
    ]);
    assertEquals([code, stdout, stderr.length], [1, [], 1]);
    assertMatch(stderr[0]!, said);
  });
}

Deno.test("options are those of the configuration, and it has to have the plugin", async () => {
  await using folder = new TempFolder();
  const file = folder.write("x.js", RIGHT);
  const config = folder.write("c.yaml", "plugins: {./x.js: {colour: red}}\n");
  const wrong = await runMidge(["plugin", "check", file, "-c", config]);
  assertEquals(wrong.stderr, [
    `midge: ${file}: unknown option colour; this plugin takes no options; give it an options schema, or take them out of the configuration`,
  ]);
  folder.write("c.yaml", "plugins: {auth_anonymous: {}}\n");
  const missing = await runMidge(["plugin", "check", file, "-c", config]);
  assertMatch(
    missing.stderr[0]!,
    /c\.yaml: does not have this plugin; write its path below plugins: /,
  );
  const nothing = await runMidge(["plugin", "check", `${folder.path}/nothing.js`]);
  assertMatch(nothing.stderr[0]!, /no such file; midge plugin new NAME writes one$/);
});

Deno.test("what an executable does not have is said, with what to do", async () => {
  await using folder = new TempFolder();
  folder.write(
    "words.ts",
    'import type { A } from "npm:@types/node@1";\nimport "node:fs";\nimport "valibot";',
  );
  const file = folder.write(
    "x.ts",
    `import "./words.ts";\nif (Math.random() > 2) await import("npm:ms@2.1.3");\n${RIGHT}`,
  );
  const { code, stdout } = await runMidge(["plugin", "check", file]);
  assertEquals([code, stdout.slice(1)], [0, [
    "  hooks       none: it does nothing",
    `  files       ${folder.path}/words.ts`,
    "  imports     node:fs, npm:ms@2.1.3, valibot",
    "  executable  does not work",
    "    it imports npm:ms@2.1.3, which an executable does not have: run Midge with Deno, or put the package's code beside the plugin (deno bundle)",
    "    it is TypeScript in several files, which an executable does not put together: make it one file, or JavaScript",
  ]]);
});

Deno.test("an executable has valibot and the drivers by their names, and nothing else of Midge's packages", async () => {
  await using folder = new TempFolder();
  const names = ["valibot", "pg", "hono", "npm:valibot@1.5.0"];
  const imports = names.map((name) => `if (Math.random() > 2) await import("${name}");`);
  const file = folder.write("x.js", [...imports, RIGHT].join("\n"));
  const { code, stdout } = await runMidge(["plugin", "check", file]);
  const missing = stdout.map((line) => /^ +it imports (\S+), which an executable/.exec(line)?.[1]);
  assertEquals([code, missing.filter((name) => name !== undefined)], [0, [
    "hono",
    "npm:valibot@1.5.0",
  ]]);
});

Deno.test("imports are found in every form, and not in comments or types", () => {
  const source = `
    import a from "a"; export * from 'b';
    const c = await import("c");
    import {
      d,
    } from "d";
    import type { E } from "e"; // "f"
    // import "g";
    /* import "h"; */`;
  assertEquals(importsOf(source), ["a", "b", "c", "d"]);
});
