/**
 * Finds blanks in front of a line that people take for indentation and YAML does not: tabs, no-break spaces. The
 * parser counts them as nothing, so the keys behind them silently land in another mapping. Invariant: the parser alone
 * says whether such a blank means anything: inside brackets, quotes and texts it does not.
 */

/** Reads YAML. */
type Parse = (text: string) => unknown;

/** A line that begins with such a blank, from 1. */
export interface OddBlank {
  readonly line: number;
  readonly column: number;
  /** In words: `a tab`. */
  readonly what: string;
}

/** Blanks, an odd one among them, and then something that is no comment. */
const SUSPECT = /^( *)([\t\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000])\s*(?![\s#])/;
/** A line whose text stands in the lines below it, and is indented more than it. */
const TEXT_HEAD = /(?:^|[\s:-])[|>][-+\d]*[ \t]*(?:#.*)?$/;
/** These numbers of spaces are tried in the place of an odd blank: where both read the same, it means nothing. */
const WIDTHS = [1, 9];

/** The first odd blank that changes what is read; undefined: there is none. */
export function findOddBlank(text: string, parse: Parse): OddBlank | undefined {
  const lines = text.split("\n");
  const suspects = suspectsOf(lines);
  const changes = (count: number) => changesReading(lines, suspects.slice(0, count), parse);
  if (suspects.length === 0 || !changes(suspects.length)) return undefined;
  return blankIn(lines, suspects[firstThat(suspects.length, changes) - 1]!);
}

/** The last odd blank in front of a line up to this one (from 1), for a text that cannot be read. */
export function lastOddBlank(text: string, line: number): OddBlank | undefined {
  const lines = text.split("\n").slice(0, line);
  const index = suspectsOf(lines).at(-1);
  return index === undefined ? undefined : blankIn(lines, index);
}

function blankIn(lines: readonly string[], index: number): OddBlank {
  const [, spaces = "", blank = ""] = SUSPECT.exec(lines[index]!)!;
  return { line: index + 1, column: spaces.length + 1, what: nameOf(blank) };
}

/** The least number from 1 to `most` that passes, when all above it do. */
function firstThat(most: number, passes: (count: number) => boolean): number {
  let [failing, passing] = [0, most];
  while (passing - failing > 1) {
    const middle = (failing + passing) >> 1;
    if (passes(middle)) passing = middle;
    else failing = middle;
  }
  return passing;
}

/** The indexes of the lines in question, those of block texts left out. */
function suspectsOf(lines: readonly string[]): number[] {
  const suspects: number[] = [];
  let textIsBelow = Infinity; // the indentation of the line that has a text below it
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const indentation = /^ */.exec(line)![0].length;
    if (indentation > textIsBelow) continue;
    textIsBelow = TEXT_HEAD.test(line) ? indentation : Infinity;
    if (SUSPECT.test(line)) suspects.push(index);
  }
  return suspects;
}

/** Do spaces in the place of these blanks read as something else? */
function changesReading(
  lines: readonly string[],
  suspects: readonly number[],
  parse: Parse,
): boolean {
  const original = attempt(lines.join("\n"), parse);
  return WIDTHS.some((width) => {
    const spaced = lines.slice();
    for (const index of suspects) spaced[index] = withSpaces(lines[index]!, width);
    return attempt(spaced.join("\n"), parse) !== original;
  });
}

function withSpaces(line: string, width: number): string {
  const [blanks = ""] = /^[\s\u200b]*/.exec(line) ?? [];
  return blanks.replace(/[^ \r\n]/g, " ".repeat(width)) + line.slice(blanks.length);
}

/** What a text reads as, to be compared; undefined for all that do not read. */
function attempt(text: string, parse: Parse): string | undefined {
  try {
    return JSON.stringify(parse(text));
  } catch {
    return undefined; // the caller of the parser says why
  }
}

function nameOf(blank: string): string {
  if (blank === "\t") return "a tab";
  const code = blank.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `an odd blank (U+${code})`;
}
