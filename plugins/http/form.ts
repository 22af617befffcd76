/**
 * `auth_req`, `super_req`, `acl_req`: EMQ X's way of describing a question over HTTP. Invariant: what is read
 * can be sent; parameters and methods are the guide's where none are given.
 */
import { type InferOutput, optional } from "valibot";
import {
  ACL_PLACEHOLDERS,
  choiceOption,
  CLIENT_PLACEHOLDERS,
  sectionOf,
  strayPlaceholder,
  strayProblem,
  Template,
} from "../../sources.ts";
import {
  isMapping,
  kindOf,
  masked,
  type OptionField,
  optionField,
  UserError,
} from "../../plugin.ts";
import { headerProblem } from "./request.ts";
import type { Param, QuestionForm } from "./template.ts";

/** Header fields by lower-case name. */
type Headers = ReadonlyMap<string, string>;
/** Names and values: texts are templates, others are sent as they are. */
type Params = readonly (readonly [name: string, value: string | number | boolean])[];
/** A kind of question. */
export type QuestionKind = "auth_req" | "super_req" | "acl_req";

const JSON_NAMES = ["json", "application/json"];
const FORM_NAMES = ["form", "x-www-form-urlencoded", "application/x-www-form-urlencoded"];

/** What is not given is the guide's. */
const DEFAULT_METHODS = { auth_req: "post", super_req: "post", acl_req: "get" } as const;
const DEFAULT_PARAMS: Readonly<Record<QuestionKind, string>> = {
  auth_req: "clientid=%c,username=%u,password=%P",
  super_req: "clientid=%c,username=%u",
  acl_req: "access=%A,username=%u,clientid=%c,ipaddr=%a,topic=%t,mountpoint=%m",
};

/** Headers that are sent with a request. */
export const headersOption: OptionField<Headers> = optionField(
  readHeaders,
  "a mapping from header names to texts",
  kindOf,
);

/** One of the three requests. */
export const questionOption = sectionOf({
  url: optionField(readUrl, "a URL such as https://host:port/path", showUrl),
  method: optional(choiceOption("get", "post", "put")),
  params: optional(
    optionField(
      readParams,
      "a mapping of parameters to texts, numbers or switches, or name=value, name=value",
      kindOf,
    ),
  ),
  headers: optional(headersOption),
  content_type: optional(choiceOption(...FORM_NAMES, ...JSON_NAMES)),
});

/** A request as it was given. */
export type QuestionOptions = InferOutput<typeof questionOption>;

/**
 * The question that options describe.
 * @param common Headers of all requests; the request's own win.
 * @throws {UserError}
 */
export function readQuestion(
  kind: QuestionKind,
  options: QuestionOptions,
  common: Headers,
): QuestionForm {
  const method = options.method ?? DEFAULT_METHODS[kind];
  const headers = new Map([...common, ...authorization(options.url), ...options.headers ?? []]);
  const encoding = method === "get" ? "query" : bodyEncoding(kind, options, headers);
  if (encoding === "query" || options.content_type !== undefined) headers.delete("content-type");
  const params = options.params ?? readParams(DEFAULT_PARAMS[kind]) as Params;
  return {
    method: method.toUpperCase() as QuestionForm["method"],
    url: withoutCredentials(options.url),
    headers,
    params: params.map(([name, value]) => readParam(kind, name, value)),
    encoding,
  };
}

function bodyEncoding(kind: QuestionKind, options: QuestionOptions, headers: Headers) {
  const header = headers.get("content-type");
  const type = options.content_type ?? header?.replace(/;.*/, "").trim().toLowerCase() ?? "form";
  if (JSON_NAMES.includes(type)) return "json";
  if (FORM_NAMES.includes(type)) return "form";
  throw new UserError([
    `${kind}.headers.content-type: got ${JSON.stringify(header)}, expected form or json`,
  ]);
}

function readParam(kind: QuestionKind, name: string, value: string | number | boolean): Param {
  if (typeof value !== "string") return { name, value: () => value, hasPassword: false };
  const template = Template.parse(value);
  const foreign = [...ACL_PLACEHOLDERS].filter((letter) =>
    kind !== "acl_req" && !CLIENT_PLACEHOLDERS.includes(letter) && template.uses(letter)
  );
  if (foreign.length > 0) {
    throw new UserError(`${kind}.params.${name}: %${foreign[0]} has a value in acl_req only`);
  }
  if (template.foreign !== undefined) {
    throw new UserError(`${kind}.params.${name}: ${template.foreign}`);
  }
  return {
    name,
    value: (subject) => template.fill(subject) ?? null,
    hasPassword: template.uses("P"),
  };
}

/** A URL for an error line: no password, and nothing of the query, in which there may be a key. */
function showUrl(value: unknown): string {
  return typeof value === "string"
    ? masked(JSON.stringify(value.replace(/[?#][^]*/, "?***")))
    : kindOf(value);
}

function readUrl(value: unknown): URL | Error | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (!["http:", "https:"].includes(url.protocol)) return undefined;
  if (/%(?![0-9a-f]{2})/i.test(value) || strayPlaceholder(value) !== undefined) {
    return new Error(
      `got ${showUrl(value)}, expected a URL without placeholders; they go into params`,
    );
  }
  url.hash = "";
  return url;
}

/** `name=value, name=value` as EMQ X writes it, or a mapping. */
function readParams(value: unknown): Params | Error | undefined {
  if (typeof value === "string") return readParamText(value);
  if (!isMapping(value)) return undefined;
  const entries = Object.entries(value);
  const isScalar = ([, one]: [string, unknown]) =>
    ["string", "number", "boolean"].includes(typeof one);
  if (!entries.every(isScalar)) return undefined;
  return checkNames(entries as unknown as Params);
}

/** A parameter's name is sent as it is. */
function checkNames(params: Params): Params | Error {
  const problem = params.map(([name]) => strayProblem(name)).find((one) => one !== undefined);
  return problem === undefined ? params : new Error(`a parameter's name: ${problem}`);
}

function readParamText(text: string): Params | Error {
  const params = new Map<string, string>();
  for (const [index, part] of text.split(",").entries()) {
    const [, name, value] = /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (name === undefined) return new Error(`part ${index + 1}: expected name=value`);
    if (params.has(name)) return new Error(`${name} is given twice`);
    params.set(name, value!);
  }
  return checkNames([...params]);
}

function readHeaders(value: unknown): Headers | Error | undefined {
  if (!isMapping(value)) return undefined;
  const headers = new Map<string, string>();
  for (const [name, content] of Object.entries(value)) {
    if (typeof content !== "string" && typeof content !== "number") return undefined;
    const problem = headerProblem(name, String(content)) ?? strayProblem(`${name} ${content}`);
    if (problem !== undefined) return new Error(`${masked(JSON.stringify(name))}: ${problem}`);
    headers.set(name.toLowerCase(), String(content));
  }
  return headers;
}

/** `https://user:password@host` is an Authorization header (RFC 7617). */
function authorization({ username, password }: URL): [string, string][] {
  if (username === "" && password === "") return [];
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const bytes = new TextEncoder().encode(text);
  return [["authorization", `Basic ${btoa(String.fromCharCode(...bytes))}`]];
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = bare.password = "";
  return bare;
}
