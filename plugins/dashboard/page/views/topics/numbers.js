// @ts-check
/**
 * Numbers in payloads, over time. Invariants: moments and fields are bounded; a field that a message does not
 * have is a gap.
 */
import { parsed } from "./formats.js";

const MAX_FIELDS = 32;
const MAX_MOMENTS = 1_000;
const MAX_VALUES = 2_000;
/** The field that stands for the whole payload. */
export const WHOLE = "(payload)";

/** @param {unknown} value @returns {number | undefined} a number, also where it is written as text */
function numberOf(value) {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") {
    return /^\s*[-+]?(\d|\.\d)/.test(value) ? finite(value) : undefined;
  }
  return typeof value === "number" ? finite(value) : undefined;
}

/** @param {string | number} value */
function finite(value) {
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/**
 * The numbers of a payload by the path of their field, `a.b[0]`; of one that is a number as a whole under `WHOLE`.
 * @param {string} text
 * @returns {Map<string, number>} at most 32
 */
export function numbersOf(text) {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  const whole = text.length < 100 ? numberOf(text.trim()) : undefined;
  if (whole !== undefined) return numbers.set(WHOLE, whole);
  /** @type {[path: string, value: unknown][]} */
  const queue = [["", parsed(text)]];
  for (let at = 0; at < queue.length && at < MAX_VALUES && numbers.size < MAX_FIELDS; at++) {
    const [path, value] = /** @type {[string, unknown]} */ (queue[at]);
    const number = numberOf(value);
    if (number !== undefined) numbers.set(path === "" ? WHOLE : path, number);
    else if (value !== null && typeof value === "object") queue.push(...membersOf(path, value));
  }
  return numbers;
}

/** @param {string} path @param {object} value @returns {[string, unknown][]} */
function membersOf(path, value) {
  if (Array.isArray(value)) {
    return value.slice(0, MAX_FIELDS).map((item, index) => [`${path}[${index}]`, item]);
  }
  const dot = path === "" ? "" : `${path}.`;
  return Object.entries(value).slice(0, MAX_VALUES).map(([name, item]) => [dot + name, item]);
}

/** The numbers of one topic's messages. */
export class Numbers {
  /** Seconds since 1970, rising. @type {number[]} */
  times = [];
  /** @type {Map<string, (number | null)[]>} */
  #columns = new Map();

  /** The fields, in the order in which they came. */
  get fields() {
    return [...this.#columns.keys()];
  }

  /** @param {string} field @returns {(number | null)[]} one for each time; null: the message had none */
  values(field) {
    return this.#columns.get(field) ?? this.times.map(() => null);
  }

  /** @param {string} text of a payload @param {number} at milliseconds since 1970 */
  add(text, at) {
    const numbers = numbersOf(text);
    if (numbers.size === 0) return;
    for (const field of numbers.keys()) this.#addColumn(field);
    const last = this.times.at(-1) ?? 0;
    this.times.push(Math.max(at / 1_000, last));
    for (const [field, column] of this.#columns) column.push(numbers.get(field) ?? null);
    if (this.times.length <= MAX_MOMENTS) return;
    this.times.shift();
    for (const column of this.#columns.values()) column.shift();
  }

  /** @param {string} field */
  #addColumn(field) {
    if (this.#columns.has(field) || this.#columns.size >= MAX_FIELDS) return;
    this.#columns.set(field, this.times.map(() => null));
  }
}
