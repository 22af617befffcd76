/**
 * The tokens for the HTTP API, and tokens.json in data_dir. Invariants: the file has the digest of a token and never the
 * token; a change holds once it is in the file; a file that cannot be understood is not overwritten, and lets no one in.
 */
import { join } from "node:path";
import { array, object, safeParse, string } from "valibot";
import type { Clock } from "../../clock.ts";
import { sha256Hex } from "../../digest.ts";
import { encodeBase64Url } from "../../encoding.ts";
import { newerFormat } from "../../formats.ts";
import { TOKEN_ROW } from "../../manage/commands/access.ts";
import type { ArgsOf, ResultOf, RowOf } from "../../manage/commands.ts";
import type { TokenHolder } from "../../plugin/management.ts";
import { writeOwnFile } from "../../own_file.ts";
import { messageOf, NotFoundError, UserError } from "../../user_error.ts";
import { VERSION } from "../../version.ts";

const FILE = "tokens.json";
const PREFIX = "midge_";
const BYTES = 32;
const MAX_TOKENS = 1000;
const MAX_NAME = 100;
/** A century: what ends later may as well not end. */
const MAX_SECONDS = 100 * 365 * 86_400;
/** The last use is written that often, at most. */
const WRITTEN_EVERY_MS = 3_600_000;

/** As it stands in the file. */
type Token = RowOf<"token list"> & { readonly digest: string };

/** Of the form of the file; one without it is of the first. A change that an older Midge cannot read raises it. */
const FORMAT = 1;

const CONTENT = object({
  tokens: array(object({ ...TOKEN_ROW.entries, digest: string() })),
});

/** The tokens of one broker. */
export class Tokens {
  readonly #path: string;
  readonly #clock: Pick<Clock, "epoch">;
  #reading: Promise<Map<string, Token>> | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #writtenAt = -Infinity;

  constructor(dataDir: string, clock: Pick<Clock, "epoch">) {
    this.#path = join(dataDir, FILE);
    this.#clock = clock;
  }

  /** Those that let in. @throws UserError where the file cannot be understood */
  async list(): Promise<RowOf<"token list">[]> {
    return [...(await this.#live()).values()].map(rowOf);
  }

  /** Makes one. @throws UserError for too many, a bad name or time, and a file that cannot be written */
  async make(
    { name = "", role = "admin", seconds }: ArgsOf<"token new">,
  ): Promise<ResultOf<"token new">> {
    checkNew(name, seconds);
    const token = PREFIX + encodeBase64Url(crypto.getRandomValues(new Uint8Array(BYTES)));
    const digest = await sha256Hex(token);
    const created = this.#clock.epoch();
    const expires = seconds === undefined ? null : created + Math.round(seconds * 1000);
    const id = digest.slice(0, 12);
    const made: Token = { id, name, role, created, lastUsed: null, expires, digest };
    await this.#change((tokens) => {
      if (tokens.size >= MAX_TOKENS) {
        throw new UserError(`there are ${MAX_TOKENS} tokens, which is the most; remove one first`);
      }
      return new Map([...tokens, [digest, made]]);
    });
    return { token, row: rowOf(made) };
  }

  /** Makes one void. @throws NotFoundError */
  async remove(id: string): Promise<RowOf<"token list">> {
    let removed: Token | undefined;
    await this.#change((tokens) => {
      removed = [...tokens.values()].find((one) => one.id === id);
      if (removed === undefined) throw new NotFoundError(`no token ${JSON.stringify(id)} is known`);
      const { digest } = removed;
      return new Map([...tokens].filter(([key]) => key !== digest));
    });
    return rowOf(removed!);
  }

  /** Whose token is this? */
  async holderOf(token: string): Promise<TokenHolder | undefined> {
    if (!token.startsWith(PREFIX) || token.length > 100) return undefined;
    const digest = await sha256Hex(token);
    const tokens = await this.#live();
    const found = tokens.get(digest);
    if (found === undefined) return undefined;
    tokens.set(digest, { ...found, lastUsed: this.#clock.epoch() });
    await this.#writeUse();
    const { id, name, role } = found;
    return { id, name, role };
  }

  /** Does it still let in? */
  async isValid(id: string): Promise<boolean> {
    return [...(await this.#live()).values()].some((one) => one.id === id);
  }

  /** Is there none that lets in? */
  async isEmpty(): Promise<boolean> {
    return (await this.#live()).size === 0;
  }

  /** Those that have not ended; the map is the one that is kept. */
  async #live(): Promise<Map<string, Token>> {
    this.#reading ??= this.#read();
    try {
      const tokens = await this.#reading;
      const now = this.#clock.epoch();
      for (const { digest, expires } of tokens.values()) {
        if (expires !== null && now >= expires) tokens.delete(digest);
      }
      return tokens;
    } catch (cause) {
      this.#reading = undefined; // it may be mended by the next time
      throw cause;
    }
  }

  async #read(): Promise<Map<string, Token>> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.#path);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return new Map();
      throw new UserError(`${this.#path}: ${messageOf(cause)}`, { cause });
    }
    const content: { version?: unknown; midge?: unknown } = Object(parsed(text));
    const newer = newerFormat(content.version, FORMAT, content.midge);
    if (newer !== undefined) throw new UserError(`${this.#path}: ${newer}`);
    const result = safeParse(CONTENT, content);
    if (result.success) return new Map(result.output.tokens.map((one) => [one.digest, one]));
    throw new UserError(
      `${this.#path}: cannot be understood; mend it, or remove it, which makes every token void`,
    );
  }

  /** One change at a time; what it makes holds once it is written. */
  #change(make: (tokens: Map<string, Token>) => Map<string, Token>): Promise<void> {
    const changed = this.#writing.then(async () => {
      const tokens = make(await this.#live());
      await this.#write(tokens);
      this.#reading = Promise.resolve(tokens);
    });
    this.#writing = changed.catch(() => {}); // the one who asked is told
    return changed;
  }

  /** Not each use: a program may ask many times a second. A use that is not written is no harm. */
  async #writeUse(): Promise<void> {
    if (this.#clock.epoch() - this.#writtenAt < WRITTEN_EVERY_MS) return;
    this.#writtenAt = this.#clock.epoch();
    await this.#change((tokens) => tokens).catch(() => {});
  }

  async #write(tokens: Map<string, Token>): Promise<void> {
    this.#writtenAt = this.#clock.epoch();
    const content = { version: FORMAT, midge: VERSION, tokens: [...tokens.values()] };
    await writeOwnFile(this.#path, `${JSON.stringify(content, null, 2)}\n`);
  }
}

function checkNew(name: string, seconds: number | undefined): void {
  if (name.length > MAX_NAME || /\p{Cc}/u.test(name)) {
    throw new UserError(`name: expected at most ${MAX_NAME} characters that can be seen`);
  }
  if (seconds === undefined || (seconds >= 1 && seconds <= MAX_SECONDS)) return;
  throw new UserError(`seconds: got ${seconds}, expected a number from 1 to ${MAX_SECONDS}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rowOf({ id, name, role, created, lastUsed, expires }: Token): RowOf<"token list"> {
  return { id, name, role, created, lastUsed, expires };
}
