/**
 * What a source is asked over HTTP: method, URL, parameters with placeholders, encoding. Invariant: values
 * travel encoded, so no client id or user name adds a parameter, a header or a request.
 */
import type { SourceRequest } from "../../sources.ts";
import type { HttpRequest } from "./request.ts";

/** A parameter's value; null: there is none. */
export type ParamValue = string | number | boolean | null;

/** One parameter. */
export interface Param {
  readonly name: string;
  value(subject: SourceRequest): ParamValue;
  /** Is the client's password in it? */
  readonly hasPassword: boolean;
}

/** How a question is put. */
export interface QuestionForm {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly params: readonly Param[];
  /** How the parameters travel; json in a GET's body too (aMQTT's way). */
  readonly encoding: "query" | "form" | "json";
}

const CONTENT_TYPES = {
  form: "application/x-www-form-urlencoded",
  json: "application/json",
};

/** The request about a subject. */
export function requestOf(form: QuestionForm, subject: SourceRequest): HttpRequest {
  const { method, encoding } = form;
  const params = form.params.map(({ name, value }) => [name, value(subject)] as const);
  if (encoding === "query") {
    return {
      method,
      url: withQuery(form.url, formText(params)),
      headers: form.headers,
      body: undefined,
    };
  }
  const headers = new Map([["content-type", CONTENT_TYPES[encoding]], ...form.headers]);
  const body = encoding === "json" ? JSON.stringify(Object.fromEntries(params)) : formText(params);
  return { method, url: form.url, headers, body };
}

/** Does the client's password travel with it? */
export function hasPassword({ params }: QuestionForm): boolean {
  return params.some((param) => param.hasPassword);
}

/** Everything that the answer to a request depends on. */
export function keyOf({ method, url, body }: HttpRequest): string {
  return `${method} ${url.href} ${body ?? ""}`;
}

function formText(params: readonly (readonly [string, ParamValue])[]): string {
  return new URLSearchParams(params.map(([name, value]) => [name, String(value ?? "")])).toString();
}

function withQuery(base: URL, query: string): URL {
  const url = new URL(base);
  url.search = url.search === "" ? query : `${url.search}&${query}`;
  return url;
}
