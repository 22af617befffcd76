/** Writes docs/reference from the program's tables. Invariant: a test compares the two. */
import { referencePages } from "./reference/pages.ts";

const FOLDER = new URL("../docs/reference/", import.meta.url);

await Deno.mkdir(FOLDER, { recursive: true });
for (const [name, text] of Object.entries(await referencePages())) {
  await Deno.writeTextFile(new URL(name, FOLDER), text);
}
