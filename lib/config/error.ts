/**
 * The one error for wrong configuration. Thrown by lib/config and the plugin loader, printed as one
 * line by lib/cli; a stack trace never reaches a person.
 */

/** What is wrong, where, and what was expected; each problem is one line. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("\n"), options);
    this.name = "ConfigError";
    this.problems = problems;
  }
}
