/**
 * Reads Erlang terms from text, as `file:consult` does: what EMQ X's acl.conf is written in.
 * Invariant: every term knows where it stands; the first thing that is no term ends the reading
 * with its line and column.
 */

/** Where something stands in the text. */
export interface TermPlace {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Offsets of its text: from `start` up to `end`. */
  readonly start: number;
  readonly end: number;
}

/** `'abc'` or `abc`, `"abc"` or `<<"abc">>`, `12`, `{A, B}`, `[A, B]`. */
export type Term =
  & TermPlace
  & (
    | { readonly kind: "atom"; readonly text: string }
    /** A string and a binary mean the same in rules. */
    | { readonly kind: "string"; readonly text: string }
    | { readonly kind: "integer"; readonly value: number }
    | { readonly kind: "tuple" | "list"; readonly items: readonly Term[] }
  );

/** The text is no list of terms. */
export class ErlangSyntaxError extends Error {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(message);
    this.name = "ErlangSyntaxError";
    this.line = line;
    this.column = column;
  }
}

/** Deeper nesting than any rule needs; a limit, so that no text can exhaust the stack. */
const MAX_DEPTH = 100;

const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  d: "\x7f",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  s: " ",
  t: "\t",
  v: "\v",
};

/**
 * The terms of a text, each ended by a full stop.
 * @throws ErlangSyntaxError
 */
export function parseTerms(text: string): Term[] {
  return new TermReader(text).readAll();
}

class TermReader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): Term[] {
    if (this.#text.startsWith("\ufeff")) this.#at = this.#lineStart = 1;
    const terms: Term[] = [];
    for (this.#skipSpace(); this.#at < this.#text.length; this.#skipSpace()) {
      terms.push(this.#term());
      this.#skipSpace();
      if (!this.#take(".")) this.#fail("a full stop at the end of the term");
    }
    return terms;
  }

  #term(): Term {
    this.#skipSpace();
    const place = { line: this.#line, column: this.#column, start: this.#at };
    const value = this.#value();
    return { ...place, end: this.#at, ...value };
  }

  #value() {
    const first = this.#text[this.#at] ?? "";
    if (first === "{") return { kind: "tuple" as const, items: this.#items("{", "}") };
    if (first === "[") return { kind: "list" as const, items: this.#items("[", "]") };
    if (first === '"') return { kind: "string" as const, text: this.#quoted('"') };
    if (first === "'") return { kind: "atom" as const, text: this.#quoted("'") };
    if (first === "<") return { kind: "string" as const, text: this.#binary() };
    if (/[a-z]/.test(first)) {
      return { kind: "atom" as const, text: this.#run(/[a-zA-Z0-9_@]+/y) };
    }
    if (/[-0-9]/.test(first)) {
      return { kind: "integer" as const, value: Number(this.#run(/-?[0-9]{1,15}/y)) };
    }
    return this.#fail("a tuple, a list, a string, an atom or a number");
  }

  #items(open: string, close: string): Term[] {
    const [line, column] = [this.#line, this.#column];
    if (++this.#depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels of nesting`);
    this.#at++;
    this.#skipSpace();
    const items: Term[] = [];
    if (!this.#take(close)) {
      do items.push(this.#term()); while (this.#takeAfterSpace(","));
      if (!this.#take(close)) {
        this.#fail(`, or ${close} (the ${open} of line ${line}, column ${column} is still open)`);
      }
    }
    this.#depth--;
    return items;
  }

  #binary(): string {
    if (!this.#take("<<")) this.#fail("a binary (<<...>>)");
    this.#skipSpace();
    const text = this.#text[this.#at] === '"' ? this.#quoted('"') : "";
    this.#take("/utf8");
    if (!this.#takeAfterSpace(">>")) this.#fail("the >> of a binary that holds one string");
    return text;
  }

  #quoted(quote: string): string {
    const [line, column] = [this.#line, this.#column];
    let text = "";
    for (this.#at++; !this.#take(quote);) {
      const character = this.#text[this.#at];
      if (character === undefined) {
        throw new ErlangSyntaxError(`this ${quote} has no second one`, line, column);
      }
      text += character === "\\" ? this.#escape() : character;
      if (character !== "\\") this.#advance();
    }
    return text;
  }

  /** What a backslash and the characters behind it stand for. */
  #escape(): string {
    this.#at++;
    const code = /x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([0-7]{1,3})/y;
    code.lastIndex = this.#at;
    const found = code.exec(this.#text);
    if (found === null) {
      const character = this.#text[this.#at] ?? "";
      this.#advance();
      return ESCAPES[character] ?? character;
    }
    const value = parseInt(found[1] ?? found[2] ?? found[3]!, found[3] === undefined ? 16 : 8);
    if (value > 0x10ffff) this.#fail("a code point up to 10FFFF");
    this.#at += found[0].length;
    return String.fromCodePoint(value);
  }

  /** One character on; counts lines. */
  #advance(): void {
    if (this.#text[this.#at++] !== "\n") return;
    this.#line++;
    this.#lineStart = this.#at;
  }

  #skipSpace(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === "%") this.#skipLine();
      else if (character !== undefined && /\s/.test(character)) this.#advance();
      else return;
    }
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #take(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #takeAfterSpace(expected: string): boolean {
    this.#skipSpace();
    return this.#take(expected);
  }

  #run(expression: RegExp): string {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text)?.[0];
    if (found === undefined) this.#fail("a number");
    this.#at += found.length;
    return found;
  }

  get #column(): number {
    return this.#at - this.#lineStart + 1;
  }

  #fail(expected: string): never {
    const rest = /^[\w@]{1,20}|^[^]/.exec(this.#text.slice(this.#at, this.#at + 20))?.[0];
    const found = rest === undefined ? "the end of the text" : JSON.stringify(rest);
    throw new ErlangSyntaxError(`expected ${expected}, found ${found}`, this.#line, this.#column);
  }
}
