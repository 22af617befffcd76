/**
 * Writes dist/help.json.gz: the pages that `midge help TOPIC` prints, for an executable or a package, which has no docs
 * folder. Invariant: they are those that a clone reads.
 */
import { packed, readFolder } from "../lib/cli/help/library.ts";
import { UserError } from "../lib/user_error.ts";

const ROOT = new URL("../", import.meta.url);

const pages = await readFolder(ROOT);
if (pages === undefined) throw new UserError("there is no docs folder beside tools");
await Deno.mkdir(new URL("dist/", ROOT), { recursive: true });
await Deno.writeFile(new URL("dist/help.json.gz", ROOT), await packed(pages));
