/**
 * Blocks of pages that no test runs, each with its reason. A block is named by its file, else by its first line. Invariant: no entry is left
 * over (tests/docs/tutorials_test.ts).
 */

/** By page of docs/, by name of the block. */
export const NOT_RUN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "tutorials/from_mosquitto.md": {},
};
