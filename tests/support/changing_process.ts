/** A process that changes a file over and over, each line of it, and says a dot for each change, until it is killed. */
import { editFile } from "../../lib/edited_file.ts";
import { readText } from "../../lib/text_file.ts";

const file = Deno.args[0]!;
for (let count = 1;; count++) {
  await editFile(file, { read: readText, change: (text) => text.replace(/.*\n/g, `${count}\n`) });
  await Deno.stdout.write(new TextEncoder().encode("."));
}
