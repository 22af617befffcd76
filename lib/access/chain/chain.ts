/**
 * The chains of sources: who may come in, who may do what. Invariants: sources are asked in the configuration's
 * order, but those that say so come last; a source that throws denies; a decision and its explanation are the same
 * walk (walk.ts).
 */
import type { Clock } from "../../clock.ts";
import type { AccessConfig } from "../../config/types.ts";
import type { ReceiveRequest } from "../../plugin/decisions.ts";
import type { AccessQuestion } from "../../plugin/decisions.ts";
import type { SourceMetrics } from "../../plugin/metrics.ts";
import type { ClientView, MaybePromise } from "../../plugin/types.ts";
import { AccessCounters } from "./counters.ts";
import type { Admission } from "./admission.ts";
import { LoginChain } from "./login_chain.ts";
import {
  AuthenticationRequest,
  AuthorizationRequest,
  type Question,
  type Waiter,
} from "./requests.ts";
import { methodsOf, StepExchange, type StepQuestion } from "./step_chain.ts";
import { combineOf, hasReceiveRules, inOrderOfAsking, type Source } from "./source.ts";
import { type CountedSource, type Course, type Ruling, type Step, walk } from "./walk.ts";
import { VerdictKeys } from "./verdict_keys.ts";

/** A ruling with what every source said. */
export interface Explanation {
  readonly ruling: Ruling;
  readonly steps: readonly Step[];
  /** The sources after the one that decided. */
  readonly notAsked: readonly string[];
}

/** Deliveries do not wait; `atOnce` sees to it that this is never needed. */
const NO_PROMISES: Ruling = { allowed: false, because: "answered with a promise", failed: true };

/** What chains need beside their sources. */
export interface ChainServices {
  readonly counters: AccessCounters;
  readonly clock: Pick<Clock, "now" | "after">;
}

/** The sources of one broker, ready to be asked. */
export class AccessChain {
  /** Does the first answer decide, or is one denial of any source enough? */
  readonly combine: "first" | "all";
  /** What is remembered of an answer, and for which questions. */
  readonly keys: VerdictKeys;
  readonly #authenticators: readonly CountedSource[];
  /** Those that know methods of enhanced authentication. */
  readonly #steppers: readonly CountedSource[];
  readonly #superuserSources: readonly CountedSource[];
  readonly #authorizers: readonly CountedSource[];
  readonly #receivers: readonly CountedSource[];
  readonly #nomatch: Ruling;
  readonly #logins: LoginChain;
  readonly #services: ChainServices;

  constructor(sources: readonly Source[], config: AccessConfig, services: ChainServices) {
    this.#services = services;
    const counted = (question: AccessQuestion, some: readonly Source[]) =>
      some.map((source) => ({ source, counter: services.counters.of(source.name, question) }));
    const ordered = inOrderOfAsking(sources);
    const authenticators = ordered.filter(({ hooks }) => hooks.authenticate !== undefined);
    const steppers = ordered.filter(({ hooks }) => hooks.authenticateStep !== undefined);
    const superuserSources = ordered
      .filter(({ hooks }) => hooks.superuser !== undefined && hooks.authenticate === undefined);
    const authorizers = ordered.filter(({ hooks }) => hooks.authorize !== undefined);
    const receivers = ordered.filter(hasReceiveRules);
    this.#authenticators = counted("authenticate", authenticators);
    this.#steppers = counted("authenticate", steppers);
    this.#superuserSources = counted("superuser", superuserSources);
    this.#authorizers = counted("authorize", authorizers);
    this.#receivers = counted("receive", receivers);
    this.#logins = new LoginChain(this.#authenticators, this.#superuserSources, services.clock);
    this.combine = combineOf(config, authorizers);
    this.keys = new VerdictKeys(authorizers);
    this.#nomatch = { allowed: config.nomatch === "allow", because: "acl_nomatch" };
  }

  /** No one can come in. */
  get refusesEverybody(): boolean {
    return this.#authenticators.length + this.#steppers.length === 0;
  }

