/**
 * Names that are compared byte for byte. A server compares text as its column's collation says: `EMQX`, and `emqx` with
 * blanks behind, may find the row of `emqx`. Invariants: a comparison of a column with a client's name is made exact,
 * beside the server's own, which finds the row by its index; nothing else in a query changes.
 */
import { parseQuery, placeholderIn, type SqlQuery, tokens } from "./query.ts";
import type { SqlDialect } from "./types.ts";

/** The column that tells whether the row's names are exactly the client's. */
export const SAME_NAME = "midge_same_name";

/** What stands in a mask for a placeholder (with its letter and a filler), for other quoted texts, for comments. */
const [PLACE, FILLER, TEXT, COMMENT] = ["\x01", "\x02", "\x03", "\x04"];
/** Address ranges and the like are compared by their own kinds; names are text. */
const NAME_LETTERS = "ucCd";

const NAME = '(?:\\w+|`[^`]+`|"[^"]+")';
const CAST = "(?:\\s*::\\s*\\w+(?:\\s*\\(\\s*\\d+\\s*\\))?)?";
const COLUMN = `(${NAME}(?:\\s*\\.\\s*${NAME})*${CAST})`;
const VALUE = `(${PLACE}[${NAME_LETTERS}]${FILLER}*)(${CAST})`;
const BEFORE = "(?<=\\b(?:where|and|or|on|when)\\s+|\\(\\s*)";
const AFTER =
  "(?=\\s*(?:$|[);,]|\\b(?:and|or|limit|order|group|having|for|union|except|intersect|" +
  "then|lock|window|offset|fetch|where|inner|left|right|join|cross)\\b))";
const COMPARISON = `${BEFORE}(?:${COLUMN}\\s*=\\s*${VALUE}|${VALUE}\\s*=\\s*${COLUMN})${AFTER}`;

/** Keywords with which a query is more than columns of rows that a condition finds. */
const NOT_SIMPLE =
  /\b(?:union|except|intersect|group|having|window|into|procedure|with|distinct)\b/i;

/** A query about a client's own record. */
export interface NameQuery extends SqlQuery {
  /** The placeholders of names that are compared in a way that is not understood here. */
  readonly loose: readonly string[];
  /** As it was written: it finds rows of other names too, where this query can find none to tell them by. */
  readonly written: SqlQuery | undefined;
}

/** Understands a query whose names are compared exactly; `rewrite` says how: exactNames or tellingNames. */
export function parseNameQuery(
  text: string,
  dialect: SqlDialect,
  rewrite: typeof exactNames,
): NameQuery {
  const exact = rewrite(text, dialect);
  const isSilent = rewrite === tellingNames && exact !== text && !exact.includes(SAME_NAME);
  return Object.assign(parseQuery(exact, dialect), {
    loose: looseNames(text, dialect),
    written: isSilent ? parseQuery(text, dialect) : undefined,
  });
}

/** A text with placeholders in which names are compared exactly: a row of another name is not found. */
export function exactNames(text: string, dialect: SqlDialect): string {
  const mask = masked(text, dialect);
  let exact = "";
  let done = 0;
  for (const { start, end, column, value } of comparisonsIn(mask)) {
    const [a, b] = [column, value].map(([from, to]) => text.slice(from, to)) as [string, string];
    exact += `${text.slice(done, start)}(${text.slice(start, end)} and ${dialect.sameText(a, b)})`;
    done = end;
  }
  return exact + text.slice(done);
}

/**
 * A text whose rows have a column SAME_NAME beside their own, so that a row of another name is found and told apart.
 * A query that is not simple finds rows of exact names only; as it was written it finds the others.
 */
export function tellingNames(text: string, dialect: SqlDialect): string {
  const mask = masked(text, dialect);
  const clause = whereClause(mask);
  const isSimple = /^\s*select\s/i.test(mask) && mask.match(/\bselect\b/gi)?.length === 1 &&
    !NOT_SIMPLE.test(mask) && !mask.includes(COMMENT!);
  if (!isSimple || clause === undefined) return exactNames(text, dialect);
  const [start, end] = clause;
  const condition = text.slice(start, end);
  const isAll = comparisonsIn(masked(condition, dialect)).length === comparisonsIn(mask).length;
  const exact = exactNames(condition, dialect);
  if (!isAll || exact === condition) return exactNames(text, dialect);
  const isSame = exact.replace(/^where\s*/i, "").trimEnd();
  const place = topLevel(mask, /\bfrom\b/gi) ?? start;
  return `${text.slice(0, place).trimEnd()}, (${isSame}) as ${SAME_NAME} ${text.slice(place)}`;
}

/** The placeholders of names that are compared in a way that is not understood here. */
export function looseNames(text: string, dialect: SqlDialect): string[] {
  const mask = masked(text, dialect);
  const exact = new Set(comparisonsIn(mask).map(({ value: [start] }) => start));
  const places = [...mask.matchAll(new RegExp(`${PLACE}([${NAME_LETTERS}])`, "g"))];
  return [...new Set(places.filter(({ index }) => !exact.has(index)).map(([, letter]) => letter!))];
}

type Span = readonly [start: number, end: number];

/** `column = '%u'`, or the other way round, where it is a condition of its own. */
interface Comparison {
  readonly start: number;
  readonly end: number;
  readonly column: Span;
  /** The placeholder without a cast. */
  readonly value: Span;
}

function comparisonsIn(mask: string): Comparison[] {
  return [...mask.matchAll(new RegExp(COMPARISON, "dgi"))].map(({ indices }) => {
    const [whole, column, value, , otherValue, , otherColumn] = indices!;
    const [start, end] = whole!;
    return { start, end, column: column ?? otherColumn!, value: value ?? otherValue! };
  });
}

/** The query's only condition, from `where` to its end. */
function whereClause(mask: string): Span | undefined {
  if (mask.match(/\bwhere\b/gi)?.length !== 1) return undefined;
  const start = topLevel(mask, /\bwhere\b/gi);
  if (start === undefined) return undefined;
  const behind = /\b(?:order|limit|for|lock|offset|fetch)\b|;/gi;
  return [start, topLevel(mask, behind, start) ?? mask.length];
}

/** Where a word first stands outside of parentheses. */
function topLevel(mask: string, word: RegExp, from = 0): number | undefined {
  const count = (text: string, bracket: string) => text.split(bracket).length;
  for (const { index } of mask.matchAll(word)) {
    const before = mask.slice(0, index);
    if (index >= from && count(before, "(") === count(before, ")")) return index;
  }
  return undefined;
}

/** A text of the same length in which nothing that is quoted or a comment can be taken for SQL. */
function masked(text: string, dialect: SqlDialect): string {
  return text.replace(tokens(dialect), (token) => {
    const letter = placeholderIn(token, dialect);
    if (letter !== undefined) return `${PLACE}${letter}`.padEnd(token.length, FILLER);
    if (/^(?:--|#|\/\*)/.test(token)) return COMMENT!.repeat(token.length);
    const isName = !dialect.textQuotes.includes(token[0]!) && /^["`]/.test(token);
    return isName ? token : TEXT!.repeat(token.length);
  });
}
