/**
 * Asks a server over HTTP who may come in, who is a superuser, and who may publish and subscribe to what: EMQ X's
 * emqx_auth_http, and aMQTT's contrib.http. Invariant: what the server says decides; where it says nothing that
 * can be understood in time, `on_error` does.
 */
import { type InferOutput, nullish } from "valibot";
import {
  AccessSource,
  countOption,
  followTls,
  hasReservedName,
  idleOption,
  type Questions,
  readTls,
  RESERVED_NAME,
  sectionOf,
  SOURCE_OPTIONS,
  type SourceRequest,
  sslOption,
  tlsOption,
  waitOption,
  warnIdle,
  warnUnverified,
} from "../sources.ts";
import {
  type AuthenticateRequest,
  type AuthorizeRequest,
  type ClientView,
  definePlugin,
  durationOption,
  type Hooks,
  type MaybePromise,
  optionField,
  optionsOf,
  type PluginContext,
  UserError,
  type Verdict,
} from "../plugin.ts";
import { HttpAgent } from "./http/agent.ts";
import { AMQTT_OPTIONS, amqttKeys, amqttQuestions, type ResponseMode } from "./http/amqtt.ts";
import { headersOption, type QuestionKind, questionOption, readQuestion } from "./http/form.ts";
import { type HttpRequest, nameOf } from "./http/request.ts";
import { hasPassword, keyOf, type QuestionForm, requestOf } from "./http/template.ts";
import { verdictOf } from "./http/verdict.ts";

const KINDS = ["auth_req", "super_req", "acl_req"] as const;

const backoffOption = optionField(
  (value) => typeof value === "number" && value >= 1 ? value : undefined,
  "a number, 1 or more",
);

/** EMQ X's, without a meaning here. */
const IDLE = { enable_pipelining: idleOption, ssl: sslOption } as const;

const OPTIONS = optionsOf({
  ...SOURCE_OPTIONS,
  auth_req: nullish(questionOption),
  super_req: nullish(questionOption),
  acl_req: nullish(questionOption),
  /** Of all requests. */
  headers: nullish(headersOption, {}),
  request: nullish(
    sectionOf({
      /** Of one attempt; `timeout` is that of all. */
      timeout: nullish(waitOption, 5),
      connect_timeout: nullish(waitOption, 5),
      retry_times: nullish(countOption(0), 3),
      retry_interval: nullish(durationOption, 1),
      retry_backoff: nullish(backoffOption, 2),
    }),
    {},
  ),
  /** Connections at most. */
  pool: nullish(countOption(1), 32),
  tls: nullish(tlsOption, {}),
  ...AMQTT_OPTIONS,
  ...IDLE,
});

type Options = InferOutput<typeof OPTIONS>;

/** The three questions; what is undefined is not asked. */
interface QuestionForms {
  readonly auth: QuestionForm | undefined;
  readonly superuser: QuestionForm | undefined;
  readonly acl: QuestionForm | undefined;
}

export default definePlugin({
  name: "http",
  apiVersion: 1,
  combines: "first",
  authorizeUses: "nothing",
  options: OPTIONS,
  async setup(options, context) {
    const forms = readForms(options, context);
    const { timeout, connect_timeout: connectTimeout } = options.request;
    const tls = await readTls(options.tls, context.directory);
    warn(options, forms, context);
    const agent = new HttpAgent(context.clock, { timeout, connectTimeout, tls });
    const http = new HttpSource(options, agent, context);
    const follower = followTls(options.tls, context, (tls) => agent.useTls(tls));
    return {
      ...hooksOf(http, forms),
      brokerReloading: () => follower.reload(),
      async dispose() {
        http.source.close();
        await follower.close();
        agent.close();
      },
    };
  },
});

/** Asks the server, and reads what it says. */
class HttpSource {
  readonly source: AccessSource;
  readonly #agent: HttpAgent;
  readonly #mode: ResponseMode | undefined;
  readonly #logins: Questions<Verdict>;
  readonly #rights: Questions<Verdict>;

  constructor(options: Options, agent: HttpAgent, context: PluginContext) {
    const { retry_times: times, retry_interval: interval, retry_backoff: backoff } =
      options.request;
    const retry = { times, interval, backoff };
    this.source = new AccessSource(context, { ...options, concurrency: options.pool, retry });
    this.#logins = this.source.questions();
    this.#rights = this.source.rememberedQuestions();
    this.#agent = agent;
    this.#mode = isAmqtt(options) ? options.response_mode ?? "json" : undefined;
  }

