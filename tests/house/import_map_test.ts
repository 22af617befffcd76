/** An import map names a package's files one by one; a name that it lacks fails only where it is used. */
import { assertEquals } from "@std/assert";
import importMap from "../../import_map.json" with { type: "json" };
import { filesOf, readFile } from "./tree.ts";

/** `from "x"`, `import "x"`, `import("x")`, `import.meta.resolve("x")`, each with a name that is no place. */
const NAMED = /(?:from|import|import\(|import\.meta\.resolve\()\s*"([@a-z][^":]*)"/g;
const DOORS = "@midge/midge";
/** Tests in which imports are texts. */
const TEXTS = /^tests\/(cli\/plugin|house|smoke\/npm_package|tools\/npm_test)/;

Deno.test("every package, and every file of one, that is imported by name has its row", async () => {
  const known = Object.keys(importMap.imports);
  const unknown = new Set<string>();
  const files = await filesOf(["lib", "plugins", "tools", "bench", "tests"]);
  for (const file of files.filter((file) => !TEXTS.test(file))) {
    for (const [, name = ""] of (await readFile(file)).matchAll(NAMED)) {
      if (!known.includes(name) && !name.startsWith(DOORS)) unknown.add(`${file}: ${name}`);
    }
  }
  assertEquals([...unknown], []);
});
