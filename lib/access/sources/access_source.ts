/**
 * The frame around every server that is asked for decisions: one deadline for a whole decision, questions asked once
 * and bounded in number, retries, `on_error`, health. Invariants: a decision comes within `timeout`, whatever the
 * server does; a failure never allows; what waits in a queue of ours says nothing about the server.
 */
import type { PluginContext } from "../../plugin/context.ts";
import type { Decision, Verdict } from "../../plugin/decisions.ts";
import { SteadyLogger } from "../../plugin/steady_logger.ts";
import type { ClientView } from "../../plugin/types.ts";
import { Deadline } from "./deadline.ts";
import { BusyError } from "../../busy_error.ts";
import { SourceError } from "./error.ts";
import { HealthMonitor } from "./health.ts";
import { type Asking, type Progress, Questions } from "./questions.ts";
import { retry, type RetryPolicy } from "./retry.ts";
import { ServerState } from "./server_state.ts";
import { type Lane, Turnstile } from "./turnstile.ts";
import { networkOf } from "../../network.ts";
import { orAborted } from "../../wait.ts";
import { messageOf } from "../../user_error.ts";

/** How a source behaves. The first three are what SOURCE_OPTIONS read. */
export interface SourceConfig {
  /** Milliseconds for a whole decision. */
  readonly timeout: number;
  /** What a failed question answers: a denial, or nothing. */
  readonly on_error: "deny" | "ignore";
  /** Milliseconds that an authorization is remembered; 0: not at all. */
  readonly cache_ttl: number;
  /** Questions answered at a time; the others wait. */
  readonly concurrency: number;
  /** How often and when a question is asked again. */
  readonly retry: RetryPolicy;
}

/** Where a question comes from. */
export type Asker = Pick<ClientView, "address">;

/** A login: who wants in, and its two parts. */
export interface Login {
  /** Logins take turns by it. */
  readonly client?: Asker | undefined;
  /** May the client come in? */
  verdict(signal: AbortSignal): Promise<Verdict>;
  /** Asked when it may. A failure here means no. */
  superuser?: ((signal: AbortSignal) => Promise<boolean>) | undefined;
}

/** A decision that may be waiting for its turn. */
interface DecisionUnderWay {
  readonly lane: Lane;
  readonly from: string;
  progress: Progress | undefined;
}

const SERVER_UNAVAILABLE = 3;
/** A question whose decision is not known is one about rights. */
const UNKNOWN: DecisionUnderWay = { lane: "rights", from: "", progress: undefined };
/** A source that failed is asked once a decision until it answers again. */
const NO_RETRY: RetryPolicy = { times: 0, interval: 0, backoff: 1 };

/** A server that is asked for decisions. */
export class AccessSource {
  /** The one that is asked. */
  readonly server: ServerState;
  /** What people see of it. */
  readonly health: HealthMonitor;
  readonly #context: PluginContext;
  readonly #config: SourceConfig;
  readonly #turnstile: Turnstile;
  /** By the signal of their deadline. */
  readonly #decisions = new WeakMap<AbortSignal, DecisionUnderWay>();
  readonly #busyLog: SteadyLogger;
  readonly #closing = new AbortController();

  /** Asks nothing yet; `config` holds what SOURCE_OPTIONS read. */
  constructor(context: PluginContext, config: SourceConfig) {
    this.#context = context;
    this.#config = config;
    this.#busyLog = new SteadyLogger(context.logger, context.clock, "such decisions");
    this.#turnstile = new Turnstile(config.concurrency);
    this.server = new ServerState(context.clock);
    this.health = new HealthMonitor(context, this.server);
  }

