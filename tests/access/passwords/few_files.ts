/**
 * A process without room for another open file, in which a slow hash is checked; and again once there is room. Prints a
 * line for each.
 */
import { verifyPassword } from "../../../lib/access/passwords/verifier.ts";
import { messageOf } from "../../../lib/user_error.ts";
import { BCRYPT } from "./vectors.ts";

const { password, hash } = BCRYPT[0]!;
const files: Deno.FsFile[] = [];

/** Opens files until there is room for no more. */
function fill(): void {
  try {
    while (true) files.push(Deno.openSync(Deno.execPath()));
  } catch {
    // that was the last
  }
}

function check(): Promise<unknown> {
  return verifyPassword(new TextEncoder().encode(password), hash).catch(messageOf);
}

function print(line: unknown): Promise<number> {
  return Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

fill();
await print(await check());
for (const file of files) file.close();
await print(await check());
