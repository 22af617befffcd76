/** The error of a rule that cannot be used. Thrown while rules are read, never while they decide. */
import { strayPlaceholder } from "./stray.ts";

/** What is wrong with a part of a rule; the reader of the rule adds where it stands. */
export class RuleError extends Error {
  /** The message says what, and what was expected; the reader of the rule adds where. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuleError";
  }
}

/**
 * A name, client id or regular expression of a rule, which is compared as it is.
 * @throws RuleError when a placeholder stands in it: it would never fit anyone
 */
export function fixedText(text: string): string {
  const stray = strayPlaceholder(text);
  if (stray === undefined) return text;
  throw new RuleError(
    `"${text}": ${stray} has no value here: names are compared as they are, placeholders stand in topics`,
  );
}
