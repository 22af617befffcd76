/**
 * Checks usernames and passwords against a file of `user:hash` lines. Invariant: what is in memory is
 * always one whole reading of the file; a reading that fails keeps the one before. A user who is not
 * in the file gets no answer, a wrong password is a deny.
 */
import { resolve } from "node:path";
import { nullable } from "valibot";
import {
  Decoys,
  type FileUser,
  FileUsers,
  HASH_LINES,
  HashCosts,
  hashName,
  isBlank,
  isUnusual,
  NO_PASSWORD,
  parseStoredHash,
  PasswordVerifier,
  readWhole,
  slowHashWarning,
  type StoredHash,
  type UserFile,
  usualScheme,
  WatchedFile,
} from "../sources.ts";
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
      users: new FileUsers(source),
      brokerReloading: () => source.reload(),
      dispose: () => source.dispose(),
    };
  },
});

/** One reading of the file. */
interface Reading {
  /** User name -> hash. */
  readonly users: ReadonlyMap<string, string>;
  /** Whose line cannot be used. */
  readonly unusable: ReadonlySet<string>;
  /** About lines that cannot be used, or can but deserve a word. */
  readonly remarks: readonly string[];
}

/** The users of a file, read again whenever it changes. */
class PasswordFile implements UserFile {
  readonly kind = HASH_LINES;
  readonly #context: PluginContext;
  readonly #verifier: PasswordVerifier;
  readonly #file: WatchedFile<Reading>;
  #reading: Reading = { users: new Map(), unusable: new Set(), remarks: [] };
  #decoys = new Decoys();

  private constructor(
    context: PluginContext,
    file: WatchedFile<Reading>,
    verifier: PasswordVerifier,
  ) {
    this.#context = context;
    this.#file = file;
    this.#verifier = verifier;
  }

  /** @throws {UserError} when the file cannot be read. */
  static async open(name: string, context: PluginContext): Promise<PasswordFile> {
    const path = resolve(context.directory, name);
    const { logger } = context;
    const verifier = new PasswordVerifier({ now: context.clock.now });
    const costs = new HashCosts(verifier);
    try {
      const [file, reading] = await WatchedFile.open(path, {
        read: (path) => read(path, costs),
        changed(reading) {
          const isChanged = source.#use(reading, path);
          if (isChanged) logger.info(`${path} has changed`, { users: reading.users.size });
        },
        failed: (problems) => logger.error(notUsed(path, problems)),
      }, context.clock);
      const source = new PasswordFile(context, file, verifier);
      source.#use(reading, path);
      return source;
    } catch (error) {
      verifier.dispose();
      const line = `password_file: got ${JSON.stringify(name)}, expected a file of user:hash lines`;
      throw new UserError(`${line} (${messageOf(error)})`, { cause: error });
    }
  }

  /** Absolute. */
  get path(): string {
    return this.#file.path;
  }

  get users(): ReadonlyMap<string, string> {
    return this.#reading.users;
  }

  get isEmpty(): boolean {
    return this.users.size === 0;
  }

  *list(): Generator<FileUser> {
    const { users, unusable } = this.#reading;
    for (const [username, hash] of users) {
      yield { username, hash: hashName(parseStoredHash(hash)) };
    }
    for (const username of unusable) {
      if (!users.has(username)) yield { username, hash: undefined };
    }
  }

  prepared(username: string): string {
    return username;
  }

  begun(text: string): string {
    return text;
  }

  async secret(_username: string, password: string): Promise<{ text: string; hash: string }> {
    const text = await this.#verifier.hash(password, usualScheme(this.users.values()));
    return { text, hash: hashName(parseStoredHash(text)) };
  }

  /** Reads the file; why it is not used as it is now. */
  async reload(): Promise<readonly string[]> {
    return (await this.#file.reload()).map((problem) => notUsed(this.#file.path, [problem]));
  }

  async authenticate(request: AuthenticateRequest): Promise<Verdict> {
    const { client, password, signal } = request;
    if (!client.username) return undefined;
    const hash = this.users.get(client.username);
    if (hash === undefined) return await this.#pretend(client.username, request);
    const { address, listener } = client;
    const options = { address, listener, signal };
    const isRight = await this.#verifier.verify(password ?? NO_PASSWORD, hash, options);
    if (password === undefined) return { result: "deny", because: "no password" };
    return isRight ? "allow" : { result: "deny", because: "wrong password" };
  }

  async dispose(): Promise<void> {
    this.#verifier.dispose();
    await this.#file.close();
  }

  /**
   * Spends on an unknown user what a known one would cost, so that the time taken does not tell who is
   * known. Another source may know the user, who is then let in without it.
   */
  async #pretend(
    username: string,
    { client, password = NO_PASSWORD, signal, beforeRefusal }: AuthenticateRequest,
  ): Promise<undefined> {
    const decoy = this.#decoys.of(username);
    if (decoy === undefined) return;
    const copy = password.slice();
    const { address, listener } = client;
    const options = { address, listener, signal };
    const pretend = () => this.#verifier.verify(copy, decoy.hash, options);
    if (beforeRefusal) beforeRefusal(pretend);
    else await pretend();
  }

  /** From now on these are the users. @returns are they others than before? */
  #use(reading: Reading, path: string): boolean {
    const before = this.users;
    this.#reading = reading;
    const { users, remarks } = reading;
    this.#decoys = new Decoys();
    for (const hash of users.values()) this.#decoys.note({ hash });
    for (const remark of remarks) this.#context.logger.warn(`${path}: ${remark}`);
    return users.size !== before.size ||
      [...users].some(([name, hash]) => before.get(name) !== hash);
  }
}

function notUsed(path: string, problems: readonly string[]): string {
  return `${path} cannot be used, the last good one stays: ${problems.join("; ")}`;
}

async function read(path: string, costs: HashCosts): Promise<Reading> {
  const bytes = await readWhole(path);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error("it is not UTF-8 text", { cause });
  }
  return await parse(text, costs);
}

/** @throws {Error} for an empty file, and when there are lines, and none of them can be used. */
async function parse(text: string, costs: HashCosts): Promise<Reading> {
  if (isBlank(text)) {
    throw new Error("it is empty; where no one is to be known, write a comment (#)");
  }
  const users = new Map<string, string>();
  const unusable = new Set<string>();
  const remarks: string[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    try {
      const { user, hash, stored } = parseLine(line);
      const objection = isUnusual(stored) ? await costs.objection(stored) : undefined;
      if (objection !== undefined) throw new Error(`${user}: ${objection}`);
      const remark = slowHashWarning(stored);
      if (remark) remarks.push(`line ${index + 1}: ${user}: ${remark}`);
      if (users.has(user)) remarks.push(`line ${index + 1}: ${user} again; this line counts`);
      users.set(user, hash);
    } catch (error) {
      remarks.push(`line ${index + 1} is not used: ${messageOf(error)}`);
      if (line.indexOf(":") > 0) unusable.add(line.slice(0, line.indexOf(":")));
    }
  }
  if (users.size === 0 && remarks.length > 0) throw new Error(remarks[0]);
  return { users, unusable, remarks };
}

function parseLine(line: string): { user: string; hash: string; stored: StoredHash } {
  const colon = line.indexOf(":");
  if (colon < 1) throw new Error("expected user:hash");
  const hash = line.slice(colon + 1).trim();
  return { user: line.slice(0, colon), hash, stored: parseStoredHash(hash) };
}
