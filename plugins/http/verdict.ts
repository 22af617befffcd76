/**
 * What a response means. Invariant: whatever is not plainly a yes is no yes: an answer that is not described is
 * a failure of the source.
 */
import { SourceError } from "../../sources.ts";
import { isMapping, messageOf, type Verdict } from "../../plugin.ts";
import type { ResponseMode } from "./amqtt.ts";
import { type HttpResponse, MAX_BODY } from "./response.ts";

type Meaning = "allow" | "deny" | undefined;

/**
 * What the response to a request means.
 * @param name The request, for people.
 * @param mode aMQTT's; undefined: the guide's way.
 * @throws {SourceError}
 */
export function verdictOf(
  name: string,
  response: HttpResponse,
  mode: ResponseMode | undefined,
): Verdict {
  try {
    const result = mode === undefined ? meaningOf(response) : amqttMeaningOf(response, mode);
    return { result, because: `${name} answered ${response.status}` };
  } catch (cause) {
    throw new SourceError(`${name}: ${messageOf(cause)}`, { cause });
  }
}

/** 200 and 204 allow, unless the body of a 200 says something else; 4xx denies. */
function meaningOf(response: HttpResponse): Meaning {
  const { status } = response;
  if (status === 204) return "allow";
  if (status === 200) return bodyMeaning(bodyText(response));
  return denial(status, "200, 204 or 4xx");
}

/**
 * `ignore` says nothing, and so may a JSON object with `result`. What begins like an object and is none is a failure:
 * it may be a denial that was cut off.
 */
function bodyMeaning(text: string): Meaning {
  if (text.trim() === "ignore") return undefined;
  return /^[\s\0\ufffd]*\{/.test(text) ? resultMeaning(jsonObject(text)) : "allow";
}

function resultMeaning(answer: Record<string, unknown>): Meaning {
  const results = Object.entries(answer).filter(([key]) => key.toLowerCase() === "result");
  if (results.length === 0) return "allow";
  const [[, result]] = results as [[string, unknown]];
  if (results.length === 1 && (result === "allow" || result === "deny")) return result;
  if (results.length === 1 && result === "ignore") return undefined;
  throw new SourceError("the key result of its answer is neither allow, deny nor ignore");
}

/** 4xx denies; of 2xx the mode says what it means. */
function amqttMeaningOf(response: HttpResponse, mode: ResponseMode): Meaning {
  const { status } = response;
  if (status < 200 || status > 299) return denial(status, "2xx or 4xx");
  if (mode === "status") return "allow";
  const text = bodyText(response);
  if (mode === "text") return text.toLowerCase() === "ok" ? "allow" : "deny";
  return jsonMeaning(text);
}

function jsonMeaning(text: string): Meaning {
  const entries = Object.entries(jsonObject(text));
  const [, ok] = entries.findLast(([key]) => key.toLowerCase() === "ok") ?? [];
  if (ok === undefined || ok === null) return undefined;
  if (typeof ok === "boolean") return ok ? "allow" : "deny";
  throw new SourceError("the key ok of its answer is neither true nor false");
}

function jsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SourceError("its answer is not JSON", { cause });
  }
  if (!isMapping(value)) throw new SourceError("its answer is not a JSON object");
  return value;
}

function denial(status: number, expected: string): "deny" {
  if (status >= 400 && status <= 499) return "deny";
  throw new SourceError(`answered ${status}; expected ${expected}`);
}

/** Bytes that are no UTF-8 become U+FFFD: they can make no word that counts. */
function bodyText({ body, isEncoded }: HttpResponse): string {
  if (isEncoded) throw new SourceError("its answer is compressed, which was not asked for");
  if (body === undefined) throw new SourceError(`its answer is longer than ${MAX_BODY} bytes`);
  return new TextDecoder().decode(body);
}
