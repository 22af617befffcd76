/** The error of a command line that is not understood. Invariant: its message is one line. */

/** What is wrong with the arguments, and what was expected; ends with exit code 2. */
export class UsageError extends Error {}
