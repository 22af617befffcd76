/**
 * An account at an authority, and signed requests in its name (RFC 8555 sections 6 and 7). Invariants: a request that is
 * refused for its nonce is sent again, a bounded number of times; an authority is asked only by the scheme of its directory.
 */
import type { Clock } from "../clock.ts";
import { pause } from "../wait.ts";
import { type AccountKey, externalBinding } from "./account_key.ts";
import { AcmeHttp, type Answer } from "./http.ts";
import { AcmeProblem } from "./problem.ts";

/** How often one request is sent at most. */
const MAX_NONCES = 10;
/** How long something may be in the making, milliseconds. */
const PATIENCE_MS = 300_000;
const SHORTEST_POLL_MS = 500;
const POLL_MS = 2000;
const LONGEST_POLL_MS = 15_000;

/** Who has the account, and where. */
export interface AccountParts {
  /** URL. */
  readonly directory: string;
  readonly email: string | undefined;
  readonly externalAccount: { readonly keyId: string; readonly hmacKey: string } | undefined;
  readonly key: AccountKey;
  /** Beside those that the system knows (PEM). */
  readonly authorities: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** An account that can ask for certificates. */
export class Account implements Disposable {
  readonly #parts: AccountParts;
  readonly #http: AcmeHttp;
  #directory: Answer["json"] = {};
  #nonce: string | undefined;
  /** Its URL; empty: not yet known. */
  #id = "";

  private constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#http = new AcmeHttp(parts);
  }

  /** The account of this key, which is made where there is none. Rejects with an AcmeProblem, or why there is no answer. */
  static async open(parts: AccountParts): Promise<Account> {
    using cleanup = new DisposableStack();
    const account = cleanup.use(new Account(parts));
    await account.#open();
    cleanup.move();
    return account;
  }

  /** The public half of the account's key, hashed: what a proof ends with. */
  thumbprint(): Promise<string> {
    return this.#parts.key.thumbprint();
  }

  /** Asks for one of the directory's resources. */
  create(resource: "newOrder", payload: unknown): Promise<Answer> {
    return this.post(this.#urlIn(this.#directory, resource), payload);
  }

  /** A signed request; without a payload it asks how things are. Rejects with the authority's problem. */
  async post(url: string, payload?: unknown): Promise<Answer> {
    for (let attempt = 1;; attempt++) {
      const nonce = this.#nonce ?? await this.#newNonce();
      this.#nonce = undefined;
      const who = this.#id === "" ? { jwk: this.#parts.key.jwk } : { kid: this.#id };
      const body = await this.#parts.key.sign(
        { nonce, url: this.#sameScheme(url), ...who },
        payload,
      );
      const answer = await this.#http.request("POST", url, body);
      this.#nonce = answer.nonce;
      if (answer.problem === undefined) return answer;
      if (answer.problem.kind !== "badNonce" || attempt === MAX_NONCES) throw answer.problem;
    }
  }

  /** Asks again and again until the state is none of `passing`. */
  async settled(url: string, passing: readonly string[]): Promise<Answer> {
    const { clock, signal } = this.#parts;
    const end = clock.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.post(url);
      const { status } = answer.json;
      if (typeof status !== "string" || !passing.includes(status)) return answer;
      if (clock.now() >= end) {
        throw new AcmeProblem(`the authority says ${status} for ${PATIENCE_MS / 60_000} minutes`);
      }
      const wait = Math.max(answer.retryAfter ?? POLL_MS, SHORTEST_POLL_MS);
      await pause(clock, Math.min(wait, LONGEST_POLL_MS), signal);
    }
  }

  /** Ends the connections. */
  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }

  async #open(): Promise<void> {
    const { directory, email, externalAccount, key } = this.#parts;
    const { json, problem } = await this.#http.request("GET", directory);
    if (problem !== undefined) throw problem;
    this.#directory = json;
    const url = this.#urlIn(json, "newAccount");
    const { location } = await this.post(url, {
      termsOfServiceAgreed: true,
      ...(email !== undefined && { contact: [`mailto:${email}`] }),
      ...(externalAccount !== undefined &&
        { externalAccountBinding: await externalBinding(externalAccount, key.jwk, url) }),
    });
    if (location === undefined) throw new AcmeProblem("the authority gives the account no URL");
    this.#id = location;
  }

  async #newNonce(): Promise<string> {
    const { nonce, problem } = await this.#http.request(
      "HEAD",
      this.#urlIn(this.#directory, "newNonce"),
    );
    if (problem !== undefined) throw problem;
    if (nonce === undefined) throw new AcmeProblem("the authority gives no nonce");
    return nonce;
  }

  #urlIn(json: Answer["json"], name: string): string {
    const value = json[name];
    if (typeof value === "string") return this.#sameScheme(value);
    throw new AcmeProblem(`${this.#parts.directory} is no directory of ACME: it has no ${name}`);
  }

  #sameScheme(url: string): string {
    const scheme = new URL(this.#parts.directory).protocol;
    if (URL.parse(url)?.protocol === scheme) return url;
    throw new AcmeProblem(`the authority leads to ${url}; expected an ${scheme} URL`);
  }
}
