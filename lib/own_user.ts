/** Which user this process is. Invariant: it takes no right but that to write where it is asked, and leaves nothing there. */
import { join } from "node:path";

/**
 * The user, by a file that it makes: asking for the user itself is a right that `deno task midge` does not have.
 * @param folder where it may write
 * @returns null on Windows
 * @throws what the system says where no file can be made
 */
export async function ownUser(folder: string): Promise<number | null> {
  const path = join(folder, `.midge-user-${crypto.randomUUID()}`);
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  try {
    return (await file.stat()).uid;
  } finally {
    await Deno.remove(path);
  }
}
