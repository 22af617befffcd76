/**
 * Finds which key is there twice: the parser says the line alone, and of a mapping in braces the line in which that
 * begins. Invariant: the parser alone says what a key is; a candidate is one whose renaming ends or moves the complaint.
 */

/** Reads YAML. */
type Parse = (text: string) => unknown;

/** A key that is there twice in one mapping. */
export interface KeyTwice {
  /** As it was written. */
  readonly key: string;
  /** Of the second one, from 1. */
  readonly line: number;
  readonly column: number;
  /** The line of the first one; undefined where it was not found. */
  readonly first: number | undefined;
}

/** What may be a key: whatever stands before a colon, or behind a question mark. */
const CANDIDATE =
  /"(?:[^"\\\n]|\\.)*"(?=[ \t]*:)|'(?:[^'\n]|'')*'(?=[ \t]*:)|[^\s,[\]{}"'#:?-][^,[\]{}#\n]*?(?=[ \t]*:(?:\s|$|[,[\]{}]))/g;
/** In the place of a key, as long as it was; no one writes it. */
const MARK = "\ue000";
/** How many candidates for the first one are tried, each by a reading of the text. */
const MAX_TRIED = 200;

/**
 * The key that this complaint is about; undefined where it cannot be found.
 * @param line where the parser says it is, from 1
 */
export function findKeyTwice(text: string, line: number, parse: Parse): KeyTwice | undefined {
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const written = lines[line - 1] ?? "";
  const complaint = complaintOf(text, parse);
  const isMeant = (key: string, at: number) =>
    complaintOf(renamed(text, key, at), parse) !== complaint;
  const candidates = [...written.matchAll(CANDIDATE)].reverse();
  const second = candidates.find(({ 0: key, index }) => isMeant(key, start + index));
  if (second === undefined) return undefined;
  const [key] = second;
  const before = [...text.slice(0, start + second.index).matchAll(CANDIDATE)].reverse();
  const first = before.filter((one) => plain(one[0]) === plain(key)).slice(0, MAX_TRIED)
    .find((one) => isMeant(one[0], one.index));
  return {
    key: plain(key),
    line,
    column: second.index + 1,
    first: first && text.slice(0, first.index).split("\n").length,
  };
}

function renamed(text: string, key: string, at: number): string {
  return text.slice(0, at) + MARK.repeat(key.length) + text.slice(at + key.length);
}

/** What the parser says first; undefined: nothing. */
function complaintOf(text: string, parse: Parse): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
  }
}

function plain(key: string): string {
  return /^["']/.test(key) ? key.slice(1, -1) : key;
}
