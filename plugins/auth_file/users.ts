/**
 * The users of a password file as they are changed while the broker runs. Invariants: what is in use is what was read
 * from the file, never what was to be written; every other line stays as it is.
 */
import {
  changePasswordFile,
  hashName,
  hasUser,
  parseStoredHash,
  type PasswordScheme,
  removedUser,
  rightToWrite,
  userNameProblem,
  usualScheme,
  withUser,
} from "../../sources.ts";
import {
  type ManagedUser,
  messageOf,
  type UserChange,
  UserError,
  type UserStore,
} from "../../plugin.ts";

/** The file, and what was read from it. */
export interface UserFile {
  /** Absolute. */
  readonly path: string;
  /** User name -> hash, which can be read. */
  readonly users: ReadonlyMap<string, string>;
  /** The users whose line cannot be used. */
  readonly unusable: ReadonlySet<string>;
  /** Makes a hash; rejects for a password that cannot be one. */
  hash(password: string, scheme: PasswordScheme): Promise<string>;
  /** Reads the file; why it is not used as it is now. */
  reload(): Promise<readonly string[]>;
}

/** Changes one file. */
export class FileUsers implements UserStore {
  readonly #file: UserFile;

  constructor(file: UserFile) {
    this.#file = file;
  }

  *list(): Generator<ManagedUser> {
    const { users, unusable } = this.#file;
    for (const [username, hash] of users) {
      yield { username, hash: hashName(parseStoredHash(hash)) };
    }
    for (const username of unusable) {
      if (!users.has(username)) yield { username, hash: undefined };
    }
  }

  async put({ username, password, isNew }: UserChange): Promise<ManagedUser> {
    const problem = userNameProblem(username) ??
      (/[\u0080-\u009f]/.test(username) ? ", expected no control character" : undefined);
    if (problem !== undefined) throw new UserError(`username: got ${shown(username)}${problem}`);
    const scheme = usualScheme(this.#file.users.values());
    const hash = await this.#hash(password, scheme);
    await this.#change((text) => {
      this.#expect(text, username, !isNew);
      return withUser(text, username, hash);
    });
    return { username, hash: hashName(parseStoredHash(hash)) };
  }

  async remove({ username }: { readonly username: string }): Promise<void> {
    await this.#change((text) => {
      this.#expect(text, username, true);
      return removedUser(text, username)!;
    });
  }

  async #hash(password: string, scheme: PasswordScheme): Promise<string> {
    if (!password.isWellFormed()) throw new UserError("the password is no Unicode text");
    try {
      return await this.#file.hash(password, scheme);
    } catch (cause) {
      throw new UserError(messageOf(cause), { cause }); // too short, too long, too many wait
    }
  }

  #expect(text: string, username: string, isThere: boolean): void {
    if (hasUser(text, username) === isThere) return;
    const what = isThere ? "has no user" : "has a user already:";
    throw new UserError(`${this.#file.path}: ${what} ${shown(username)}`);
  }

  async #change(change: (text: string) => string): Promise<void> {
    const { path } = this.#file;
    await changePasswordFile(path, change, undefined, rightToWrite(path));
    const problems = await this.#file.reload();
    if (problems.length > 0) throw new UserError(problems);
  }
}

/** A name may be anything. */
function shown(username: string): string {
  return JSON.stringify(username.length > 80 ? `${username.slice(0, 80)}...` : username);
}
