/** A stranger's TypeScript in an executable: types are taken away, neighbours are found, cycles are named. */
import { assertEquals, assertRejects } from "@std/assert";
import { stripTypeScriptTypes } from "node:module";
import { strippedModule } from "../../lib/plugin/stripped_module.ts";

/** Files of a folder that is not there. */
function stripping(files: Readonly<Record<string, string>>) {
  return {
    strip: (source: string) => stripTypeScriptTypes(source),
    read: ({ pathname }: URL) => Promise.resolve(files[pathname] ?? `throw new Error("no file")`),
  };
}

Deno.test({
  name: "typed files import each other; one that two of them import is one module",
  ignore: typeof stripTypeScriptTypes !== "function", // before Deno 2.9
  async fn() {
    const files = {
      "/p/lamp.ts": `import { add } from "./add.ts"; import { count } from "../count.ts";
        import type { None } from "./none.ts";
        const one: number = add(); export default [one, count.length];`,
      "/p/add.ts":
        `import { count } from "../count.ts"; export const add = (): number => count.push(1);`,
      "/count.ts": `export const count: number[] = [];`,
    };
    const module = await strippedModule(new URL("file:///p/lamp.ts"), stripping(files));
    assertEquals((await import(module)).default, [1, 1]);
  },
});

Deno.test({
  name: "a neighbour in JavaScript keeps its URL",
  ignore: typeof stripTypeScriptTypes !== "function",
  async fn() {
    const files = { "/p/lamp.ts": `import "./a.js"; export { b } from '../b.mjs';` };
    const module = await strippedModule(new URL("file:///p/lamp.ts"), stripping(files));
    assertEquals(
      decodeURIComponent(module),
      `data:text/javascript,import "file:///p/a.js"; export { b } from 'file:///b.mjs';`,
    );
  },
});

Deno.test({
  name: "typed files that import each other in a circle are refused, with what to do",
  ignore: typeof stripTypeScriptTypes !== "function",
  async fn() {
    const files = { "/a.ts": `import "./b.ts";`, "/b.ts": `import "./a.ts";` };
    await assertRejects(
      () => strippedModule(new URL("file:///a.ts"), stripping(files)),
      Error,
      "file:///a.ts imports itself by way of file:///b.ts; `deno bundle",
    );
  },
});
