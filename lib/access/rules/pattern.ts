/**
 * Regular expressions of access rules: does the whole text match? The texts are client ids and user
 * names that strangers choose, so this is a matcher of its own that never backtracks: it follows all
 * possibilities at once (Thompson's construction), in time linear in the text.
 *
 * Knows characters, `.`, `[a-z]`, `[^...]`, `\d \w \s \D \W \S`, `(...)`, `(?:...)`, `|`, `* + ?`,
 * `{m}`, `{m,}`, `{m,n}` and escapes; `^` at the very beginning and `$` at the very end say what holds
 * anyway. Everything else (look-around, back references, ...) is refused when the rule is read.
 */
import {
  type CharacterSet,
  parsePattern,
  PatternError,
  type PatternNode,
} from "./pattern_parser.ts";

export { PatternError } from "./pattern_parser.ts";

/** Bounds the work that one character can cause, and that of building. */
const MAX_STATES = 1_000;

/** Takes a character of `set`; without a set, goes on to `next` and to `other` at once. */
interface State {
  readonly set: CharacterSet | undefined;
  next: number;
  readonly other: number;
}

/** The state that accepts. */
const ACCEPT = 0;

/** A regular expression that is matched against whole texts. */
export class Pattern {
  /** As it was written. */
  readonly source: string;
  readonly #states: readonly State[];
  readonly #start: number;

  /**
   * Compiles a pattern.
   * @throws PatternError for what is malformed, not known here, or too large
   */
  constructor(source: string) {
    this.source = source;
    const builder = new Builder(source);
    this.#start = builder.build(parsePattern(source), ACCEPT);
    this.#states = builder.states;
  }

  /** Does the whole text match? */
  matches(text: string): boolean {
    const front = new Front(this.#states);
    front.reach(this.#start);
    for (const character of text) {
      const code = character.codePointAt(0)!;
      for (const index of front.advance()) {
        const state = this.#states[index]!;
        if (state.set?.has(code)) front.reach(state.next);
      }
      if (front.members.length === 0) return false;
    }
    return front.members.includes(ACCEPT);
  }
}

/** The states that the text read so far can have led to; none is listed twice. */
class Front {
  /** Those that take a character, and ACCEPT. */
  members: number[] = [];
  readonly #states: readonly State[];
  /** For each state the step in which it was reached last. */
  readonly #reachedIn: Uint32Array;
  #step = 1;

  constructor(states: readonly State[]) {
    this.#states = states;
    this.#reachedIn = new Uint32Array(states.length);
  }

  /** Empties the front for the next character; returns what it held. */
  advance(): number[] {
    const before = this.members;
    this.members = [];
    this.#step++;
    return before;
  }

  /** Adds a state and all those that it leads to without a character. */
  reach(start: number): void {
    const open = [start];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (this.#reachedIn[index] === this.#step) continue;
      this.#reachedIn[index] = this.#step;
      const state = this.#states[index]!;
      if (state.set !== undefined || index === ACCEPT) this.members.push(index);
      else open.push(state.next, state.other);
    }
  }
}

/** Turns the tree into states, from the end to the beginning: each part knows what follows it. */
class Builder {
  readonly states: State[] = [{ set: undefined, next: ACCEPT, other: ACCEPT }];
  readonly #source: string;
  #built = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Builds `node` in front of the state `next`; returns the state that it begins with. */
  build(node: PatternNode, next: number): number {
    // Counted apart from the states: an empty group has none, and counts of counts multiply it.
    if (++this.#built > 10 * MAX_STATES) this.#tooLarge();
    switch (node.kind) {
      case "set":
        return this.#push({ set: node.set, next, other: next });
      case "sequence":
        return node.items.reduceRight((following, item) => this.build(item, following), next);
      case "choice":
        return node.items.map((item) => this.build(item, next))
          .reduce((a, b) => this.#push({ set: undefined, next: a, other: b }));
      case "repeat":
        return this.#repeat(node.item, node.least, node.most, next);
    }
  }

  #repeat(item: PatternNode, least: number, most: number, next: number): number {
    let start = next;
    if (most === Infinity) {
      start = this.#push({ set: undefined, next, other: next });
      this.states[start]!.next = this.build(item, start);
    } else {
      for (let count = least; count < most; count++) {
        start = this.#push({ set: undefined, next: this.build(item, start), other: next });
      }
    }
    for (let count = 0; count < least; count++) start = this.build(item, start);
    return start;
  }

  #push(state: State): number {
    if (this.states.length >= MAX_STATES) this.#tooLarge();
    return this.states.push(state) - 1;
  }

  #tooLarge(): never {
    throw new PatternError(`too large: more than ${MAX_STATES} states`, this.#source, 0);
  }
}
