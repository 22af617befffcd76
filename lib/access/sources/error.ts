/**
 * What can go wrong with a source of decisions: it cannot be reached, takes too long, or answers something that is no
 * answer. AccessSource makes of it what `on_error` says.
 */

/** A source that failed. The message is one line for the log; it never holds a password. */
export class SourceError extends Error {
  /** The connection failed rather than the answer: asking again may help. */
  readonly isTransport: boolean;

  /** `isTransport`: the server was not reached, or the connection broke; default false. */
  constructor(message: string, options: ErrorOptions & { isTransport?: boolean } = {}) {
    super(message, options);
    this.name = "SourceError";
    this.isTransport = options.isTransport ?? false;
  }
}
