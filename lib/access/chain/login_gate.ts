/**
 * The way of every login to its sources and back: who guesses waits, who knows the password does not wait long.
 * Invariants: a login is looked at within PATIENCE_MS or turned away unlooked at; a wrong password is answered after
 * the whole delay of its pair; what was right a while ago is looked at at once; names and passwords are not kept.
 */
import { BoundedMap } from "../../bounded_map.ts";
import type { Clock } from "../../clock.ts";
import { fixedKey } from "../../fixed_key.ts";
import { networkOf } from "../../network.ts";
import { pause } from "../../wait.ts";
import { FailureRate, PATIENCE_MS } from "./failure_rate.ts";
import { KnownLogins } from "./known_logins.ts";
import { LoginThrottle, pairOf } from "./login_throttle.ts";
import type { Waiter } from "./requests.ts";

const MAX_NETWORKS = 10_000;
/** Networks that one sweep looks at. */
const SWEPT = 100;

/** What a login is known by. */
export interface LoginClaim {
  readonly address: string;
  /** Empty: there was none. */
  readonly username: string;
  readonly password: Uint8Array | undefined;
}

type GateClock = Pick<Clock, "now" | "after">;

/** The logins of one broker. */
export class LoginGate {
  readonly #clock: GateClock;
  readonly #throttle = new LoginThrottle();
  readonly #known = new KnownLogins();
  readonly #networks = new BoundedMap<string, FailureRate>(MAX_NETWORKS);

  constructor(clock: GateClock) {
    this.#clock = clock;
  }

  /** Pairs and networks that are remembered. */
  get size(): number {
    return this.#throttle.size + this.#networks.size;
  }

  /**
   * Waits until a login may be looked at.
   * @param waiter its signal ends the wait
   * @param delayed called with the milliseconds that a wrong answer will take, where it is delayed
   * @returns undefined: too many have failed to look at it. Otherwise the caller says how it ended.
   */
  async enter(
    claim: LoginClaim,
    waiter: Waiter,
    delayed: (milliseconds: number) => void,
  ): Promise<LoginAttempt | undefined> {
    let since = this.#clock.now();
    let pair = pairOf(claim.address, claim.username);
    const isKnown = this.#known.has(pair, claim.password);
    const rate = isKnown ? undefined : this.#rateOf(claim.address);
    if (await rate?.begin(pair, waiter) === false) return undefined;
    let delay = this.#began(pair);
    const look = async () => {
      if (delay === 0 || isKnown) return;
      delayed(delay);
      await this.#until(since + Math.min(delay, PATIENCE_MS), waiter);
    };
    const attempt = new LoginAttempt((outcome) => {
      rate?.ended(outcome === "failed");
      const behind = this.#ended(pair, claim, outcome);
      if (outcome !== "failed") return Promise.resolve();
      return this.#until(since + Math.max(delay, behind), waiter);
    }, (username) => {
      since = this.#clock.now();
      const named = pairOf(claim.address, username);
      if (named === pair) return Promise.resolve();
      this.#throttle.ended(pair);
      delay = this.#began(pair = named);
      return look();
    });
    await look();
    return attempt;
  }

  /** Forgets who is at peace. */
  sweep(): void {
    this.#throttle.sweep(this.#clock.now());
    for (let i = 0; i < SWEPT; i++) {
      const [network, rate] = this.#networks.oldest ?? [];
      if (network === undefined || rate === undefined) return;
      if (rate.isAtPeace) this.#networks.delete(network);
      else this.#networks.set(network, rate); // the next one's turn
    }
  }

  /** @returns how long a wrong answer to this pair takes */
  #began(pair: string): number {
    const now = this.#clock.now();
    const delay = this.#throttle.delay(pair, now);
    this.#throttle.began(pair, now);
    return delay;
  }

  /** @returns how long the answer has to wait from its arrival on, milliseconds */
  #ended(pair: string, { password }: LoginClaim, outcome: LoginOutcome): number {
    this.#throttle.ended(pair);
    if (outcome === "failed") return this.#throttle.failed(pair, this.#clock.now());
    if (outcome === "undecided") return 0;
    this.#throttle.succeeded(pair);
    this.#known.add(pair, password);
    return 0;
  }

  #rateOf(address: string): FailureRate {
    const network = fixedKey(networkOf(address));
    let rate = this.#networks.get(network);
    if (rate === undefined) this.#networks.set(network, rate = new FailureRate(this.#clock));
    return rate;
  }

  /** Resolves at that time, or when the client has left. */
  async #until(time: number, { signal }: Waiter): Promise<void> {
    const rest = time - this.#clock.now();
    if (rest > 0) await pause(this.#clock, rest, signal).catch(() => {});
  }
}

type LoginOutcome = "succeeded" | "failed" | "undecided";

/** A login that is being looked at. One of the methods that end it is called, once. */
export class LoginAttempt {
  readonly #end: (outcome: LoginOutcome) => Promise<void>;
  readonly #goOn: (username: string) => Promise<void>;

  /**
   * @param end resolves when the answer may leave
   * @param goOn resolves when the login may be looked at further
   */
  constructor(
    end: (outcome: LoginOutcome) => Promise<void>,
    goOn: (username: string) => Promise<void>,
  ) {
    this.#end = end;
    this.#goOn = goOn;
  }

  /** A login in steps goes on, as this username's: it counts as that one's, and the delay of its answer from now on. */
  goesOnAs(username: string): Promise<void> {
    return this.#goOn(username);
  }

  /** It was let in. */
  succeeded(): void {
    void this.#end("succeeded");
  }

  /** It was refused: resolves when the answer may leave. */
  failed(): Promise<void> {
    return this.#end("failed");
  }

  /** No one could say, or it was given up. */
  undecided(): void {
    void this.#end("undecided");
  }
}
