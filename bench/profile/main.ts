/**
 * `deno task profile [ROW ...]`: where the time of a message goes, what it allocates and asks of the kernel, and what an
 * idle connection keeps; written into PROFILE.md. It needs Linux; what perf and strace would show is left out where they
 * are missing. Invariant: a row is written when it is done, so that one that fails takes none with it.
 *
 *     deno task profile [ROW]... [--print]
 */
import { parseArgs } from "node:util";
import { messageOf } from "../../lib/user_error.ts";
import { note, print } from "../terminal.ts";
import { idleLook } from "./idle.ts";
import { looksOf } from "./looks.ts";
import { writePart } from "../parts.ts";
import { conditions, idlePart, loadPart } from "./page.ts";
import { type Row, rowsNamed } from "./rows.ts";

const PAGE = new URL("../PROFILE.md", import.meta.url);

async function partOf(row: Row): Promise<string> {
  const when = conditions(new Date(), Deno.loadavg()[0]!);
  if (row.load !== undefined) return loadPart(row, await looksOf(row), when);
  return idlePart(row, await idleLook().catch(messageOf), when);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { print: { type: "boolean", default: false } },
  });
  for (const row of rowsNamed(positionals)) {
    note(`profile: ${row.title}`);
    const part = await partOf(row);
    if (values.print) print(`${part}\n`);
    else await writePart(PAGE, row.name, part);
  }
}

try {
  await main();
} catch (error) {
  note(`profile: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
