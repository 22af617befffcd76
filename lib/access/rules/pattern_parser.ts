/**
 * Reads the regular expressions of access rules into a tree. pattern.ts says what is known.
 * Invariant: what is not understood is refused with its place, never taken literally.
 */

/** A regular expression that cannot be used: what, and at which character (from 1). */
export class PatternError extends Error {
  constructor(message: string, source: string, at: number) {
    super(`regular expression "${source}", character ${at + 1}: ${message}`);
    this.name = "PatternError";
  }
}

/** Code points, as ranges with both ends inside. */
export class CharacterSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly negated: boolean;

  constructor(ranges: readonly (readonly [number, number])[], negated = false) {
    this.ranges = ranges;
    this.negated = negated;
  }

  has(code: number): boolean {
    return this.ranges.some(([from, to]) => code >= from && code <= to) !== this.negated;
  }
}

/** A part of a regular expression; an empty sequence matches the empty text. */
export type PatternNode =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly items: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly items: readonly PatternNode[] }
  | {
    readonly kind: "repeat";
    readonly item: PatternNode;
    readonly least: number;
    readonly most: number;
  };

const MAX_LENGTH = 1_000;
const MAX_REPEAT = 1_000;
const LAST_CODE_POINT = 0x10ffff;

const DIGIT = [[0x30, 0x39]] as const;
const WORD = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]] as const;
const SPACE = [[0x09, 0x0d], [0x20, 0x20]] as const;
const SETS: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", new CharacterSet(DIGIT)],
  ["D", new CharacterSet(DIGIT, true)],
  ["w", new CharacterSet(WORD)],
  ["W", new CharacterSet(WORD, true)],
  ["s", new CharacterSet(SPACE)],
  ["S", new CharacterSet(SPACE, true)],
]);
const ANY = new CharacterSet([[0x0a, 0x0a]], true);
const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ["t", 9],
  ["n", 10],
  ["v", 11],
  ["f", 12],
  ["r", 13],
]);

/** @throws PatternError */
export function parsePattern(source: string): PatternNode {
  return new PatternParser(source).parse();
}

