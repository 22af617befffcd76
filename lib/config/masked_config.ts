/**
 * A configuration as it may be shown: its values, and the text of its file, with secrets as `***`. Pure. Invariant: a
 * text is given only when what YAML reads in it has no secret any more.
 */
import { masked } from "../secrets.ts";
import { isMapping } from "./keys.ts";
import type { IsSecretName } from "./secret_names.ts";

const MASK = "***";
/** Without quotes it would be an alias. */
const YAML_MASK = `"${MASK}"`;
const BARE_MASK = /(:\s+)\*\*\*(?=\s*(?:[,}\]#]|$))/g;
const PEM_BLOCK = /-----BEGIN [^]*?(?:-----END [^\n]*|$(?![^]))/g;
/** `  - "key": value`, also as a comment; `?` and flow mappings are looked at by `masked`. */
const KEY_LINE =
  /^(?<before>\s*(?:#+\s*)?(?:-\s+)*)(?<quote>["']?)(?<name>[\w.@/-]+)\k<quote>\s*:(?:\s+(?<value>.*))?$/;

/**
 * A copy as plain JSON: what is secret by its name, and what looks like a secret in a text, as `***`. No limit is null.
 * @param isSecret is asked about every key at any depth
 */
export function maskedValue(value: unknown, isSecret: IsSecretName): unknown {
  if (typeof value === "string") return masked(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (Array.isArray(value)) return value.map((one) => maskedValue(one, isSecret));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => {
      if (one === undefined || typeof one === "function") return [];
      return [[name, isSecret(name) ? hidden(one) : maskedValue(one, isSecret)]];
    }),
  );
}

function hidden(value: unknown): string | null {
  return value === null ? null : MASK;
}

/**
 * The text of a file.
 * @param parse reads YAML; what it throws means that the text is not shown
 * @returns undefined: its secrets cannot be told from the rest
 */
export function maskedText(
  text: string,
  isSecret: IsSecretName,
  parse: (text: string) => unknown,
): string | undefined {
  const shown = maskedLines(text.replaceAll(PEM_BLOCK, `-----BEGIN ${MASK}`), isSecret).join("\n");
  try {
    const read = parse(shown);
    const isClean = textOf(maskedValue(read, isSecret)) === textOf(read);
    return isClean && hasSameKeys(parse(text), read, isSecret) ? shown : undefined;
  } catch {
    return undefined; // what cannot be read cannot be judged
  }
}

/** Blanks at the end of a text do not count: a mask has none. */
function textOf(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, one: unknown) => typeof one === "string" ? one.trimEnd() : one,
  );
}

/** Nothing but values has changed: what was masked is not said to be something else. */
function hasSameKeys(before: unknown, after: unknown, isSecret: IsSecretName): boolean {
  if (!isMapping(before) || !isMapping(after)) return true;
  const names = Object.keys(before);
  return names.length === Object.keys(after).length &&
    names.every((name) =>
      Object.hasOwn(after, name) &&
      (isSecret(name) || hasSameKeys(before[name], after[name], isSecret))
    );
}

function maskedLines(text: string, isSecret: IsSecretName): string[] {
  const lines = text.split(/\r?\n/);
  const shown: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const { before = "", name, value = "", quote = "" } = KEY_LINE.exec(line)?.groups ?? {};
    if (name === undefined || !isSecret(name)) {
      shown.push(maskedLine(line, value));
      continue;
    }
    const end = before.includes("#") ? at : endOfValue(lines, at, before.length);
    const isNull = end === at && /^(?:~|null)?\s*(?:#.*)?$/.test(value);
    shown.push(isNull ? masked(line) : `${before}${quote}${name}${quote}: ${YAML_MASK}`);
    at = end;
  }
  return shown;
}

/** The key is no user in front of a password: of a line with one only the value is looked at. */
function maskedLine(line: string, value: string): string {
  const key = line.slice(0, line.length - value.length);
  return `${value === "" ? "" : key}${masked(value === "" ? line : value)}`
    .replace(BARE_MASK, `$1${YAML_MASK}`);
}

/** The last line of the value of a key in this line, which is indented that far. */
function endOfValue(lines: readonly string[], from: number, indent: number): number {
  let end = from;
  for (let at = from + 1; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.trim() === "") continue;
    const own = line.length - line.trimStart().length;
    if (own < indent || (own === indent && !/^\s*-\s/.test(line))) break;
    end = at;
  }
  return end;
}
