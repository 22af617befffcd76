/**
 * Logins: the sources that are asked who may come in, and who is a superuser. Invariants: the first allow or deny is
 * final; a source that fails refuses; a superuser's name has been proven.
 */
import type { Clock } from "../../clock.ts";
import { inTime } from "../../hook_deadline.ts";
import type { Decision } from "../../plugin/decisions.ts";
import { messageOf } from "../../user_error.ts";
import { ReasonCode, reasonCodeOf } from "../../wire/codes.ts";
import { type Admission, refused } from "./admission.ts";
import { settled } from "./refusals.ts";
import type { AuthenticationRequest, Waiter } from "./requests.ts";
import { logFailure, type Source } from "./source.ts";
import { answerKind, because, type CountedSource, toDecision } from "./walk.ts";

/** The sources of logins of one broker. */
export class LoginChain {
  readonly #authenticators: readonly CountedSource[];
  readonly #superuserSources: readonly CountedSource[];
  readonly #clock: Pick<Clock, "now" | "after">;

  constructor(
    authenticators: readonly CountedSource[],
    superuserSources: readonly CountedSource[],
    clock: Pick<Clock, "now" | "after">,
  ) {
    this.#authenticators = authenticators;
    this.#superuserSources = superuserSources;
    this.#clock = clock;
  }

  /** May this client come in? */
  authenticate(request: AuthenticationRequest, waiter: Waiter): Promise<Admission> {
    return settled(request, this.#decide(request, waiter));
  }

  async #decide(request: AuthenticationRequest, waiter: Waiter): Promise<Admission> {
    const { client } = request;
    const refusal = client.username === undefined
      ? ReasonCode.NOT_AUTHORIZED
      : ReasonCode.BAD_USERNAME_OR_PASSWORD;
    for (const asked of this.#authenticators) {
      const { source } = asked;
      let decision: Decision | undefined;
      try {
        decision = await this.#login(asked, request);
      } catch (cause) {
        if (!waiter.signal.aborted) logFailure(source, "authenticate", cause);
        return refused(ReasonCode.SERVER_UNAVAILABLE, `${source.name} failed: ${messageOf(cause)}`);
      }
      if (decision?.result === "deny") {
        const { returnCode } = decision;
        const code = returnCode === undefined ? refusal : reasonCodeOf(returnCode);
        return refused(code, because(source, decision));
      }
      if (decision?.result === "allow") return await this.#admit(request, source, decision);
    }
    const reason = this.#authenticators.length === 0
      ? "no source authenticates"
      : "no source knows this user";
    return refused(refusal, reason);
  }

  /** One source's answer to a login, counted. */
  async #login(
    { source, counter }: CountedSource,
    request: AuthenticationRequest,
  ): Promise<Decision | undefined> {
    const clock = this.#clock;
    const before = clock.now();
    let kind: ReturnType<typeof answerKind> = "error";
    try {
      const answer = source.hooks.authenticate!(request);
      const decision = toDecision(await inTime(clock, "authenticate", answer));
      kind = answerKind(decision);
      return decision;
    } finally {
      counter.note(kind, clock.now() - before);
    }
  }

  async #admit(
    request: AuthenticationRequest,
    source: Source,
    decision: Decision,
  ): Promise<Admission> {
    const username = decision.username ?? request.client.username;
    const proven = !source.traits.admitsWithoutProof;
    return {
      allowed: true,
      superuser: decision.superuser ||
        (proven && await this.isSuperuser(request.of(username))),
      username,
      proven,
      reason: { code: ReasonCode.SUCCESS, text: because(source, decision) },
    };
  }

  /** Is the name, which has been proven, a superuser's? Who has none is none. */
  async isSuperuser(request: AuthenticationRequest): Promise<boolean> {
    if (!request.client.username) return false;
    for (const asked of this.#superuserSources) {
      if (await this.#asksSuperuser(asked, request)) return true;
    }
    return false;
  }

  /** Counted as `allow` when it is one and `ignore` when not; an error there means no. */
  async #asksSuperuser(
    { source, counter }: CountedSource,
    request: AuthenticationRequest,
  ): Promise<boolean> {
    const clock = this.#clock;
    const before = clock.now();
    const note = (kind: "allow" | "ignore" | "error") => counter.note(kind, clock.now() - before);
    try {
      const answer = source.hooks.superuser!(request);
      const superuser = await inTime(clock, "superuser", answer) === true;
      note(superuser ? "allow" : "ignore");
      return superuser;
    } catch (cause) {
      logFailure(source, "superuser", cause);
      note("error");
      return false;
    }
  }
}