  authenticate(
    { client, password, signal }: AuthenticateRequest,
    form: QuestionForm,
    superuserForm: QuestionForm | undefined,
  ): MaybePromise<Verdict> {
    const text = readPassword(password);
    if (text === undefined && password !== undefined && hasPassword(form)) {
      return { result: "deny", because: "the password is not UTF-8 text" };
    }
    const subject = { client, password: text };
    return this.source.authenticate(signal, {
      client,
      verdict: (until) => this.#ask(this.#logins, requestOf(form, subject), until),
      superuser: superuserForm && ((until) => this.#isSuperuser(superuserForm, subject, until)),
    });
  }

  superuser(client: ClientView, signal: AbortSignal, form: QuestionForm): Promise<boolean> {
    const decide = (until: AbortSignal) => this.#isSuperuser(form, { client }, until);
    return this.source.superuser(signal, decide, client);
  }

  authorize(
    { client, action, topic, signal }: AuthorizeRequest,
    form: QuestionForm,
  ): MaybePromise<Verdict> {
    if (hasReservedName(client)) return RESERVED_NAME;
    const request = requestOf(form, { client, action, topic });
    const known = this.#rights.recall(keyOf(request));
    if (known !== undefined) return known.answer;
    const decide = (until: AbortSignal) => this.#ask(this.#rights, request, until);
    return this.source.authorize(signal, decide, client);
  }

  async #isSuperuser(
    form: QuestionForm,
    subject: SourceRequest,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (hasReservedName(subject.client)) return false;
    const verdict = await this.#ask(this.#logins, requestOf(form, subject), signal);
    return typeof verdict === "object" && verdict.result === "allow";
  }

  #ask(
    questions: Questions<Verdict>,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<Verdict> {
    return this.source.ask(questions, keyOf(request), signal, async (until) => {
      const response = await this.#agent.send(request, until);
      return verdictOf(nameOf(request), response, this.#mode);
    });
  }
}

function hooksOf(http: HttpSource, { auth, superuser, acl }: QuestionForms): Hooks {
  return {
    ...(auth && { authenticate: (request) => http.authenticate(request, auth, superuser) }),
    ...(superuser && !auth && {
      superuser: ({ client, signal }) => http.superuser(client, signal, superuser),
    }),
    ...(acl && { authorize: (request) => http.authorize(request, acl) }),
    health: () => http.source.health.view,
  };
}

function readForms(options: Options, { version }: PluginContext): QuestionForms {
  const asked = KINDS.filter((kind) => options[kind]);
  if (isAmqtt(options)) {
    if (asked.length === 0) return amqttQuestions(options);
    throw new UserError([
      `${asked[0]} beside aMQTT's options; expected only one of the two forms`,
    ]);
  }
  if (asked.length === 0) {
    throw new UserError("nothing is asked; expected auth_req, super_req, acl_req or several");
  }
  const own = [["accept", "*/*"], ["user-agent", `midge/${version}`]] as const;
  const common = new Map([...own, ...options.headers]);
  const read = (kind: QuestionKind) =>
    options[kind] ? readQuestion(kind, options[kind], common) : undefined;
  const forms = { auth: read("auth_req"), superuser: read("super_req"), acl: read("acl_req") };
  if (forms.auth === undefined && forms.superuser && hasPassword(forms.superuser)) {
    throw new UserError("super_req.params: %P has no value without auth_req: the password is gone");
  }
  return forms;
}

function warn(options: Options, forms: QuestionForms, context: PluginContext): void {
  const { logger } = context;
  for (const form of [forms.auth, forms.superuser]) {
    if (form?.encoding !== "query" || !hasPassword(form)) continue;
    const where = nameOf(form);
    logger.warn(
      `${where}: a GET carries %P, and servers log URLs: passwords would be in their logs; use post`,
    );
  }
  if (forms.acl && hasPassword(forms.acl)) {
    logger.warn(`${nameOf(forms.acl)}: %P is empty here: passwords are not kept after CONNECT`);
  }
  warnUnverified(options.tls, context);
  warnIdle(options, Object.keys(IDLE), context);
}

function isAmqtt(options: Options): boolean {
  return amqttKeys(options).length > 0;
}

/** Undefined when there is none, or none that is text. */
function readPassword(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // said where it is needed
  }
}
