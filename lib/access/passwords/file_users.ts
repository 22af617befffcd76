/**
 * The users of a password file as they are changed while a broker runs: the hook `users` of the plugins that have one.
 * Invariants: what is in use is what was read from the file, never what was to be written; every other line stays as it
 * is.
 */
import { rightToWrite } from "../../edited_file.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { changePasswordFile } from "./user_file.ts";
import { hasUser, type LineKind, removedUser, userNameProblem, withUser } from "./user_lines.ts";

/** A user, and how its password is kept; undefined: it cannot log in. */
export interface FileUser {
  /** As it stands in the file. */
  readonly username: string;
  /** Such as `argon2id`. */
  readonly hash: string | undefined;
}

/** The file, and what was read from it. */
export interface UserFile {
  /** Absolute. */
  readonly path: string;
  /** What its lines are. */
  readonly kind: LineKind;
  /** Its users, as they were read. */
  list(): Iterable<FileUser>;
  /** The name as it stands in the file; undefined: it cannot stand there. */
  prepared(username: string): string | undefined;
  /**
   * What is to stand behind `USER:`, and how it is kept.
   * @throws Error for a password that cannot be one
   */
  secret(
    username: string,
    password: string,
  ): Promise<{ readonly text: string; readonly hash: string }>;
  /** The whole text before a user is put into it. */
  begun(text: string): string;
  /** Reads the file; why it is not used as it is now. */
  reload(): Promise<readonly string[]>;
}

/** Changes one file. */
export class FileUsers {
  readonly #file: UserFile;

  /**
   * The users of a file.
   * @param file may be one that is not there any more; a change says so then
   */
  constructor(file: UserFile) {
    this.#file = file;
  }

  /** As they were read. */
  list(): Iterable<FileUser> {
    return this.#file.list();
  }

  /**
   * Adds a user, or gives one another password.
   * @throws UserError where it cannot be done; nothing is changed then
   */
  async put(
    { username, password, isNew }: {
      readonly username: string;
      readonly password: string;
      readonly isNew: boolean;
    },
  ): Promise<FileUser> {
    const name = this.#checked(username);
    const { text: secret, hash } = await this.#secret(name, password);
    await this.#change((text) => {
      this.#expect(text, name, !isNew);
      return withUser(this.#file.begun(text), name, secret);
    });
    return { username: name, hash };
  }

  /**
   * Takes a user out.
   * @throws UserError where it cannot be done; nothing is changed then
   */
  async remove({ username }: { readonly username: string }): Promise<void> {
    const name = this.#file.prepared(username) ?? username;
    await this.#change((text) => {
      this.#expect(text, name, true);
      return removedUser(text, name)!;
    });
  }

  #checked(username: string): string {
    const problem = userNameProblem(username) ??
      (/[\u0080-\u009f]/.test(username) ? ", expected no control character" : undefined);
    if (problem !== undefined) throw new UserError(`username: got ${shown(username)}${problem}`);
    const name = this.#file.prepared(username);
    if (name !== undefined && name !== "") return name;
    const expected = "expected a name that SASLprep (RFC 4013) allows";
    throw new UserError(`username: got ${shown(username)}, ${expected}`);
  }

  async #secret(username: string, password: string) {
    if (!password.isWellFormed()) throw new UserError("the password is no Unicode text");
    try {
      return await this.#file.secret(username, password);
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
    const { path, kind } = this.#file;
    await changePasswordFile(path, change, kind, rightToWrite(path));
    const problems = await this.#file.reload();
    if (problems.length > 0) throw new UserError(problems);
  }
}

/** A name may be anything. */
function shown(username: string): string {
  return JSON.stringify(username.length > 80 ? `${username.slice(0, 80)}...` : username);
}
