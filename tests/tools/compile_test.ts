/** What an executable is made of: its modules, files, rights and drivers, as arguments and as texts. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DRIVERS } from "../../lib/executable_packages.ts";
import { chosenDrivers, missingDriver } from "../../tools/compile/drivers.ts";
import { facadeText } from "../../tools/compile/packages.ts";
import { mended } from "../../tools/compile/common_js.ts";
import { compileArguments, entryModules, FLAGS, TARGETS } from "../../tools/compile/plan.ts";
import { stagedSource } from "../../tools/compile/staged_source.ts";
import { writeChecksums } from "../../tools/compile/checksums.ts";
import { UserError } from "../../lib/user_error.ts";
import { filesOf, readFile } from "../house/tree.ts";
import { TempFolder } from "../support/midge_process.ts";

Deno.test("modules: the main one, the doors, the worker, commands and plugins, nothing else", () => {
  const files = {
    "lib/cli/start.ts": "export const HELP = `x`;",
    "lib/cli/options.ts": "export const OPTIONS = 1;",
    "lib/cli/certs/issue.ts": "export const HELP = `x`;",
    "plugins/redis.ts": "",
    "plugins/redis/link.ts": "",
    "mod.ts": "",
  };
  const read = (path: string) => Object.entries(files).find(([name]) => name === path)![1];
  assertEquals(entryModules(Object.keys(files), read), [
    ...["main.ts", "mod.ts", "plugin.ts", "sources.ts", "manage.ts"],
    ...["lib/access/passwords/worker.ts", "lib/cli/start.ts", "plugins/redis.ts"],
  ]);
});

Deno.test("arguments: rights, each module and file once, nothing of packages or tests", () => {
  const args = compileArguments(
    ["main.js", "mod.js"],
    ["page"],
    "/out/midge",
    "aarch64-apple-darwin",
  );
  assertEquals(args, [
    ...["compile", "--quiet", "--no-check", "--config", "deno.json", ...FLAGS],
    ...["--target", "aarch64-apple-darwin", "--include", "mod.js", "--include", "page"],
    ...["--output", "/out/midge", "main.js"],
  ]);
  assertEquals(compileArguments(["main.js"], [], "/out/midge").includes("--target"), false);
});

Deno.test("rights: five variables are read and no other, no programs, no libraries", () => {
  assert(FLAGS.includes("--ignore-env"));
  assertEquals(FLAGS.filter((flag) => flag.startsWith("--allow")), [
    "--allow-env=NOTIFY_SOCKET,WATCHDOG_USEC,STATE_DIRECTORY,RUNTIME_DIRECTORY,CREDENTIALS_DIRECTORY",
    ...["--allow-net", "--allow-read", "--allow-write", "--allow-sys=systemMemoryInfo"],
  ]);
});

Deno.test("machines: five, Windows' with its suffix", () => {
  assertEquals(TARGETS.map(({ target, name, suffix }) => [target, name, suffix]), [
    ["x86_64-unknown-linux-gnu", "linux-x64", ""],
    ["aarch64-unknown-linux-gnu", "linux-arm64", ""],
    ["aarch64-apple-darwin", "macos-arm64", ""],
    ["x86_64-apple-darwin", "macos-x64", ""],
    ["x86_64-pc-windows-msvc", "windows-x64", ".exe"],
  ]);
});

Deno.test("drivers: all, none, some; an unknown one is named", () => {
  assertEquals(chosenDrivers("all"), Object.keys(DRIVERS));
  assertEquals(chosenDrivers("none"), []);
  assertEquals(chosenDrivers("redis, mysql"), ["redis", "mysql"]);
  assertThrows(() => chosenDrivers("redis,oracle"), UserError, "no driver is called oracle");
});

Deno.test("a driver that is not inside says what is, and how to get it", () => {
  const text = missingDriver("mysql", ["redis"]);
  assertMatch(
    text,
    /driver of mysql is not in this executable \(it has redis\); .* --with redis,mysql`/,
  );
  assertMatch(missingDriver("mysql", []), /\(it has none\); .* --with mysql`/);
});

Deno.test("sources: a known module is imported plainly, a place is counted from the main module", () => {
  const known = `x = await import(\n  new URL("../b.ts", import.meta.url).href,\n);`;
  assertEquals(stagedSource("lib/a.ts", known), `x = await import("../b.ts");`);
  assertEquals(
    stagedSource("lib/cli/run.ts", "import(new URL(`./${name}.ts`, import.meta.url).href)"),
    'import(new URL(`./${name}.js`, new URL("lib/cli/run.ts", Deno.mainModule)).href)',
  );
  assertEquals(stagedSource("a.ts", `import "./b.ts";`), `import "./b.ts";`);
});

Deno.test("packages: every name is given; CommonJS has its default export, also by old Denos", () => {
  assertEquals(facadeText(`"npm:a@1"`, ["b", "c"]), `export * from "npm:a@1";\n`);
  assertEquals(
    facadeText(`"npm:a@1"`, ["b", "default", "module.exports"]),
    `import * as whole from "npm:a@1";\nexport default whole.default;\nexport const { b } = whole;\n`,
  );
  const old = `x(t||!e||!e.__esModule?y:z);Error("Dynamic require of")`;
  assertMatch(
    mended(old),
    /^import\{createRequire\}.*t\|\|!e\|\|!e\.__esModule\|\|!\("default"in e\)\?y:z/,
  );
  assertEquals(mended("createRequire;Dynamic require of"), "createRequire;Dynamic require of");
});

Deno.test("checksums: as sha256sum writes them", async () => {
  await using folder = new TempFolder();
  const file = folder.write("midge-1-linux-x64", "hello");
  await writeChecksums(folder.path, [file]);
  const digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  assertEquals(folder.read("SHA256SUMS"), `${digest}  midge-1-linux-x64\n`);
});

Deno.test("an import that the bundler cannot see is that of a command, of a plugin, or of a package", async () => {
  const computed: string[] = [];
  for (const path of await filesOf(["lib", "plugins"])) {
    const code = stagedSource(path, await readFile(path)).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
    if (/(?<![\w.])import\(\s*(?!")/.test(code)) computed.push(path);
  }
  assertEquals(computed, [
    "lib/cli/run.ts",
    "lib/plugin/import.ts",
    "plugins/dashboard/libraries.ts",
  ]);
});
