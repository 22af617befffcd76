/** A help text in its parts. Pure. Invariant: every block of the text is in exactly one part. */

/** What a help text says. */
export interface HelpParts {
  readonly usage: readonly string[];
  /** Paragraphs, and blocks whose lines begin with two spaces. */
  readonly prose: readonly string[];
  readonly examples: readonly string[];
  /** Empty where the text says nothing of its own. */
  readonly exitCode: string;
}

/** Takes a text apart at its empty lines. */
export function partsOf(help: string): HelpParts {
  const [first = "", ...blocks] = help.split("\n\n");
  const examples = blocks.find((block) => /^Examples?:\n/.test(block)) ?? "";
  const exitCode = blocks.find((block) => block.startsWith("Exit code")) ?? "";
  return {
    usage: first.split("\n").map((line) => line.replace(/^(?:Usage:)? +/, "")),
    prose: blocks.filter((block) => block !== examples && block !== exitCode && !isOptions(block)),
    examples: examples.split("\n").slice(1).map((line) => line.trim()),
    exitCode,
  };
}

function isOptions(block: string): boolean {
  return /^ {2}-/.test(block);
}