  /** The methods of enhanced authentication that sources say they know. */
  get methods(): readonly string[] {
    return methodsOf(this.#steppers);
  }

  /** Is this source, which is in the middle of a login, one that is asked? */
  asksInSteps(source: Source): boolean {
    return this.#steppers.some((one) => one.source === source);
  }

  /** The names of the sources that authenticate, in the order they are asked. */
  get authenticators(): readonly string[] {
    return this.#loginSources.map(({ source }) => source.name);
  }

  /** Those of them that ask for a proof of who a client is. */
  get checkingAuthenticators(): readonly string[] {
    return this.#loginSources.filter(checks).map(({ source }) => source.name);
  }

  /** Does any source ask for a proof? */
  get checksPasswords(): boolean {
    return this.#loginSources.some(checks);
  }

  /** Does any source look at passwords, and ask for a proof? */
  get knowsPasswords(): boolean {
    return this.#authenticators.some(checks);
  }

  /** Publishing and subscribing need no question at all. */
  get allowsEverything(): boolean {
    return this.#authorizers.length === 0 && this.#nomatch.allowed;
  }

  /** Does any source have receive rules? */
  get hasReceiveRules(): boolean {
    return this.#receivers.length > 0;
  }

  /** The counters of the sources there are now, by kind of question, each in the order of asking. */
  get metrics(): SourceMetrics[] {
    const of = (question: AccessQuestion, asked: readonly CountedSource[]) =>
      asked.map(({ source, counter }) => ({
        source: source.name,
        question,
        counts: counter,
        times: question === "receive" ? undefined : counter.times,
      }));
    return [
      ...of("authenticate", this.#loginSources),
      ...of("superuser", this.#superuserSources),
      ...of("authorize", this.#authorizers),
      ...of("receive", this.#receivers),
    ];
  }

  /** May this client come in? The first allow or deny is final. */
  authenticate(
    client: ClientView,
    password: Uint8Array | undefined,
    waiter: Waiter,
  ): Promise<Admission> {
    return this.#logins.authenticate(new AuthenticationRequest(client, password, waiter), waiter);
  }

  /** The same, asked only of the sources that ask for a proof. */
  authenticateByProof(
    client: ClientView,
    password: Uint8Array,
    waiter: Waiter,
  ): Promise<Admission> {
    const { clock } = this.#services;
    const logins = new LoginChain(
      this.#authenticators.filter(checks),
      this.#superuserSources,
      clock,
    );
    return logins.authenticate(new AuthenticationRequest(client, password, waiter), waiter);
  }

  /**
   * May this client come in, by a method of enhanced authentication?
   * @param isAsked is this source, which has begun the exchange, one of the broker's now?
   */
  authenticateInSteps(question: StepQuestion, isAsked: (source: Source) => boolean): StepExchange {
    const { clock } = this.#services;
    return new StepExchange(this.#steppers, question, { logins: this.#logins, clock, isAsked });
  }

  /** May this client publish or subscribe? Synchronous as long as its sources are. */
  authorize(question: Question, waiter: Waiter): MaybePromise<Ruling> {
    return walk(this.#authorizing(question, waiter));
  }

  /** May this message be handed to this client? Unanswered means yes. */
  receive(request: ReceiveRequest): Ruling {
    const ruling = walk(this.#receiving(request));
    return ruling instanceof Promise ? NO_PROMISES : ruling;
  }

  /** What `authorize` would answer now, and how that comes about. Counts nothing. */
  explainAuthorize(question: Question, waiter: Waiter): Promise<Explanation> {
    return explained((steps) => this.#authorizing(question, waiter, steps));
  }

  /** What `receive` would answer now, and how that comes about. Counts nothing. */
  explainReceive(request: ReceiveRequest): Promise<Explanation> {
    return explained((steps) => this.#receiving(request, steps));
  }

  /** Is a client that was let in a superuser, as far as sources can say without its login? */
  isSuperuser(client: ClientView, waiter: Waiter): Promise<boolean> {
    return this.#logins.isSuperuser(new AuthenticationRequest(client, undefined, waiter));
  }

  /** The sources that let clients in, by a password or in steps, in the order they are asked. */
  get #loginSources(): readonly CountedSource[] {
    const { length } = this.#steppers;
    if (length === 0) return this.#authenticators;
    const all = [...this.#authenticators, ...this.#steppers];
    return all.filter(({ source }, at) => all.findIndex((one) => one.source === source) === at);
  }

  #authorizing(question: Question, waiter: Waiter, steps?: Step[]): Course {
    const request = new AuthorizationRequest(question, waiter);
    return {
      sources: this.#authorizers,
      asksAll: this.combine === "all",
      unanswered: this.#nomatch,
      hook: "authorize",
      put: ({ hooks }) => hooks.authorize!(request),
      now: this.#services.clock.now,
      clock: this.#services.clock,
      ...(steps && { steps }),
    };
  }

  /** Deliveries are not timed but for an explanation: there are many, and the answer is at hand. */
  #receiving(request: ReceiveRequest, steps?: Step[]): Course {
    return {
      sources: this.#receivers,
      asksAll: this.combine === "all",
      unanswered: { allowed: true, because: "no receive rule" },
      hook: "authorizeReceive",
      put: ({ hooks }) => atOnce(hooks.authorizeReceive!(request)),
      now: steps === undefined ? () => 0 : this.#services.clock.now,
      clock: this.#services.clock,
      ...(steps && { steps }),
    };
  }
}

function checks({ source }: CountedSource): boolean {
  return !source.traits.admitsWithoutProof;
}

async function explained(makeCourse: (steps: Step[]) => Course): Promise<Explanation> {
  const steps: Step[] = [];
  const course = makeCourse(steps);
  const ruling = await walk(course);
  const notAsked = course.sources.slice(steps.length).map(({ source }) => source.name);
  return { ruling, steps, notAsked };
}

/** @throws TypeError for a promise: deliveries do not wait */
function atOnce<T>(answer: T): T {
  if (!(answer instanceof Promise)) return answer;
  answer.catch(() => {}); // whatever it becomes, it comes too late
  throw new TypeError("answered with a promise; expected an answer at once");
}
