/** Writes the documentation as a site to dist/docs. Invariant: what was there before is gone. */
import { printLine } from "../lib/cli/terminal.ts";
import { VERSION } from "../lib/version.ts";
import { buildSite } from "./site/build.ts";

const ROOT = new URL("../", import.meta.url);
const TARGET = new URL("dist/docs/", ROOT);

await Deno.mkdir(TARGET, { recursive: true });
await Deno.remove(TARGET, { recursive: true });
const files = [...await buildSite(ROOT, VERSION)];
for (const [output, content] of files) {
  const file = new URL(output, TARGET);
  await Deno.mkdir(new URL(".", file), { recursive: true });
  if (typeof content === "string") await Deno.writeTextFile(file, content);
  else await Deno.writeFile(file, content);
}
printLine(`${new URL("index.html", TARGET).pathname}: ${files.length} files`);
