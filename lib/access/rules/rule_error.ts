/** The error of a rule that cannot be used. Thrown while rules are read, never while they decide. */

/** What is wrong with a part of a rule; whoever reads the rule adds where it stands. */
export class RuleError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuleError";
  }
}
