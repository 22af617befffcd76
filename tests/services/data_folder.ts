/** A server's folder, owned by the user that the server runs as. */
import { runProgram, type SystemUser, systemUser } from "./system.ts";

/** A folder that a server's user owns; gone afterwards. Can be disposed of again. */
export class DataFolder implements AsyncDisposable {
  readonly path: string;
  readonly user: SystemUser | undefined;
  #isGone = false;

  private constructor(path: string, user: SystemUser | undefined) {
    this.path = path;
    this.user = user;
  }

  /** @param userName whom a server that refuses to run as root runs as; heeded when the tests run as root */
  static async make(name: string, userName?: string): Promise<DataFolder> {
    const path = await Deno.makeTempDir({ prefix: `midge_${name}_` });
    const user = Deno.uid() === 0 && userName !== undefined
      ? await systemUser(userName)
      : undefined;
    if (user !== undefined) await Deno.chown(path, user.uid, user.gid);
    return new DataFolder(path, user);
  }

  /** Runs a program to its end as the folder's user; throws what it printed when it failed. */
  run(command: string, args: readonly string[], input = ""): Promise<string> {
    return runProgram(command, args, { input, user: this.user });
  }

  /** Writes a file that its user alone can read. */
  async write(name: string, text: string): Promise<string> {
    const path = `${this.path}/${name}`;
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    if (this.user !== undefined) await Deno.chown(path, this.user.uid, this.user.gid);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    await Deno.remove(this.path, { recursive: true });
  }
}
