/**
 * A query of the configuration with placeholders, `... where username = '%u'`, made into a statement with
 * parameters. Invariant: a client's values are bound, never part of the statement; a placeholder counts
 * outside of quotes and where it is all that quotes hold, and in no other text or comment.
 */
import {
  PLACEHOLDER_LETTERS,
  placeholderValue,
  strayPlaceholder,
  strayProblem,
} from "../../sources.ts";
import type { ClientView } from "../../plugin.ts";
import type { SqlDialect, SqlValue } from "./types.ts";

/** username, clientid, address, certificate's common name and subject. */
const LETTERS = "ucaCd";
const COMMENT = /^(?:--|\/\*|#)/;
/** Of a text in an error line. */
const SHOWN = 40;
const PLACEHOLDER = new RegExp(`^%([${LETTERS}])$`);
const ANY_PLACEHOLDER = new RegExp(`%[${LETTERS}](?!\\w)`);
/** What stands before a text in which `%` belongs to a pattern. */
const PATTERN_FOLLOWS = /(?:\b(?:like|rlike|regexp|similar\s+to)(?:\s+binary)?\s*\(?|~\*?)\s*$/i;
/** What stands before a text in which `%` belongs to the form of a date. */
const DATE_FORM_FOLLOWS =
  /\b(?:date_format|time_format|str_to_date|from_unixtime)\s*\((?:[^()]|\([^()]*\))*,\s*$/i;

/** A statement, and what to bind to its parameters. */
export class SqlQuery {
  readonly statement: string;
  /** One placeholder for each parameter. */
  readonly letters: readonly string[];
  /** Quoted texts that have a placeholder among other things, and so are taken as they are. */
  readonly literals: readonly string[];
  /** Why the query cannot be meant so: placeholders that mean nothing where they stand. */
  readonly problems: readonly string[];

  constructor(
    statement: string,
    letters: readonly string[],
    literals: readonly string[],
    problems: readonly string[],
  ) {
    this.statement = statement;
    this.letters = letters;
    this.literals = literals;
    this.problems = problems;
  }

  /** The client's values in order; one that is missing is NULL. */
  bind(client: ClientView): readonly SqlValue[] {
    return this.letters.map((letter) => placeholderValue(letter, { client }) ?? null);
  }

  /** Can it find something about this client? Not when it has placeholders and all values are missing. */
  concerns(client: ClientView): boolean {
    return this.letters.length === 0 || this.bind(client).some((value) => value !== null);
  }
}

/** Understands a query as it is written in the configuration. */
export function parseQuery(text: string, dialect: SqlDialect): SqlQuery {
  const letters: string[] = [];
  const literals: string[] = [];
  const problems: string[] = [];
  const statement = text.replace(tokens(dialect), (token, ...rest) => {
    const before = text.slice(0, rest.find((part) => typeof part === "number"));
    if (DATE_FORM_FOLLOWS.test(before)) return token;
    const letter = placeholderIn(token, dialect);
    if (letter !== undefined) return dialect.parameter(letters.push(letter));
    if (isText(token, dialect) && ANY_PLACEHOLDER.test(token)) literals.push(token);
    const problem = PATTERN_FOLLOWS.test(before) ? undefined : problemIn(token, dialect);
    if (problem !== undefined) problems.push(problem);
    return token;
  });
  return new SqlQuery(statement, letters, literals, problems);
}

/** Why a quoted text, a name or a bare placeholder cannot be meant as it will be taken. */
function problemIn(token: string, dialect: SqlDialect): string | undefined {
  if (COMMENT.test(token)) return undefined;
  const shown = token.slice(0, SHOWN);
  const stray = strayProblem(token, LETTERS);
  if (stray !== undefined) return `${shown}: ${stray}`;
  if (strayPlaceholder(token) === undefined) return undefined;
  return isText(token, dialect)
    ? `${shown}: a placeholder must be all that its quotes hold, or stand without quotes: concat('x', %u)`
    : `${shown}: placeholders in such quotes are not filled in; expected '%u'`;
}

/** Quoted texts and names, comments, and placeholders: what must be told from the rest of a statement. */
export function tokens({ hasBackslashes }: SqlDialect): RegExp {
  const escape = hasBackslashes ? "\\\\[^]|" : "";
  const notEnd = hasBackslashes ? "\\\\" : "";
  const quoted = ["'", '"', "`"].map((quote) =>
    `${quote}(?:${escape}${quote}${quote}|[^${quote}${notEnd}])*${quote}`
  );
  const escapeString = "\\b[eE]'(?:\\\\[^]|''|[^'\\\\])*'";
  const dollarText = "\\$(\\w*)\\$[^]*?\\$\\1\\$";
  const forOneServer = hasBackslashes ? ["#[^\\n]*"] : [escapeString, dollarText];
  const comments = ["--[^\\n]*", "/\\*[^]*?\\*/"];
  const placeholder = `%[${PLACEHOLDER_LETTERS}](?!\\w)`;
  const named = "\\$\\{[A-Za-z_][\\w.]*\\}";
  return new RegExp([...forOneServer, ...quoted, ...comments, placeholder, named].join("|"), "g");
}

/** The letter of the placeholder that a token is. */
export function placeholderIn(token: string, dialect: SqlDialect): string | undefined {
  const bare = isText(token, dialect) ? token.slice(1, -1) : token;
  return PLACEHOLDER.exec(bare)?.[1];
}

function isText(token: string, { textQuotes }: SqlDialect): boolean {
  return textQuotes.includes(token[0]!);
}