class PatternParser {
  readonly #source: string;
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#characters = [...source];
    if (this.#characters.length > MAX_LENGTH) {
      throw new PatternError(
        `longer than ${MAX_LENGTH} characters`,
        source.slice(0, 20),
        MAX_LENGTH,
      );
    }
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#peek() !== undefined) this.#fail("a ) without its (");
    return node;
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead];
  }

  #take(expected: string): boolean {
    if (this.#peek() !== expected) return false;
    this.#at++;
    return true;
  }

  #fail(message: string): never {
    throw new PatternError(message, this.#source, this.#at);
  }

  #choice(): PatternNode {
    const items = [this.#sequence()];
    while (this.#take("|")) items.push(this.#sequence());
    return items.length === 1 ? items[0]! : { kind: "choice", items };
  }

  /** At the outermost level `^` may open it and `$` may close it: the whole text must match anyway. */
  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    if (this.#depth === 0) this.#take("^");
    while (!this.#atSequenceEnd()) items.push(this.#repeated());
    return items.length === 1 ? items[0]! : { kind: "sequence", items };
  }

  #atSequenceEnd(): boolean {
    const next = this.#peek(1);
    if (this.#depth === 0 && this.#peek() === "$" && (next === undefined || next === "|")) {
      this.#at++;
    }
    const character = this.#peek();
    return character === undefined || character === "|" || character === ")";
  }

  #repeated(): PatternNode {
    const item = this.#atom();
    const count = this.#count();
    if (count === undefined) return item;
    // A lazy count (`+?`) finds the same whole texts.
    this.#take("?");
    if (["*", "+", "?", "{"].includes(this.#peek() ?? "")) this.#fail("a count behind a count");
    return { kind: "repeat", item, least: count[0], most: count[1] };
  }

  #count(): [number, number] | undefined {
    if (this.#take("*")) return [0, Infinity];
    if (this.#take("+")) return [1, Infinity];
    if (this.#take("?")) return [0, 1];
    if (!this.#take("{")) return undefined;
    const least = this.#number();
    const most = this.#take(",") ? (this.#peek() === "}" ? Infinity : this.#number()) : least;
    if (!this.#take("}")) this.#fail("expected {m}, {m,} or {m,n}; a { itself is written \\{");
    if (most < least) this.#fail(`{${least},${most}} counts downwards`);
    return [least, most];
  }

  #number(): number {
    let digits = "";
    while (/^[0-9]$/.test(this.#peek() ?? "")) digits += this.#characters[this.#at++];
    if (digits === "") this.#fail("expected a number; a { itself is written \\{");
    if (Number(digits) > MAX_REPEAT) this.#fail(`a count above ${MAX_REPEAT}`);
    return Number(digits);
  }

  #atom(): PatternNode {
    const character = this.#peek()!;
    if (["*", "+", "?", "{"].includes(character)) this.#fail("a count with nothing before it");
    if (character === "^") this.#fail("^ may only stand at the beginning");
    if (character === "$") this.#fail("$ may only stand at the end");
    if (character === "(") return this.#group();
    this.#at++;
    if (character === "[") return { kind: "set", set: this.#bracket() };
    if (character === ".") return { kind: "set", set: ANY };
    if (character === "\\") return { kind: "set", set: this.#escape() };
    return { kind: "set", set: single(character.codePointAt(0)!) };
  }

  #group(): PatternNode {
    this.#at++;
    if (this.#take("?") && !this.#take(":")) this.#fail("only (...) and (?:...) are known");
    this.#depth++;
    const node = this.#choice();
    this.#depth--;
    if (!this.#take(")")) this.#fail("a ( without its )");
    return node;
  }

  /** What stands behind a backslash. */
  #escape(): CharacterSet {
    const character = this.#peek();
    if (character === undefined) this.#fail("a \\ with nothing behind it");
    const control = CONTROL_ESCAPES.get(character);
    if (character === "x") return single(this.#hexadecimal());
    if (/^[a-zA-Z0-9]$/.test(character) && control === undefined && !SETS.has(character)) {
      this.#fail(`\\${character} is not known`);
    }
    this.#at++;
    return SETS.get(character) ?? single(control ?? character.codePointAt(0)!);
  }

  /** `xHH` or `x{H...}`. */
  #hexadecimal(): number {
    const rest = this.#characters.slice(this.#at, this.#at + 9).join("");
    const found = /^x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(rest);
    const code = parseInt(found?.[1] ?? found?.[2] ?? "", 16);
    if (!(code <= LAST_CODE_POINT)) this.#fail("expected \\xHH or \\x{HHHH}");
    this.#at += found![0].length;
    return code;
  }

  /** The rest of `[...]`; a `]` right behind `[` or `[^` stands for itself. */
  #bracket(): CharacterSet {
    const negated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    do {
      const first = this.#bracketItem();
      const isRange = this.#peek() === "-" && this.#peek(1) !== "]";
      if (isRange) {
        this.#at++;
        ranges.push(this.#range(first, this.#bracketItem()));
      } else ranges.push(...flat(first));
    } while (!this.#take("]"));
    return new CharacterSet(ranges, negated);
  }

  #bracketItem(): CharacterSet {
    const character = this.#peek();
    if (character === undefined) this.#fail("a [ without its ]");
    if (character === "[" && this.#peek(1) === ":") this.#fail("[:...:] is not known");
    this.#at++;
    return character === "\\" ? this.#escape() : single(character.codePointAt(0)!);
  }

  #range(first: CharacterSet, last: CharacterSet): readonly [number, number] {
    const [from, to] = [first.ranges[0]![0], last.ranges[0]![0]];
    if (!isSingle(first) || !isSingle(last)) this.#fail("a range needs a character at each end");
    if (from > to) this.#fail("a range whose end comes before its beginning");
    return [from, to];
  }
}

function single(code: number): CharacterSet {
  return new CharacterSet([[code, code]]);
}

function isSingle(set: CharacterSet): boolean {
  return !set.negated && set.ranges.length === 1 && set.ranges[0]![0] === set.ranges[0]![1];
}

/** The set's ranges with no negation; a negated set's are turned into the gaps between them. */
function flat(set: CharacterSet): readonly (readonly [number, number])[] {
  if (!set.negated) return set.ranges;
  const gaps: (readonly [number, number])[] = [];
  let from = 0;
  for (const [first, last] of set.ranges) {
    if (first > from) gaps.push([from, first - 1]);
    from = last + 1;
  }
  gaps.push([from, LAST_CODE_POINT]);
  return gaps;
}
