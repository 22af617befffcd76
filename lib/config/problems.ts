/**
 * Gathers everything that is wrong with one configuration, so that a person sees all of it at once.
 * Invariant: a problem is one line, `FILE: KEY PATH: TEXT`.
 */
import { kindOf, masked } from "../secrets.ts";
import { UserError } from "../user_error.ts";

/** Where in the configuration: keys and list positions from the top. */
export type KeyPath = readonly (string | number)[];

const SHOWN_LENGTH = 60;
const PLAIN_KEY = /^[\w.:/@+-]+$/;

/** A value as an error line shows it: JSON, shortened to 60 characters. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || value instanceof Date) return String(value);
  const text = masked(JSON.stringify(value) ?? typeof value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text;
}

/** `listeners.default.bind`, `plugins[2]`; a key with unusual characters is shown in quotes. */
export function showPath(path: KeyPath): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else text += (text === "" ? "" : ".") + showKey(key);
  }
  return text;
}

/** A key of which a mistake may have made more than a name: `{password:x}` is a key without a value. */
export function showKey(key: string): string {
  const shown = masked(key);
  return PLAIN_KEY.test(key) ? shown : JSON.stringify(shown);
}

/** The problems and warnings found so far in one configuration. */
export class Problems {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  readonly #file: string | undefined;

  /** `file` opens every line; undefined for a configuration given as an object. */
  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Notes an error at `path`. */
  add(path: KeyPath, text: string): void {
    this.errors.push(this.#line(path, text));
  }

  /** Notes an error about a value: what was there and what should be. */
  addValue(path: KeyPath, value: unknown, expected: string): void {
    this.add(path, `got ${show(value)}, expected ${expected}`);
  }

  /** The same of a secret: of the value only its kind is said. */
  addSecret(path: KeyPath, value: unknown, expected: string): void {
    this.add(path, `got ${kindOf(value)}, expected ${expected}`);
  }

  /** Notes something that works but that people should know. */
  warn(path: KeyPath, text: string): void {
    this.warnings.push(this.#line(path, text));
  }

  /** Throws everything gathered as one UserError, if there is anything. */
  throwIfAny(): void {
    if (this.errors.length > 0) throw new UserError(this.errors);
  }

  #line(path: KeyPath, text: string): string {
    const where = path.length > 0 ? `${showPath(path)}: ` : "";
    return this.#file === undefined ? where + text : `${this.#file}: ${where}${text}`;
  }
}
