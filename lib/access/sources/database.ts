/**
 * What the database plugins have in common: passwords checked against rows, superusers, rules that are fetched for a
 * client and evaluated here; a plugin only says how to ask. Invariants: a client's values are bound, never put into a
 * text; a wrong password is a deny, an unknown user no answer; what is remembered are rules, so that one fetch serves
 * all topics of a client.
 */
import { Decoys, NO_PASSWORD } from "../passwords/decoys.ts";
import type { PasswordCheck, StoredPassword } from "../passwords/spec.ts";
import { PasswordVerifier } from "../passwords/verifier.ts";
import type { Rule } from "../rules/rule.ts";
import { RuleSet } from "../rules/rule_set.ts";
import type { PluginContext } from "../../plugin/context.ts";
import type { AuthenticateRequest, AuthorizeRequest, Verdict } from "../../plugin/decisions.ts";
import type { Hooks } from "../../plugin/hook_types.ts";
import type { ClientView, MaybePromise } from "../../plugin/types.ts";
import {
  AccessSource,
  hasReservedName,
  RESERVED_NAME,
  type SourceConfig,
} from "./access_source.ts";
import { Breaker } from "./breaker.ts";
import type { Questions } from "./questions.ts";
import type { RetryPolicy } from "./retry.ts";

/** A question to the database. `Bound` is what JSON can tell apart: two clients with equal values ask the same. */
export interface DatabaseQuestion<Bound, Answer> {
  /** The client's values; undefined where one that is needed is missing, so that nothing can be found. */
  readonly bind: (client: ClientView) => Bound | undefined;
  /**
   * Asks the server; ends when the signal fires.
   * @throws {SourceError} with `isTransport` when the server, not the answer, is the trouble
   */
  readonly ask: (bound: Bound, signal: AbortSignal) => Promise<Answer>;
}

/** A password that was found. */
export interface FoundPassword extends StoredPassword {
  /** The name it is stored under is not the client's, though the server takes the two for the same. Default false. */
  readonly isOfAnother?: boolean;
}

/**
 * What is stored of a user's password? Undefined: there is no such user; null: one without a password, who
 * therefore cannot log in.
 */
export interface PasswordQuestion<Bound>
  extends DatabaseQuestion<Bound, FoundPassword | null | undefined> {
  /** How it is stored. */
  readonly check: PasswordCheck;
}

/** The three questions; what is absent is switched off. */
export interface DatabaseQuestions<Bound> {
  /** Which password belongs to a user. Absent: the source does not authenticate. */
  readonly password?: PasswordQuestion<Bound> | undefined;
  /** Is a user a superuser? Absent: the source does not know superusers. */
  readonly superuser?: DatabaseQuestion<Bound, boolean> | undefined;
  /** In the order in which they are tried. Undefined: nothing is said about this client. */
  readonly rules?: DatabaseQuestion<Bound, readonly Rule[] | undefined> | undefined;
}

/** How the source behaves. */
export interface DatabaseConfig extends Omit<SourceConfig, "retry"> {
  /** For a client about whom there are rules of which none applies; default ignore. */
  readonly nomatch?: "deny" | "ignore";
  /** Clients who have no rights because rules use their names for something else. Default: hasReservedName. */
  readonly isReserved?: (client: ClientView) => boolean;
  /** Parts of the server can be down while others answer, so that one failure says nothing about the next. */
  readonly hasParts?: boolean;
}

/** A connection that was lost is made again by then; what is known to be down is not asked again. */
const RETRY: RetryPolicy = { times: 3, interval: 100, backoff: 2 };

/** The client, how it proves itself, and how that is checked. */
interface Credentials extends Pick<AuthenticateRequest, "client" | "password"> {
  readonly check: PasswordCheck;
}

/** A database that is asked for decisions. */
export class DatabaseSource<Bound> {
  readonly #source: AccessSource;
  /** Undefined: every question is put to the server. */
  readonly #breaker: Breaker | undefined;
  readonly #verifier: PasswordVerifier;
  readonly #decoys = new Decoys();
  readonly #config: DatabaseConfig;
  readonly #isReserved: (client: ClientView) => boolean;
  readonly #context: PluginContext;
  readonly #passwords: Questions<FoundPassword | null | undefined>;
  readonly #superusers: Questions<boolean>;
  readonly #rules: Questions<RuleSet | undefined>;

  /** Asks nothing yet. */
  constructor(context: PluginContext, config: DatabaseConfig) {
    this.#source = new AccessSource(context, { ...config, retry: RETRY });
    this.#breaker = config.hasParts ? undefined : new Breaker(this.#source.server);
    this.#verifier = new PasswordVerifier({ now: context.clock.now });
    this.#config = config;
    this.#isReserved = config.isReserved ?? hasReservedName;
    this.#context = context;
    this.#passwords = this.#source.questions();
    this.#superusers = this.#source.questions();
    this.#rules = this.#source.rememberedQuestions();
  }

