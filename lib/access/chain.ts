/**
 * The chains of sources: who may come in, who may do what. Used by the broker's handlers. Invariants: sources are
 * asked in the configuration's order, but auth_anonymous authenticates last and acl_file authorizes last; a
 * source that throws denies; answers that are at hand are given synchronously, so that only a source that asks
 * a server makes a client wait.
 */
import type { HookOwner } from "../plugin/hooks.ts";
import type { AccessConfig } from "../config/types.ts";
import type { QoS, ReturnCode } from "../wire/packets.ts";
import type {
  AuthenticateRequest,
  AuthorizeRequest,
  ClientView,
  Decision,
  MaybePromise,
  ReceiveRequest,
  Verdict,
} from "../plugin/types.ts";

/** A source of decisions: a loaded plugin. */
export type Source = HookOwner & { readonly config: { readonly packaged: boolean } };

/** Who waits for an answer; the signal is made only for a source that looks at it. */
export interface Waiter {
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** How authentication ended. */
export interface Admission {
  readonly allowed: boolean;
  readonly superuser: boolean;
  readonly username: string | undefined;
  readonly returnCode: ReturnCode;
  /** Who decided and why, for the log. */
  readonly reason: string;
}

/** How an authorization ended. */
export interface Ruling {
  readonly allowed: boolean;
  /** Who decided and why; `acl_nomatch` when nobody did. */
  readonly because: string;
  /** A source could not answer: true only for now, so neither remembered nor a right withdrawn. */
  readonly failed?: boolean;
}

/** What is asked of `authorize`, without the signal. */
export interface Question {
  readonly client: ClientView;
  readonly action: "publish" | "subscribe";
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

class AuthenticationRequest implements AuthenticateRequest {
  readonly client: ClientView;
  readonly password: Uint8Array | undefined;
  readonly #waiter: Waiter;

  constructor(client: ClientView, password: Uint8Array | undefined, waiter: Waiter) {
    this.client = client;
    this.password = password;
    this.#waiter = waiter;
  }

  get signal(): AbortSignal {
    return this.#waiter.signal;
  }
}

class AuthorizationRequest implements AuthorizeRequest {
  readonly client: ClientView;
  readonly action: "publish" | "subscribe";
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly #waiter: Waiter;

  constructor({ client, action, topic, qos, retain }: Question, waiter: Waiter) {
    this.client = client;
    this.action = action;
    this.topic = topic;
    this.qos = qos;
    this.retain = retain;
    this.#waiter = waiter;
  }

  get signal(): AbortSignal {
    return this.#waiter.signal;
  }
}

const AMQTT_AUTHORIZERS = ["topic_acl", "topic_taboo"];
const SERVER_UNAVAILABLE = 3;
const BAD_USERNAME_OR_PASSWORD = 4;
const NOT_AUTHORIZED = 5;

/** The sources of one broker, ready to be asked. */
export class AccessChain {
  readonly #authenticators: readonly Source[];
  readonly #superuserSources: readonly Source[];
  readonly #authorizers: readonly Source[];
  readonly #receivers: readonly Source[];
  readonly #asksAll: boolean;
  readonly #nomatch: "allow" | "deny";

  constructor(sources: readonly Source[], config: AccessConfig) {
    this.#authenticators = lastComes(sources, "auth_anonymous")
      .filter(({ hooks }) => hooks.authenticate !== undefined);
    this.#superuserSources = sources
      .filter(({ hooks }) => hooks.superuser !== undefined && hooks.authenticate === undefined);
    const ordered = lastComes(sources, "acl_file");
    this.#authorizers = ordered.filter(({ hooks }) => hooks.authorize !== undefined);
    this.#receivers = ordered.filter(({ hooks }) => hooks.authorizeReceive !== undefined);
    this.#asksAll = (config.combine ?? defaultCombine(this.#authorizers)) === "all";
    this.#nomatch = config.nomatch;
  }

  /** Nobody can come in. */
  get refusesEverybody(): boolean {
    return this.#authenticators.length === 0;
  }

  /** The names of the sources that authenticate, in the order they are asked. */
  get authenticators(): readonly string[] {
    return this.#authenticators.map(({ name }) => name);
  }

  /** Publishing and subscribing need no question at all. */
  get allowsEverything(): boolean {
    return this.#authorizers.length === 0 && this.#nomatch === "allow";
  }

  /** Does any source have receive rules? */
  get hasReceiveRules(): boolean {
    return this.#receivers.length > 0;
  }

  /** May this client come in? The first allow or deny is final. */
  async authenticate(
    client: ClientView,
    password: Uint8Array | undefined,
    waiter: Waiter,
  ): Promise<Admission> {
    const request = new AuthenticationRequest(client, password, waiter);
    const refusal = client.username === undefined ? NOT_AUTHORIZED : BAD_USERNAME_OR_PASSWORD;
    for (const source of this.#authenticators) {
      let decision: Decision | undefined;
      try {
        decision = toDecision(await source.hooks.authenticate!(request));
      } catch (cause) {
        if (!waiter.signal.aborted) logFailure(source, "authenticate", cause);
        return refused(SERVER_UNAVAILABLE, `${source.name} failed: ${messageOf(cause)}`);
      }
      if (decision?.result === "deny") {
        return refused(decision.returnCode ?? refusal, because(source, decision));
      }
      if (decision?.result === "allow") return await this.#admit(request, source, decision);
    }
    const reason = this.refusesEverybody ? "no source authenticates" : "no source knows this user";
    return refused(refusal, reason);
  }

