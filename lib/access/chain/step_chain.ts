/**
 * Enhanced authentication of MQTT 5, section 4.12: the sources that are asked about a method. Invariants: the source
 * that answers the first step has the whole exchange; one that fails, answers nonsense or has nothing to say to a later
 * step refuses; a source that is gone lets no one in; only an ended exchange is counted.
 */
import { type HookClock, inTime } from "../../hook_deadline.ts";
import type { AuthenticateStepRequest, StepDecision, StepVerdict } from "../../plugin/decisions.ts";
import type { ClientView } from "../../plugin/types.ts";
import { shown } from "../../shown.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { ReasonCode, reasonCodeOf } from "../../wire/codes.ts";
import { type Admission, type FinalProperties, refused } from "./admission.ts";
import type { LoginChain } from "./login_chain.ts";
import { AuthenticationRequest, type Waiter } from "./requests.ts";
import { logFailure, type Source } from "./source.ts";
import { because, type CountedSource } from "./walk.ts";

/** Who is asked, and by which method. */
export interface StepQuestion {
  readonly client: ClientView;
  readonly method: string;
  readonly isReauthentication: boolean;
  /** Its signal fires when the exchange is over. */
  readonly waiter: Waiter;
}

/** What a step came to: the exchange is over, or the client is to go on. */
export type StepOutcome =
  | { readonly admission: Admission }
  | {
    readonly admission: undefined;
    /** For AUTH. */
    readonly data: Uint8Array | undefined;
    /** Whom the client claims to be, as far as the source has understood. */
    readonly username: string | undefined;
  };

/** What an exchange needs of its chain. */
export interface StepServices {
  readonly logins: LoginChain;
  readonly clock: HookClock & { now(): number };
  /** Is this source, which has begun an exchange, still one that is asked? */
  isAsked(source: Source): boolean;
}

/** The methods that sources say they know, in the order of asking. */
export function methodsOf(sources: readonly CountedSource[]): string[] {
  const methods = sources.flatMap(({ source }) => {
    try {
      return source.hooks.authenticationMethods?.() ?? [];
    } catch (cause) {
      logFailure(source, "authenticationMethods", cause);
      return [];
    }
  });
  return [...new Set(methods)];
}

/** One exchange with the sources. */
export class StepExchange {
  readonly #sources: readonly CountedSource[];
  readonly #question: StepQuestion;
  readonly #services: StepServices;
  /** What sources keep their part by. */
  readonly #key = Object.freeze({});
  /** The one that has answered the first step. */
  #owner: CountedSource | undefined;
  #step = 0;
  #milliseconds = 0;

  constructor(sources: readonly CountedSource[], question: StepQuestion, services: StepServices) {
    this.#sources = sources;
    this.#question = question;
    this.#services = services;
  }

  /** Takes the next step. Never rejects. */
  async next(data: Uint8Array | undefined): Promise<StepOutcome> {
    for (const asked of this.#owner === undefined ? this.#sources : [this.#owner]) {
      const outcome = await this.#go(asked, data);
      if (outcome !== undefined) return outcome;
    }
    const { method } = this.#question;
    const known = methodsOf(this.#sources);
    const hint = known.length === 0 ? "no source knows any" : `known are ${known.join(", ")}`;
    const text = `no source knows the authentication method ${shown(method)}; ${hint}`;
    return { admission: refused(ReasonCode.BAD_AUTHENTICATION_METHOD, text) };
  }

  /** One source's answer; undefined, at the first step only: it is none of its methods. */
  async #go(asked: CountedSource, data: Uint8Array | undefined): Promise<StepOutcome | undefined> {
    const { source, counter } = asked;
    const before = this.#services.clock.now();
    let decision: StepDecision | undefined;
    try {
      decision = await this.#ask(source, data);
    } catch (cause) {
      if (!this.#question.waiter.signal.aborted) logFailure(source, "authenticateStep", cause);
      counter.note("error", this.#taken(before));
      const text = `${source.name} failed: ${messageOf(cause)}`;
      return { admission: refused(ReasonCode.SERVER_UNAVAILABLE, text) };
    }
    if (decision === undefined) return undefined;
    this.#owner = asked;
    this.#step++;
    const taken = this.#taken(before);
    if (decision.result !== "continue") {
      counter.note(decision.result, taken);
      return { admission: await this.#admission(source, decision) };
    }
    return { admission: undefined, data: decision.data, username: decision.username };
  }

  /** Milliseconds of the source, of all steps together; the client's own time is not counted. */
  #taken(before: number): number {
    return this.#milliseconds += this.#services.clock.now() - before;
  }

  /** @throws what the source throws; UserError when it is late; TypeError for an answer that is none */
  async #ask(source: Source, data: Uint8Array | undefined): Promise<StepDecision | undefined> {
    const { waiter, ...question } = this.#question;
    if (!this.#services.isAsked(source)) throw new UserError("it was set up anew meanwhile");
    const request: AuthenticateStepRequest = {
      ...question,
      data,
      step: this.#step,
      exchange: this.#key,
      get signal() {
        return waiter.signal;
      },
    };
    const answer = source.hooks.authenticateStep!(request);
    const verdict = await inTime(this.#services.clock, "authenticateStep", answer);
    const decision = toStepDecision(verdict);
    if (decision !== undefined || this.#owner === undefined) return decision;
    throw new TypeError("answered undefined to a later step; expected continue, allow or deny");
  }

  async #admission(source: Source, decision: StepDecision): Promise<Admission> {
    const { client, method, waiter } = this.#question;
    const properties = propertiesOf(method, decision);
    if (decision.result === "deny") {
      const { returnCode } = decision;
      const code = returnCode === undefined ? ReasonCode.NOT_AUTHORIZED : reasonCodeOf(returnCode);
      return { ...refused(code, because(source, decision)), properties };
    }
    const username = decision.username ?? client.username;
    const request = new AuthenticationRequest(client, undefined, waiter).of(username);
    const superuser = decision.superuser || await this.#services.logins.isSuperuser(request);
    const reason = { code: ReasonCode.SUCCESS, text: because(source, decision) };
    return { allowed: true, superuser, username, proven: true, reason, properties };
  }
}

/** A refusal says its method only where it has something to say in it; an admission does always [MQTT-4.12.0-5]. */
function propertiesOf(
  authenticationMethod: string,
  { result, data }: StepDecision,
): FinalProperties | undefined {
  if (data === undefined) return result === "deny" ? undefined : { authenticationMethod };
  return { authenticationMethod, authenticationData: data };
}

/**
 * An answer to a step in its long form.
 * @throws TypeError for an answer that is none
 */
function toStepDecision(verdict: StepVerdict | null): StepDecision | undefined {
  if (verdict === undefined || verdict === null) return undefined;
  const decision: unknown = verdict === "deny" ? { result: "deny" } : verdict;
  if (isStepDecision(decision)) return decision;
  throw new TypeError("answered something else than { result: continue, allow or deny }");
}

/** Authentication data is binary data, two bytes for its length. */
const LONGEST_DATA = 65_535;

function isStepDecision(value: unknown): value is StepDecision {
  if (typeof value !== "object" || value === null) return false;
  const { result, data, username, superuser, returnCode } = value as {
    [Key in keyof StepDecision]: unknown;
  };
  return (result === "continue" || result === "allow" || result === "deny") &&
    (data === undefined || (data instanceof Uint8Array && data.length <= LONGEST_DATA)) &&
    (username === undefined || typeof username === "string") &&
    (superuser === undefined || typeof superuser === "boolean") &&
    (returnCode === undefined || [1, 2, 3, 4, 5].includes(returnCode as number));
}
