/**
 * The file of auth_scram's users, read again whenever it changes. Invariant: what is in memory is always one whole
 * reading; one that fails keeps the one before, and says so.
 */
import { resolve } from "node:path";
import {
  type FileUser,
  readWhole,
  saslprep,
  SCRAM_ITERATIONS,
  SCRAM_LINES,
  SCRAM_MECHANISMS,
  scramLines,
  type UserFile,
  WatchedFile,
  withDecoyKey,
} from "../../sources.ts";
import { messageOf, type PluginContext, UserError } from "../../plugin.ts";
import { parseUsers, type Reading, ScramUsers } from "./users.ts";

/** A file that is followed. */
export class ScramFile implements UserFile {
  readonly kind = SCRAM_LINES;
  readonly #context: PluginContext;
  readonly #file: WatchedFile<Reading>;
  #users: ScramUsers;
  #text: string;

  private constructor(context: PluginContext, file: WatchedFile<Reading>, reading: Reading) {
    this.#context = context;
    this.#file = file;
    this.#users = new ScramUsers(reading);
    this.#text = reading.text;
    this.#remark(reading);
  }

  /** @throws {UserError} when the file cannot be read */
  static async open(name: string, context: PluginContext): Promise<ScramFile> {
    const path = resolve(context.directory, name);
    try {
      const [file, reading] = await WatchedFile.open(path, {
        read,
        changed: (reading) => source.#use(reading),
        failed: (problems) => context.logger.error(notUsed(path, problems)),
      }, context.clock);
      const source = new ScramFile(context, file, reading);
      return source;
    } catch (error) {
      const expected = "expected a file that midge passwd --scram writes";
      const line = `password_file: got ${JSON.stringify(name)}, ${expected}`;
      throw new UserError(`${line} (${messageOf(error)})`, { cause: error });
    }
  }

  /** Absolute. */
  get path(): string {
    return this.#file.path;
  }

  /** Those of the last good reading. */
  get users(): ScramUsers {
    return this.#users;
  }

  /** Reads the file; why it is not used as it is now. */
  async reload(): Promise<readonly string[]> {
    return (await this.#file.reload()).map((problem) => notUsed(this.path, [problem]));
  }

  list(): Iterable<FileUser> {
    return this.#users.list();
  }

  prepared(username: string): string | undefined {
    return saslprep(username, true);
  }

  begun(text: string): string {
    return withDecoyKey(text);
  }

  /** For both mechanisms, as `midge passwd --scram` does. */
  async secret(username: string, password: string): Promise<{ text: string; hash: string }> {
    const text = await scramLines(username, password, SCRAM_MECHANISMS, SCRAM_ITERATIONS.usual);
    return { text, hash: SCRAM_MECHANISMS.join(", ") };
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #use(reading: Reading): void {
    this.#users = new ScramUsers(reading);
    this.#remark(reading);
    if (reading.text === this.#text) return;
    this.#text = reading.text;
    this.#context.logger.info(`${this.path} has changed`, { secrets: reading.secrets.size });
  }

  #remark({ remarks }: Reading): void {
    for (const remark of remarks) this.#context.logger.warn(`${this.path}: ${remark}`);
  }
}

function notUsed(path: string, problems: readonly string[]): string {
  return `${path} cannot be used, the last good one stays: ${problems.join("; ")}`;
}

async function read(path: string): Promise<Reading> {
  const bytes = await readWhole(path);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error("it is not UTF-8 text", { cause });
  }
  return parseUsers(text);
}
