/**
 * Keeps one certificate valid. Invariants: what is in its files stays in use until there is something newer; a failure is
 * one line in the log, and there is always a next attempt; once it is closed nothing is under way.
 */
import type { Clock } from "../clock.ts";
import type { AcmeConfig } from "../config/types.ts";
import type { Logger } from "../plugin/types.ts";
import { messageOf } from "../user_error.ts";
import { makePlaceholder } from "./certificates.ts";
import type { Certified } from "./certificates.ts";
import { AcmeProblem } from "./problem.ts";
import { isDue, showWait, untilNextLook, untilRetry } from "./schedule.ts";
import { CertificateStore, type StoredState } from "./store.ts";

/** What a keeper needs of its broker. */
export interface KeeperParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gets a certificate, when it is this one's turn. */
  obtain(config: AcmeConfig, signal: AbortSignal): Promise<Certified>;
  /** From 0 to 1. */
  random(): number;
}

/** One certificate. */
export class Keeper {
  readonly #config: AcmeConfig;
  readonly #parts: KeeperParts;
  readonly #store: CertificateStore;
  readonly #closing = new AbortController();
  #cancel = () => {};
  #running: Promise<void> | undefined;
  #failures = 0;
  /** The authority wants no attempt before this time, by the clock. */
  #notBefore = 0;

  constructor(config: AcmeConfig, parts: KeeperParts) {
    this.#config = config;
    this.#parts = parts;
    this.#store = new CertificateStore(config.folder);
  }

  /** Is this the section that it was made for? */
  keeps(config: AcmeConfig): boolean {
    return JSON.stringify(config) === JSON.stringify(this.#config);
  }

  /** Sees to it that there are files; throws a UserError where they cannot be written. */
  async prepare(): Promise<void> {
    await this.#store.prepare();
    if (await this.#store.read() !== undefined) return;
    const { clock, logger } = this.#parts;
    await this.#store.write(await makePlaceholder(this.#config.domains, clock.epoch()), true);
    logger.info(
      `${this.#what} comes from ${this.#host}; until then a self-signed one serves, which no client trusts`,
    );
  }

  /** Looks now whether a new one is due, gets it, and goes on by the clock. An attempt under way is left alone. */
  check(): void {
    if (this.#closing.signal.aborted || this.#running !== undefined) return;
    this.#cancel();
    this.#running = this.#look().finally(() => this.#running = undefined);
  }

  /** Ends what is under way, and all that would come. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the broker stops"));
    this.#cancel();
    await this.#running;
  }

  get #what(): string {
    return `the certificate for ${this.#config.domains.join(", ")}`;
  }

  get #host(): string {
    return new URL(this.#config.directory).host;
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { clock, random } = this.#parts;
    const state = await this.#store.read();
    const isWanted = isDue(state, this.#config.domains, clock.epoch());
    const wait = !isWanted ? untilNextLook(random()) : this.#pause() ?? await this.#renew(state);
    if (this.#closing.signal.aborted) return;
    this.#cancel = clock.after(wait, () => this.check());
  }

  /** How long the authority does not want to be asked; undefined: it may be. */
  #pause(): number | undefined {
    const wait = this.#notBefore - this.#parts.clock.now();
    return wait > 0 ? wait : undefined;
  }

  /** @returns milliseconds until the next look */
  async #renew(before: StoredState | undefined): Promise<number> {
    const { logger, obtain, random } = this.#parts;
    try {
      await this.#store.prepare(); // one that cannot be stored would be fetched again and again
      const certified = await obtain(this.#config, this.#closing.signal);
      await this.#store.write(certified, false);
      this.#failures = 0;
      logger.info(`${this.#what} has come from ${this.#host}: valid until ${day(certified.until)}`);
      return untilNextLook(random());
    } catch (cause) {
      return this.#failed(cause, before);
    }
  }

  #failed(cause: unknown, before: StoredState | undefined): number {
    const { clock, logger } = this.#parts;
    const asked = cause instanceof AcmeProblem ? cause.retryAfter : undefined;
    const wait = untilRetry(++this.#failures, asked);
    if (this.#closing.signal.aborted) return wait;
    this.#notBefore = asked === undefined ? 0 : clock.now() + asked;
    const old = before === undefined || before.isPlaceholder
      ? "a self-signed one serves"
      : `that until ${day(before.until)} serves`;
    logger.warn(
      `${this.#what} does not come from ${this.#host}: ${
        messageOf(cause)
      }; ${old}; next attempt in ${showWait(wait)}`,
    );
    return wait;
  }
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
