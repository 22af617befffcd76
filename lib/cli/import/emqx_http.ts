/**
 * emqx_auth_http.conf, of 3.x and 4.0 to 4.4, as options of the plugin http. Invariant: a request that is not
 * there is not asked.
 */
import type { Draft, Plain } from "./draft.ts";
import { durationText, readSeconds, type Settings } from "./emqx_settings.ts";
import {
  noteSuper,
  type Option,
  readRows,
  type SourceContext,
  type SourcePlugin,
} from "./emqx_source.ts";
import { readTls } from "./emqx_source_tls.ts";
import { badValue, readNumber, type Statement, textOf } from "./statements.ts";

const PREFIX = "auth.http.";
const REQUESTS = ["auth_req", "super_req", "acl_req"] as const;
/** Before 4.3, when the URL had no key of its own. Since then all are post. */
const OLD_METHODS = { auth_req: "post", super_req: "post", acl_req: "get" };

/** More are not reckoned with. */
const MOST_ATTEMPTS = 100;

/** Of one attempt, and of the times between attempts, where the file says nothing: EMQ X's. */
const USUAL = { timeout: 5, times: 3, interval: 1, backoff: 2 };

/** EMQ X's keys, old and new, and the key in `request`. */
const TIMES: readonly (readonly [keys: readonly string[], option: string])[] = [
  [["request.timeout", "timeout"], "timeout"],
  [["request.connect_timeout", "connect_timeout"], "connect_timeout"],
  [["request.retry_interval"], "retry_interval"],
];

/** `name=template, name=template`. */
function readParams(statement: Statement): Plain {
  const params: Record<string, string> = {};
  for (const part of textOf(statement).split(",")) {
    const [, name, value] = /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (name === undefined) throw badValue(statement, "name=value, name=value");
    params[name] = value!;
  }
  return params;
}

function readRequest(name: (typeof REQUESTS)[number], settings: Settings, draft: Draft): Option[] {
  const prefix = `${PREFIX}${name}`;
  const since43 = settings.take(`${prefix}.url`);
  const old = settings.take(prefix);
  const url = since43 ?? old;
  const method = settings.take(`${prefix}.method`);
  const params = settings.take(`${prefix}.params`);
  const type = settings.take(`${prefix}.content_type`);
  const headers = readHeaders(settings.takeAll(`${prefix}.headers.`));
  if (url === undefined || url.value === "") return [];
  const request: Record<string, Plain> = {
    url: textOf(url),
    method: method?.value ?? (since43 === undefined ? OLD_METHODS[name] : "post"),
  };
  const content = type?.value ?? headers["content-type"];
  delete headers["content-type"];
  if (content !== undefined) request.content_type = content;
  if (params !== undefined) request.params = readParams(params);
  if (Object.keys(headers).length > 0) request.headers = headers;
  if (params !== undefined && /%p/.test(params.value)) {
    draft.differ(params.key, params.place, "%p is the client's port (EMQ X: the broker's own)");
  }
  return [{ name, value: request, place: url.place }];
}

/** Names in lower case; EMQ X's files write content_type with an underscore too. */
function readHeaders(statements: readonly Statement[]): Record<string, string> {
  return Object.fromEntries(
    statements.map(({ key, value }) => {
      const name = key.slice(key.lastIndexOf(".") + 1).toLowerCase();
      return [name === "content_type" ? "content-type" : name, value];
    }),
  );
}

function readTimes(settings: Settings): Option[] {
  const request: Record<string, Plain> = {};
  for (const [keys, option] of TIMES) {
    const statement = settings.takeFirst(...keys.map((key) => PREFIX + key));
    // 0 was for ever in 3.x; Midge never waits for ever.
    const seconds = statement === undefined ? 0 : readSeconds(statement, "ms");
    if (seconds > 0) request[option] = durationText(seconds);
  }
  const times = settings.take(`${PREFIX}request.retry_times`);
  if (times !== undefined) request.retry_times = readNumber(times);
  const backoff = settings.take(`${PREFIX}request.retry_backoff`);
  if (backoff !== undefined) request.retry_backoff = readBackoff(backoff);
  if (Object.keys(request).length === 0) return [];
  const options: Option[] = [{ name: "request", value: request, place: undefined }];
  const whole = wholeTime(settings, request);
  if (whole !== undefined) options.push({ name: "timeout", value: whole, place: times?.place });
  return options;
}

function readBackoff(statement: Statement): number {
  const number = Number(statement.value);
  if (number >= 1) return number;
  throw badValue(statement, "a number, 1 or more");
}

/** The time of all attempts, which Midge bounds too; undefined: what it takes by itself is enough. */
function wholeTime(settings: Settings, request: Readonly<Record<string, Plain>>) {
  const seconds = (key: string) => {
    const statement = settings.peek(`${PREFIX}request.${key}`) ?? settings.peek(PREFIX + key);
    return statement === undefined ? 0 : readSeconds(statement, "ms");
  };
  const isRetried = settings.keys(`${PREFIX}request.retry_`).length > 0;
  const { retry_times: times = USUAL.times, retry_backoff: backoff = USUAL.backoff } = request;
  const one = seconds("timeout") || USUAL.timeout;
  let [whole, pause] = [one, seconds("retry_interval") || USUAL.interval];
  for (let time = 0; isRetried && time < Math.min(Number(times), MOST_ATTEMPTS); time++) {
    whole += one + pause;
    pause *= Number(backoff);
  }
  return whole > USUAL.timeout ? durationText(Math.ceil(whole)) : undefined;
}

/** Rights are asked for where the zone has them on, superusers where passwords are. */
function wanted(requests: readonly Option[], { draft, hasAcl }: SourceContext): Option[] {
  const hasLogins = requests.some(({ name }) => name === "auth_req");
  return requests.filter(({ name, place }) => {
    if (name !== "super_req" || hasLogins) return name !== "acl_req" || hasAcl;
    noteSuper(`${PREFIX}${name}`, place, draft);
    return false;
  });
}

/** emqx_auth_http. */
export const HTTP_PLUGIN: SourcePlugin = {
  name: "http",
  prefix: PREFIX,
  async read(context) {
    const { settings, draft } = context;
    const requests = wanted(
      REQUESTS.flatMap((name) => readRequest(name, settings, draft)),
      context,
    );
    const common = readHeaders(settings.takeAll(`${PREFIX}header.`));
    settings.take(`${PREFIX}enable_pipelining`);
    const isTls = requests.some(({ value }) => /"https:/.test(JSON.stringify(value)));
    return [
      ...requests,
      ...Object.keys(common).length > 0
        ? [{ name: "headers", value: common, place: undefined }]
        : [],
      ...readTimes(settings),
      ...readRows([["pool_size", "pool", (one) => readNumber(one, 1)]], PREFIX, settings),
      ...await readTls(PREFIX, "ssl", context, isTls),
    ];
  },
};
