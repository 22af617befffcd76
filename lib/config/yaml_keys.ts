/**
 * Finds mapping keys that YAML does not read as text: `0123:` (the number 83), `1e3:`, `on:`, a date, a list. The
 * parser hands them out as other text, so a user called 0123 would silently be somebody else. Invariant: the
 * parser alone says what is a key; a search finds what may be one, and is asked about by a number in its place.
 */
import { isMapping } from "./keys.ts";
import { type KeyPath, showPath } from "./problems.ts";

/** A key that is no text. */
export interface OddKey {
  /** Where: `:LINE:COLUMN`, both from 1, or `: KEYS` down to the mapping that has it. */
  readonly place: string;
  /** As it was written; undefined for a list or mapping used as a key. */
  readonly key: string | undefined;
}

/** Reads YAML. */
type Parse = (text: string) => unknown;

/**
 * Whatever looks like a number, a date, a switch or null from its first to its last character, and a list or
 * mapping with a colon behind it: far more than are keys.
 */
const SUSPECT = new RegExp(
  /(?<![^\s,[{])/.source + "(?:" +
    /[[{][^[\]{}]*[\]}](?=[ \t]*(?:\r?\n[ \t]*)?:(?:\s|$|[,[\]{}]))/.source + "|" +
    /(?:[-+]?\.?\d[^\r\n,[\]{}#]{0,99}?|[-+]?\.(?:inf|nan)|~|null|y|n|yes|no|on|off|true|false)/
      .source +
    /(?=[ \t]*(?:$|[,\]}]|:(?:\s|$|[,[\]{}]))|[ \t]+#)/.source + ")",
  "gim",
);
/** Read as true or false by YAML 1.1 or 1.2. */
const SWITCH = /^(?:y|n|yes|no|on|off|true|false)$/i;
/** What takes the places of suspects, this one and the numbers after it; no one writes them as keys. */
const FIRST_MARK = 0x4d_69_64_67_65_00;
/** What the parser makes of a mapping that is used as a key. */
const MAPPING_KEY = "[object Object]";

/** All odd keys of a text that parsed to `value`. */
export function findOddKeys(text: string, value: unknown, parse: Parse): OddKey[] {
  const found = keysAmong([...text.matchAll(SUSPECT)], text, parse)
    .filter(([written]) => isOdd(written, parse))
    .map(({ 0: written, index }) => ({
      place: placeOf(text, index),
      key: /^[[{]/.test(written) ? undefined : written,
    }));
  const mappings = text.includes(MAPPING_KEY) ? [] : homesOf(MAPPING_KEY, value);
  if (mappings.length <= found.filter(({ key }) => key === undefined).length) return found;
  // Such as `{{ name }}`, and mappings behind `?`.
  return [...found, ...mappings.map((home) => ({ place: pathText(home), key: undefined }))];
}

/**
 * The suspects that are keys. Written in hexadecimal in the place of a plain key, a number is a key in decimal in
 * what comes out; inside quotes, in a longer text or behind a tag it is not.
 */
function keysAmong(suspects: RegExpExecArray[], text: string, parse: Parse): RegExpExecArray[] {
  if (suspects.length === 0) return [];
  try {
    const keys = new Set<string>();
    forEachMapping(parse(marked(text, suspects)), (mapping) => {
      for (const key of Object.keys(mapping)) keys.add(key);
    });
    return suspects.filter((_, index) => keys.has(String(FIRST_MARK + index)));
  } catch {
    // One stands where no number may: its writer chose a type (`!!float`), or it is YAML's version.
    if (suspects.length === 1) return [];
    const middle = suspects.length >> 1;
    return [suspects.slice(0, middle), suspects.slice(middle)]
      .flatMap((half) => keysAmong(half, text, parse));
  }
}

/** The text with numbers in the place of the suspects. */
function marked(text: string, suspects: readonly RegExpExecArray[]): string {
  let result = "";
  let position = 0;
  for (const [mark, { 0: written, index }] of suspects.entries()) {
    result += `${text.slice(position, index)}0x${(FIRST_MARK + mark).toString(16)}`;
    position = index + written.length;
  }
  return result + text.slice(position);
}

function isOdd(written: string, parse: Parse): boolean {
  return SWITCH.test(written) || typeof parse(written) !== "string";
}

/** The paths of the mappings that have this key. */
function homesOf(key: string, value: unknown): KeyPath[] {
  const homes: KeyPath[] = [];
  forEachMapping(value, (mapping, path) => {
    if (Object.hasOwn(mapping, key)) homes.push([...path]);
  });
  return homes;
}

/** Visits every mapping; one that stands at several places (an alias) once. `path` holds during the visit. */
function forEachMapping(
  value: unknown,
  visit: (mapping: Record<string, unknown>, path: KeyPath) => void,
  path: (string | number)[] = [],
  seen: Set<unknown> = new Set(),
): void {
  const isList = Array.isArray(value);
  if (seen.has(value) || !(isList || isMapping(value))) return;
  seen.add(value);
  if (!isList) visit(value, path);
  for (const [name, child] of Object.entries(value)) {
    if (typeof child !== "object") continue;
    path.push(isList ? Number(name) : name);
    forEachMapping(child, visit, path, seen);
    path.pop();
  }
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position).split("\n");
  return `:${before.length}:${before.at(-1)!.length + 1}`;
}

function pathText(path: KeyPath): string {
  return path.length === 0 ? "" : `: ${showPath(path)}`;
}
