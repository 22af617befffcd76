/**
 * One request to an authority and its answer. Invariants: an answer comes within a deadline, is bounded in size, and
 * comes from where it was asked: no redirects.
 */
import type { Clock } from "../clock.ts";
import { messageOf } from "../user_error.ts";
import { VERSION } from "../version.ts";
import { AcmeProblem, problemFrom } from "./problem.ts";

const DEADLINE_MS = 30_000;
const MAX_BYTES = 256 * 1024;
/** A wait that is longer is as good as a refusal, milliseconds. */
const LONGEST_RETRY_MS = 7 * 86_400_000;

/** What an authority answered. */
export interface Answer {
  readonly text: string;
  /** The text as JSON; empty where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly location: string | undefined;
  /** For the next request. */
  readonly nonce: string | undefined;
  /** Milliseconds. */
  readonly retryAfter: number | undefined;
  /** Undefined: it is no refusal. */
  readonly problem: AcmeProblem | undefined;
}

/** What requests need. */
export interface HttpParts {
  /** Who signed the authority's own certificate, beside the authorities that the system knows (PEM). */
  readonly authorities: readonly string[];
  readonly clock: Clock;
  /** Ends a request that is under way. */
  readonly signal: AbortSignal;
}

/** Connections to an authority. */
export class AcmeHttp implements Disposable {
  readonly #parts: HttpParts;
  readonly #client: Deno.HttpClient;

  /** Throws where an authority's text is no PEM. */
  constructor(parts: HttpParts) {
    this.#parts = parts;
    this.#client = Deno.createHttpClient({ caCerts: [...parts.authorities] });
  }

  /** A request with what is signed as its body; without a body HEAD or GET. Rejects with why there is no answer. */
  async request(method: "GET" | "HEAD" | "POST", url: string, body?: string): Promise<Answer> {
    const { clock, signal } = this.#parts;
    signal.throwIfAborted();
    const controller = new AbortController();
    const end = () => controller.abort(signal.reason);
    const late = new AcmeProblem(
      `${new URL(url).host} does not answer within ${DEADLINE_MS / 1000} s`,
    );
    const cancel = clock.after(DEADLINE_MS, () => controller.abort(late));
    signal.addEventListener("abort", end, { once: true });
    try {
      return await this.#exchange(method, url, body, controller.signal);
    } catch (cause) {
      controller.signal.throwIfAborted();
      throw cause instanceof AcmeProblem ? cause : new AcmeProblem(`no answer: ${whyNone(cause)}`);
    } finally {
      cancel();
      signal.removeEventListener("abort", end);
    }
  }

  /** Ends all connections. */
  [Symbol.dispose](): void {
    this.#client.close();
  }

  async #exchange(
    method: string,
    url: string,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const headers: Record<string, string> = { "user-agent": `midge/${VERSION}` };
    if (body !== undefined) headers["content-type"] = "application/jose+json";
    const response = await fetch(url, {
      method,
      headers,
      body: body ?? null,
      redirect: "error",
      signal,
      client: this.#client,
    });
    return answerOf(response, await boundedText(response), this.#parts.clock.epoch());
  }
}

/** What Deno says of a request, without the request: newer versions have it in the cause. */
function whyNone(error: unknown): string {
  const { cause = error } = Object(error) as { readonly cause?: unknown };
  const why = messageOf(cause).replace(
    /^error sending request for url \(.*?\): (client error \(\w+\): )?/,
    "",
  );
  return why.endsWith("UnknownIssuer") ? `${why}; cafile of acme says who signed it` : why;
}

async function boundedText({ body, url }: Response): Promise<string> {
  let text = "";
  let size = 0;
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) {
      throw new AcmeProblem(`${new URL(url).host} answers with more than ${MAX_BYTES / 1024} KiB`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function answerOf({ status, headers, url }: Response, text: string, now: number): Answer {
  const json = jsonOf(text);
  const retryAfter = retryAfterOf(headers.get("retry-after"), now);
  const fallback = `${new URL(url).host} answers with status ${status}`;
  return {
    text,
    json,
    location: headers.get("location") ?? undefined,
    nonce: headers.get("replay-nonce") ?? undefined,
    retryAfter,
    problem: status < 400 ? undefined : problemFrom(json, fallback, retryAfter),
  };
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // a chain in PEM, a page of a proxy
  }
}

/** Seconds or a date (RFC 9110 section 10.2.3), as milliseconds from now. */
function retryAfterOf(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_RETRY_MS);
}
