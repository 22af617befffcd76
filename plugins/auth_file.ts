/**
 * Checks usernames and passwords against a file of `user:hash` lines. Invariant: what is in memory is
 * always one whole reading of the file; a reading that fails keeps the one before. A user who is not
 * in the file gets no answer, a wrong password is a deny.
 */
import { resolve } from "node:path";
import { nullable } from "valibot";
import { parseStoredHash, PasswordVerifier, slowHashWarning, WatchedFile } from "../sources.ts";
import {
  type AuthenticateRequest,
  definePlugin,
  messageOf,
  optionsOf,
  pathOption,
  type PluginContext,
  UserError,
  type Verdict,
} from "../plugin.ts";

const NO_BYTES = new Uint8Array(0);

const OPTIONS = optionsOf({
  /** Relative to the configuration. Null: there is no file, so no one is known (aMQTT's old style). */
  password_file: nullable(pathOption),
});

export default definePlugin({
  name: "auth_file",
  apiVersion: 1,
  options: OPTIONS,
  async setup({ password_file }, context) {
    if (password_file === null) {
      context.logger.warn("there is no password_file, so no user is known");
      return { authenticate: () => undefined, admitsNoOne: () => "there is no password_file" };
    }
    const source = await PasswordFile.open(password_file, context);
    return {
      authenticate: (request) => source.authenticate(request),
      admitsNoOne: () => source.isEmpty ? `${source.path} has no user` : undefined,
      brokerReloading: () => source.reload(),
      dispose: () => source.dispose(),
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
  readonly #context: PluginContext;
  readonly #verifier: PasswordVerifier;
  readonly #file: WatchedFile<Reading>;
  #users: ReadonlyMap<string, string> = new Map();

  private constructor(context: PluginContext, file: WatchedFile<Reading>) {
    this.#context = context;
    this.#file = file;
    this.#verifier = new PasswordVerifier({ now: context.clock.now });
  }

  /** @throws {UserError} when the file cannot be read. */
  static async open(name: string, context: PluginContext): Promise<PasswordFile> {
    const path = resolve(context.directory, name);
    const { logger } = context;
    try {
      const [file, reading] = await WatchedFile.open(path, {
        read,
        changed(reading) {
          source.#use(reading, path);
          logger.info(`${path} has changed`, { users: reading.users.size });
        },
        failed: (problems) => logger.error(notUsed(path, problems)),
      }, context.clock);
      const source = new PasswordFile(context, file);
      source.#use(reading, path);
      return source;
    } catch (error) {
      const line = `password_file: got ${JSON.stringify(name)}, expected a file of user:hash lines`;
      throw new UserError(`${line} (${messageOf(error)})`, { cause: error });
    }
  }

  /** Absolute. */
  get path(): string {
    return this.#file.path;
  }

  get isEmpty(): boolean {
    return this.#users.size === 0;
  }

  /** Looks whether the file has changed; why it is not used as it is now. */
  async reload(): Promise<readonly string[]> {
    return (await this.#file.reload()).map((problem) => notUsed(this.#file.path, [problem]));
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
    await this.#file.close();
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

  #use({ users, remarks }: Reading, path: string): void {
    this.#users = users;
    for (const remark of remarks) this.#context.logger.warn(`${path}: ${remark}`);
  }
}

function notUsed(path: string, problems: readonly string[]): string {
  return `${path} cannot be used, the last good one stays: ${problems.join("; ")}`;
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
