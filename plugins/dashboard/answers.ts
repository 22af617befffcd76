/**
 * Answers of the dashboard that are JSON, and its errors. Invariant: an error says a code and one sentence, never where in
 * the program it came from.
 */

/** What went wrong, as the one who asked is told. */
export class HttpProblem extends Error {
  /** Of HTTP. */
  readonly status: number;
  /** For programs. */
  readonly code: string;
  /** Beside those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "HttpProblem";
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** A JSON value. */
export function jsonAnswer(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
  });
}

/** `{error: {code, message}}`. */
export function problemAnswer({ status, code, message, headers }: HttpProblem): Response {
  return jsonAnswer({ error: { code, message } }, status, headers);
}

/** There is no such thing. */
export function notFound(what = "there is nothing here"): HttpProblem {
  return new HttpProblem(404, "not_found", what);
}

/** The path is right, the method is not. */
export function wrongMethod(allowed: readonly string[]): HttpProblem {
  const allow = allowed.join(", ");
  return new HttpProblem(405, "wrong_method", `expected ${allow}`, { allow });
}
