/** What is imported late under a computed name is in the list for programs that embed a broker, and nothing else is. */
import { assert, assertEquals } from "@std/assert";
import { LATE_MODULES } from "../../lib/late_modules.ts";
import { filesOf, readFile } from "./tree.ts";

const COMPUTED = /import\(\s*new URL\("([^"]+)", import\.meta\.url\)\.href,?\s*\)/g;

/** The modules of lib that files of these folders import so. */
async function computedImports(files: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const file of files) {
    for (const [, specifier] of (await readFile(file)).matchAll(COMPUTED)) {
      const path = new URL(specifier!, `file:///${file}`).pathname.slice(1);
      if (path.startsWith("lib/")) found.add(path);
    }
  }
  return [...found].sort();
}

/** What a program sees that reads the list. */
function listed(text: string): string[] {
  return [...text.matchAll(/import\("\.\/([^"]+)"\)/g)].map(([, path]) => `lib/${path}`).sort();
}

Deno.test("lib/late_modules.ts lists what lib imports under a computed name", async () => {
  const computed = await computedImports(await filesOf(["lib", "plugins"]));
  assert(computed.length > 5, `${computed.length} modules`);
  assertEquals(listed(await readFile("lib/late_modules.ts")), computed);
});

Deno.test("all that it lists can be imported", async () => {
  for (const load of LATE_MODULES) assert(Object.keys(Object(await load())).length > 0);
});