  /** Questions whose answers are shared by those who ask the same at the same time. */
  questions<T>(): Questions<T> {
    return new Questions(this.#context, 0);
  }

  /** Questions whose answers are remembered for `cache_ttl` too. */
  rememberedQuestions<T>(): Questions<T> {
    return new Questions(this.#context, this.#config.cache_ttl);
  }

  /**
   * Asks the server, within the bounds of concurrency and with retries.
   * @param key Holds everything the answer depends on.
   * @param asking Ought to end when its signal fires; its place is given to the next then in any case.
   */
  async ask<T>(
    questions: Questions<T>,
    key: string,
    signal: AbortSignal,
    asking: Asking<T>,
  ): Promise<T> {
    const decision = this.#decisions.get(signal) ?? UNKNOWN;
    const entrant = { lane: decision.lane, from: decision.from, weight: key.length };
    const answer = await questions.ask(key, signal, (shared, progress) => {
      const policy = this.server.isDown ? NO_RETRY : this.#config.retry;
      const work = () => {
        progress.begunAt ??= this.#context.clock.now();
        return orAborted(asking(shared), shared);
      };
      const attempt = () => this.#turnstile.run(entrant, shared, work);
      return retry(policy, this.#context.clock, shared, attempt);
    }, (progress) => decision !== UNKNOWN && (decision.progress = progress));
    this.health.succeeded();
    return answer;
  }

  /** What the work gives, which waits in a queue of ours: if the time is up meanwhile, the server is not to blame. */
  async queued<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const decision = this.#decisions.get(signal);
    if (decision !== undefined) decision.progress = { begunAt: undefined };
    const result = await work();
    if (decision !== undefined) decision.progress = undefined;
    return result;
  }

  /** Decides about a login; a failure is answered as `on_error` says, with return code 3. */
  async authenticate(signal: AbortSignal, login: Login): Promise<Verdict> {
    using deadline = this.#deadline(signal, "logins", login.client);
    let verdict: Verdict;
    try {
      verdict = await deadline.run((until) => login.verdict(until));
    } catch (error) {
      return this.#failed(error, signal, { returnCode: SERVER_UNAVAILABLE });
    }
    const decision = typeof verdict === "string" ? { result: verdict } : verdict;
    if (decision?.result !== "allow" || login.superuser === undefined) return verdict;
    return { ...decision, superuser: await this.#isSuperuser(deadline, signal, login.superuser) };
  }

  /** Is a client that another source let in a superuser? A failure means no. */
  async superuser(
    signal: AbortSignal,
    decide: (signal: AbortSignal) => Promise<boolean>,
    client?: Asker,
  ): Promise<boolean> {
    using deadline = this.#deadline(signal, "logins", client);
    return await this.#isSuperuser(deadline, signal, decide);
  }

  /** Decides about a publish or subscribe; a failure is answered as `on_error` says. */
  async authorize(
    signal: AbortSignal,
    decide: (signal: AbortSignal) => Promise<Verdict>,
    client?: Asker,
  ): Promise<Verdict> {
    using deadline = this.#deadline(signal, "rights", client);
    try {
      return await deadline.run(decide);
    } catch (error) {
      return this.#failed(error, signal, {});
    }
  }

  /** No one gets an answer any more. */
  close(): void {
    this.#closing.abort(new SourceError("the plugin is being stopped"));
  }

  #deadline(signal: AbortSignal, lane: Lane, client: Asker | undefined): Deadline {
    const decision: DecisionUnderWay = {
      lane,
      from: client === undefined ? "" : networkOf(client.address),
      progress: undefined,
    };
    const { timeout } = this.#config;
    const parents = [signal, this.#closing.signal];
    const half = this.#context.clock.now() + timeout / 2;
    const waits = () => decision.progress !== undefined && !isBegunBy(half, decision.progress);
    const deadline = new Deadline(this.#context.clock, timeout, "no answer", parents, waits);
    this.#decisions.set(deadline.signal, decision);
    return deadline;
  }

  async #isSuperuser(
    deadline: Deadline,
    signal: AbortSignal,
    decide: (signal: AbortSignal) => Promise<boolean>,
  ): Promise<boolean> {
    try {
      return await deadline.run(decide);
    } catch (error) {
      this.#note(error, signal);
      return false;
    }
  }

  #failed(error: unknown, signal: AbortSignal, more: Partial<Decision>): Verdict {
    this.#note(error, signal);
    const failure = { because: messageOf(error), failed: true };
    return this.#config.on_error === "ignore" && !(error instanceof BusyError)
      ? { result: undefined, ...failure }
      : { result: "deny", ...failure, ...more };
  }

  /** Who has left, a plugin that is being stopped, or a queue of ours says nothing about the server. */
  #note(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || this.#closing.signal.aborted) return;
    if (error instanceof BusyError) return this.#busyLog.warn(messageOf(error));
    this.health.failed(messageOf(error));
  }
}

/** A server that was asked in the second half only has had no fair chance to answer. */
function isBegunBy(time: number, { begunAt }: Progress): boolean {
  return begunAt !== undefined && begunAt <= time;
}

/** What a source of rights says about a client with a reserved name. */
export const RESERVED_NAME: Decision = Object.freeze({
  result: "deny",
  because: "names that begin with $ stand for rules, not for clients",
});

/** `$all` and its like are names of rules, not of people: a source that is asked for rights gives them none. */
export function hasReservedName(client: ClientView): boolean {
  return client.username?.startsWith("$") ?? false;
}
