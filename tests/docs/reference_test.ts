/** docs/reference is what the program's tables say. */
import { assert, assertEquals } from "@std/assert";
import { BROKER_KEYS } from "../../lib/config/broker_keys.ts";
import { configKeys } from "../../tools/reference/config_keys.ts";
import { hooksOf } from "../../tools/reference/hooks_page.ts";
import { referencePages } from "../../tools/reference/pages.ts";

const FOLDER = new URL("../../docs/reference/", import.meta.url);
const HOOK_TYPES = new URL("../../lib/plugin/hook_types.ts", import.meta.url);

Deno.test("docs/reference is up to date; if not: deno task reference", async () => {
  const pages = await referencePages();
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  assertEquals(files, Object.keys(pages).sort());
  for (const [name, text] of Object.entries(pages)) {
    const isSame = await Deno.readTextFile(new URL(name, FOLDER)) === text;
    assert(isSame, `docs/reference/${name} is not what the tables say: run deno task reference`);
  }
});

Deno.test("every configuration key that people are told of is in the reference, once", () => {
  const paths = configKeys().map(({ path }) => path);
  assertEquals(paths.length, new Set(paths).size);
  const told = Object.entries(BROKER_KEYS).filter(([, { shown }]) => shown !== "hidden");
  assertEquals(told.map(([name]) => name).filter((name) => !paths.includes(name)), []);
  assert(paths.includes("listeners.NAME.acme.domains"), paths.join(" "));
});

Deno.test("every hook is in the reference, with what it is for", async () => {
  const source = await Deno.readTextFile(HOOK_TYPES);
  const [, body = ""] = /export interface Hooks \{\n([^]*?)\n\}/.exec(source) ?? [];
  const names = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\?/gm)].map(([, name]) => name);
  const hooks = hooksOf(source);
  assertEquals(hooks.map(({ name }) => name), names);
  for (const { name, doc, signature } of hooks) {
    assert(doc !== "" && signature.includes(`${name}?`) && signature.endsWith(";"), name);
  }
});
