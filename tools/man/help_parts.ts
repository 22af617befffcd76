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

const EXAMPLE = /^Examples?:[ \n]/;

/** Takes a text apart at its empty lines. */
export function partsOf(help: string): HelpParts {
  const [first = "", ...blocks] = help.split("\n\n");
  const examples = blocks.filter((block) => EXAMPLE.test(block));
  const exitCode = blocks.find((block) => block.startsWith("Exit code")) ?? "";
  return {
    usage: first.split("\n").map((line) => line.replace(/^(?:Usage:)? +/, "")),
    prose: blocks.filter((block) =>
      !EXAMPLE.test(block) && block !== exitCode && !isOptions(block)
    ),
    examples: examples.flatMap((block) => block.split("\n"))
      .map((line) => line.replace(/^Examples?:/, "").trim()).filter((line) => line !== ""),
    exitCode,
  };
}

function isOptions(block: string): boolean {
  return /^ {2}-/.test(block);
}
