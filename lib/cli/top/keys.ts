/** Keys as a terminal in raw mode sends them. Pure. Invariant: what is no known key is nothing. */

/** A key: a letter, or one of these. */
export type Key =
  | "up"
  | "down"
  | "pageUp"
  | "pageDown"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "interrupt"
  | { readonly letter: string };

type NamedKey = Exclude<Key, { readonly letter: string }>;

const SEQUENCES: Readonly<Record<string, NamedKey>> = {
  "A": "up",
  "B": "down",
  "5~": "pageUp",
  "6~": "pageDown",
  "H": "home",
  "1~": "home",
  "F": "end",
  "4~": "end",
};

const CONTROLS: Readonly<Record<string, NamedKey>> = {
  "\r": "enter",
  "\n": "enter",
  "\x7f": "escape",
  "\b": "escape",
  "\x03": "interrupt",
};

// deno-lint-ignore no-control-regex -- that is how a terminal begins them
const KEY = /\x1b(?:\[|O)([\d;]*[A-Za-z~])|[\s\S]/gu;

/** The keys of what was read at once. */
export function keysOf(text: string): Key[] {
  return Array.from(text.matchAll(KEY)).flatMap(([all, sequence]) => {
    if (sequence !== undefined) return SEQUENCES[sequence] ?? [];
    if (all === "\x1b") return "escape";
    return CONTROLS[all] ?? (all >= " " ? { letter: all } : []);
  });
}