  /** May this client publish or subscribe? Synchronous as long as its sources are. */
  authorize(question: Question, waiter: Waiter): MaybePromise<Ruling> {
    return this.#askFrom(0, undefined, new AuthorizationRequest(question, waiter));
  }

  /** May this message be handed to this client? Unanswered means yes. */
  mayReceive(request: ReceiveRequest): boolean {
    let allowed: boolean | undefined;
    for (const source of this.#receivers) {
      let result: "allow" | "deny" | undefined;
      try {
        result = toDecision(source.hooks.authorizeReceive!(request))?.result;
      } catch (cause) {
        logFailure(source, "authorizeReceive", cause);
        return false;
      }
      if (result === "deny") return false;
      if (result === "allow") allowed = true;
      if (allowed !== undefined && !this.#asksAll) return allowed;
    }
    return allowed ?? true;
  }

  async #admit(
    request: AuthenticationRequest,
    source: Source,
    decision: Decision,
  ): Promise<Admission> {
    let superuser = decision.superuser ?? false;
    for (const other of this.#superuserSources) {
      if (superuser) break;
      try {
        superuser = await other.hooks.superuser!(request);
      } catch (cause) {
        logFailure(other, "superuser", cause); // an error there: not a superuser
      }
    }
    return {
      allowed: true,
      superuser,
      username: decision.username ?? request.client.username,
      returnCode: 0,
      reason: because(source, decision),
    };
  }

  #askFrom(
    start: number,
    allowed: Ruling | undefined,
    request: AuthorizationRequest,
  ): MaybePromise<Ruling> {
    let soFar = allowed;
    for (let i = start; i < this.#authorizers.length; i++) {
      const source = this.#authorizers[i]!;
      const answer = ask(source, request);
      if (answer instanceof Promise) {
        return answer.then((later) => {
          const ruling = toRuling(source, later);
          if (ruling !== undefined && (!ruling.allowed || !this.#asksAll)) return ruling;
          return this.#askFrom(i + 1, soFar ?? ruling, request);
        });
      }
      const ruling = toRuling(source, answer);
      if (ruling !== undefined && (!ruling.allowed || !this.#asksAll)) return ruling;
      soFar ??= ruling;
    }
    return soFar ?? { allowed: this.#nomatch === "allow", because: "acl_nomatch" };
  }
}

function refused(returnCode: ReturnCode, reason: string): Admission {
  return { allowed: false, superuser: false, username: undefined, returnCode, reason };
}

/** One source's answer; a failure is a denial, now or later. */
function ask(source: Source, request: AuthorizationRequest): MaybePromise<Verdict> {
  try {
    const answer = source.hooks.authorize!(request);
    return answer instanceof Promise
      ? answer.catch((cause: unknown) => denyFailed(source, cause))
      : answer;
  } catch (cause) {
    return denyFailed(source, cause);
  }
}

function denyFailed(source: Source, cause: unknown): Decision {
  logFailure(source, "authorize", cause);
  return { result: "deny", because: `failed: ${messageOf(cause)}`, failed: true };
}

function toRuling(source: Source, verdict: Verdict): Ruling | undefined {
  const decision = orDenied(source, verdict);
  if (decision?.result === undefined) return undefined;
  const ruling = { allowed: decision.result === "allow", because: because(source, decision) };
  return decision.failed ? { ...ruling, failed: true } : ruling;
}

function orDenied(source: Source, verdict: Verdict): Decision | undefined {
  try {
    return toDecision(verdict);
  } catch (cause) {
    return denyFailed(source, cause);
  }
}

/** @throws TypeError for an answer that is none */
function toDecision(verdict: Verdict): Decision | undefined {
  const decision = typeof verdict === "string" ? { result: verdict } : verdict;
  const result: unknown = decision?.result;
  if (result !== undefined && result !== "allow" && result !== "deny") {
    throw new TypeError(`answered ${JSON.stringify(verdict)}; expected allow, deny or undefined`);
  }
  return decision;
}

function because(source: Source, decision: Decision): string {
  return decision.because === undefined ? source.name : `${source.name}: ${decision.because}`;
}

function lastComes(sources: readonly Source[], name: string): Source[] {
  const isLast = (source: Source) => source.config.packaged && source.name === name;
  return [...sources.filter((one) => !isLast(one)), ...sources.filter(isLast)];
}

/** aMQTT asks every topic plugin and one denial denies; EMQ X's sources go by the first answer. */
function defaultCombine(authorizers: readonly Source[]): "first" | "all" {
  const isLikeAmqtt = ({ name, config }: Source) =>
    !config.packaged || AMQTT_AUTHORIZERS.includes(name);
  return authorizers.every(isLikeAmqtt) ? "all" : "first";
}

function logFailure(source: Source, hook: string, cause: unknown): void {
  source.logger.error(`${hook} failed: ${messageOf(cause)}`);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
