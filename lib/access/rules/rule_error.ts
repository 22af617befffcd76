/** The error of a rule that cannot be used. Thrown while rules are read, never while they decide. */

/** What is wrong with a part of a rule; the reader of the rule adds where it stands. */
export class RuleError extends Error {
  /** The message says what, and what was expected; the reader of the rule adds where. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuleError";
  }
}
