/**
 * Checks usernames and passwords against a file of `user:hash` lines. Invariant: what is in memory is
 * always one whole reading of the file; a reading that fails keeps the one before. A user who is not
 * in the file gets no answer, a wrong password is a deny.
 */
import { resolve } from "node:path";
import { nullable } from "valibot";
import { parseStoredHash, PasswordVerifier, slowHashWarning } from "../sources.ts";
import {
  type AuthenticateRequest,
  ConfigError,
  definePlugin,
  optionsOf,
  pathOption,
  type PluginContext,
  type Verdict,
} from "../plugin.ts";

/** How often the file is looked at, in milliseconds. */
const POLL_INTERVAL = 2000;

const NO_BYTES = new Uint8Array(0);

const OPTIONS = optionsOf({
  /** Relative to the configuration. Null: there is no file, so nobody is known (aMQTT's old style). */
  password_file: nullable(pathOption),
});

export default definePlugin({
  name: "auth_file",
  apiVersion: 1,
  options: OPTIONS,
  async setup({ password_file }, context) {
    if (password_file === null) {
      context.logger.warn("there is no password_file, so no user is known");
      return { authenticate: () => undefined };
    }
    const source = await PasswordFile.open(password_file, context);
    const stop = context.every(POLL_INTERVAL, () => source.refresh());
    return {
      authenticate: (request) => source.authenticate(request),
      async brokerReloading() {
        await source.refresh();
        return source.problem === undefined ? [] : [source.problem];
      },
      dispose() {
        stop();
        return source.dispose();
      },
    };
  },
});

/** One reading of the file. */
interface Reading {
  /** User name -> hash. */
  readonly users: ReadonlyMap<string, string>;
  /** About lines that cannot be used, or can but deserve a word. */
  readonly remarks: readonly string[];
}

/** The users of a file, read again whenever it changes. */
class PasswordFile {
  readonly #path: string;
  readonly #context: PluginContext;
  readonly #verifier: PasswordVerifier;
  #users: ReadonlyMap<string, string> = new Map();
  /** Of the last state of the file that was looked at, good or bad. */
  #stamp = "";
  #refreshing: Promise<void> | undefined;
  #problem: string | undefined;

  private constructor(path: string, context: PluginContext) {
    this.#path = path;
    this.#context = context;
    this.#verifier = new PasswordVerifier({ now: () => context.now() });
  }

  /** @throws {ConfigError} when the file cannot be read. */
  static async open(name: string, context: PluginContext): Promise<PasswordFile> {
    const file = new PasswordFile(resolve(context.directory, name), context);
    try {
      file.#stamp = await stampOf(file.#path);
      file.#use(await read(file.#path));
    } catch (error) {
      const line = `password_file: got ${JSON.stringify(name)}, expected a file of user:hash lines`;
      throw new ConfigError([`${line} (${messageOf(error)})`], { cause: error });
    }
    return file;
  }

  /** Why the file as it is now is not used. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Looks whether the file has changed. Never rejects. */
  refresh(): Promise<void> {
    return this.#refreshing ??= this.#refresh().finally(() => this.#refreshing = undefined);
  }

  async authenticate({ client, password, signal }: AuthenticateRequest): Promise<Verdict> {
    if (!client.username) return undefined;
    const hash = this.#users.get(client.username);
    const options = { address: client.address, signal };
    if (hash === undefined) return await this.#pretend(password ?? NO_BYTES, options);
    if (password === undefined) return { result: "deny", because: "no password" };
    if (await this.#verifier.verify(password, hash, options)) return "allow";
    return { result: "deny", because: "wrong password" };
  }

  async dispose(): Promise<void> {
    this.#verifier.dispose();
    await this.#refreshing;
  }

  /**
   * Spends on an unknown user what a known one would cost, so that the time taken does not tell who is
   * known. Where another source may know the user, this would only be a burden.
   */
  async #pretend(
    password: Uint8Array,
    options: { address: string; signal: AbortSignal },
  ): Promise<undefined> {
    const [someHash] = this.#users.values();
    if (someHash === undefined || this.#context.hasOtherAuthenticator) return;
    await this.#verifier.verify(password, decoy(someHash), options);
  }

  /** A failure is logged once for each state of the file. */
  async #refresh(): Promise<void> {
    const { logger } = this.#context;
    const before = this.#stamp;
    this.#stamp = await stampOf(this.#path).catch(messageOf);
    if (this.#stamp === before) return;
    try {
      this.#use(await read(this.#path));
      this.#problem = undefined;
      logger.info(`${this.#path} has changed`, { users: this.#users.size });
    } catch (error) {
      this.#problem = `${this.#path} cannot be used, the last good one stays: ${messageOf(error)}`;
      logger.error(this.#problem);
    }
  }

  #use({ users, remarks }: Reading): void {
    this.#users = users;
    for (const remark of remarks) this.#context.logger.warn(`${this.#path}: ${remark}`);
  }
}

/** Changes whenever the file is replaced or written to. */
async function stampOf(path: string): Promise<string> {
  const { mtime, ctime, size, ino } = await Deno.stat(path);
  return [mtime?.getTime(), ctime?.getTime(), size, ino].join();
}

async function read(path: string): Promise<Reading> {
  const bytes = await Deno.readFile(path);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error("it is not UTF-8 text", { cause });
  }
  return parse(text);
}

/** @throws {Error} when there are lines, and none of them can be used. */
function parse(text: string): Reading {
  const users = new Map<string, string>();
  const remarks: string[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    try {
      const { user, hash, remark } = parseLine(line);
      if (remark) remarks.push(`line ${index + 1}: ${user}: ${remark}`);
      if (users.has(user)) remarks.push(`line ${index + 1}: ${user} again; this line counts`);
      users.set(user, hash);
    } catch (error) {
      remarks.push(`line ${index + 1} is not used: ${messageOf(error)}`);
    }
  }
  if (users.size === 0 && remarks.length > 0) throw new Error(remarks[0]);
  return { users, remarks };
}

function parseLine(line: string): { user: string; hash: string; remark: string | undefined } {
  const colon = line.indexOf(":");
  if (colon < 1) throw new Error("expected user:hash");
  const hash = line.slice(colon + 1).trim();
  return { user: line.slice(0, colon), hash, remark: slowHashWarning(parseStoredHash(hash)) };
}

/** A hash of the same cost that no password is known for: one character of its digest is another. */
function decoy(hash: string): string {
  const at = hash.length - 5; // in front of padding, behind every salt
  return hash.slice(0, at) + (hash[at] === "A" ? "B" : "A") + hash.slice(at + 1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