  /** The hooks that these questions make, without `dispose`. */
  hooks({ password, superuser, rules }: DatabaseQuestions<Bound>): Hooks {
    return {
      ...(password && {
        authenticate: (request) => this.#authenticate(request, password, superuser),
      }),
      ...(superuser && !password && {
        superuser: ({ client, signal }) =>
          this.#source.superuser(
            signal,
            (until) => this.#isSuperuser(client, superuser, until),
            client,
          ),
      }),
      ...(rules && { authorize: (request) => this.#authorize(request, rules) }),
      health: () => this.#source.health.view,
    };
  }

  /** No one gets an answer any more. */
  close(): void {
    this.#source.close();
    this.#verifier.dispose();
  }

  #authenticate(
    { client, password, signal, beforeRefusal }: AuthenticateRequest,
    question: PasswordQuestion<Bound>,
    superuser: DatabaseQuestion<Bound, boolean> | undefined,
  ): MaybePromise<Verdict> {
    const bound = question.bind(client);
    if (bound === undefined) return undefined;
    const credentials = { client, password: password?.slice(), check: question.check };
    return this.#source.authenticate(signal, {
      client,
      verdict: async (until) => {
        const stored = await this.#ask(this.#passwords, bound, until, question.ask);
        if (stored) return await this.#check(credentials, stored, until);
        if (stored === null) return await this.#denyBare(credentials, until);
        // Another source may know the user, who is let in without having paid for this one.
        if (beforeRefusal) beforeRefusal(() => this.#pretend(credentials, signal));
        else await this.#pretend(credentials, until);
        return undefined;
      },
      superuser: superuser && ((until) => this.#isSuperuser(client, superuser, until)),
    });
  }

  async #check(
    { client, password, check }: Credentials,
    stored: FoundPassword,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const options = { address: client.address, listener: client.listener, signal };
    const isRight = await this.#source.queued(
      signal,
      () => check.verify(password ?? NO_PASSWORD, stored, this.#verifier, options),
    );
    if (check.decoy.hash.startsWith("$")) this.#decoys.note(stored); // no password that is stored as it is
    if (password === undefined) return { result: "deny", because: "no password" };
    if (stored.isOfAnother) return { result: "deny", because: "the name is not the stored one" };
    return isRight ? "allow" : { result: "deny", because: "wrong password" };
  }

  async #denyBare(credentials: Credentials, signal: AbortSignal): Promise<Verdict> {
    await this.#pretend(credentials, signal);
    return { result: "deny", because: "the user has no password" };
  }

  /** Costs what the check of a password costs: the time of an answer must not tell who is known. */
  async #pretend(
    { client, password = NO_PASSWORD, check }: Credentials,
    signal: AbortSignal,
  ): Promise<void> {
    const decoy = this.#decoys.of(client.username ?? client.clientId) ?? check.decoy;
    const options = { address: client.address, listener: client.listener, signal };
    await this.#source.queued(signal, () => check.verify(password, decoy, this.#verifier, options));
  }

  async #isSuperuser(
    client: ClientView,
    question: DatabaseQuestion<Bound, boolean>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const bound = this.#isReserved(client) ? undefined : question.bind(client);
    return bound !== undefined && await this.#ask(this.#superusers, bound, signal, question.ask);
  }

  /** Synchronous while the client's rules are remembered. */
  #authorize(
    request: AuthorizeRequest,
    question: DatabaseQuestion<Bound, readonly Rule[] | undefined>,
  ): MaybePromise<Verdict> {
    if (this.#isReserved(request.client)) return RESERVED_NAME;
    const bound = question.bind(request.client);
    if (bound === undefined) return undefined;
    const known = this.#rules.recall(JSON.stringify(bound));
    if (known !== undefined) return this.#decide(request, known.answer);
    const fetch = async (values: Bound, until: AbortSignal) => {
      const rules = await question.ask(values, until);
      return rules && new RuleSet(rules);
    };
    return this.#source.authorize(
      request.signal,
      async (until) => this.#decide(request, await this.#ask(this.#rules, bound, until, fetch)),
      request.client,
    );
  }

  #decide(request: AuthorizeRequest, rules: RuleSet | undefined): Verdict {
    if (rules === undefined) return undefined;
    const decision = rules.decide(request, this.#context.wildcards ?? "strict");
    if (decision !== undefined) {
      const { where, text } = decision.rule;
      return { result: decision.result, because: `${where}: ${text}` };
    }
    if (this.#config.nomatch !== "deny") return undefined;
    return { result: "deny", because: `none of the client's ${rules.rules.length} rules applies` };
  }

  #ask<T>(
    questions: Questions<T>,
    bound: Bound,
    signal: AbortSignal,
    ask: DatabaseQuestion<Bound, T>["ask"],
  ): Promise<T> {
    const key = JSON.stringify(bound);
    const asking = (until: AbortSignal) =>
      this.#source.ask(questions, key, until, (asked) => ask(bound, asked));
    return this.#breaker === undefined ? asking(signal) : this.#breaker.run(signal, asking);
  }
}
