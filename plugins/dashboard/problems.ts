/**
 * From what was thrown to what is told. Invariant: only what was written for people goes out; all else is a line in the
 * log, and a sentence that says nothing.
 */
import { ConflictError, type Logger, messageOf, NotFoundError, UserError } from "../../plugin.ts";
import { HttpProblem } from "./answers.ts";

/** Whatever was thrown, as an answer's problem. */
export function problemOf(cause: unknown, logger: Logger): HttpProblem {
  if (cause instanceof HttpProblem) return cause;
  if (cause instanceof NotFoundError) return new HttpProblem(404, "not_found", messageOf(cause));
  if (cause instanceof ConflictError) return new HttpProblem(409, "conflict", messageOf(cause));
  if (cause instanceof UserError) return new HttpProblem(400, "bad_request", messageOf(cause));
  if (cause instanceof Error && cause.name === "BusyError") {
    return new HttpProblem(503, "busy", "too much is asked at once; try again later");
  }
  logger.error(`a request failed: ${messageOf(cause)}`);
  return new HttpProblem(500, "failed", "the broker could not do it; its log says why");
}
