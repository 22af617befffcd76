/**
 * Known keys: hyphens become underscores, unknown keys are named together with the nearest known one.
 * Invariant: never applied to user-made maps (user names, logger names, listener names).
 */
import type { KeyPath, Problems } from "./problems.ts";

/** Is this a mapping (and not a list, a date or another object)? */
export function isMapping(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The spelling with underscores. */
export function underscored(key: string): string {
  return key.replaceAll("-", "_");
}

/** Number of single-character edits between two short texts (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = row[j]! + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The known word that `word` was probably meant to be; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, "");
  const meant = plain(word);
  if (meant.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.max(1, Math.floor(meant.length * 0.4))) + 1;
  for (const candidate of known) {
    const distance = editDistance(meant, plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best ?? onlyLonger(meant, known.filter((candidate) => plain(candidate).startsWith(meant)));
}

/** The one word that begins so, where that says enough. */
function onlyLonger(beginning: string, longer: readonly string[]): string | undefined {
  return beginning.length >= 3 && longer.length === 1 ? longer[0] : undefined;
}

/** `; did you mean X?`, to end a line with; nothing when no known word is near. */
export function meantHint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** `did you mean X? Known KIND: A, B, C`; the question only when one is near. */
export function suggestion(word: string, known: readonly string[], kind: string): string {
  const near = nearest(word, known);
  const list = `nown ${kind}: ${known.join(", ")}`;
  return near === undefined ? `k${list}` : `did you mean ${near}? K${list}`;
}

/**
 * A copy of `raw` with its known keys spelled with underscores. Unknown keys and keys given in both
 * spellings are reported and left out.
 */
export function canonicalKeys(
  raw: Record<string, unknown>,
  known: readonly string[],
  path: KeyPath,
  problems: Problems,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const name = known.includes(key) ? key : underscored(key);
    if (!known.includes(name)) {
      problems.add([...path, key], `unknown key; ${suggestion(key, known, "keys")}`);
    } else if (Object.hasOwn(result, name)) {
      problems.add([...path, key], `given twice, with a hyphen and with an underscore`);
    } else result[name] = value;
  }
  return result;
}
