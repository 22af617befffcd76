/**
 * One object of a line of JSON, read key by key. Invariants: what is not as expected is a UserError that says where, what
 * and what was expected; a key that nothing has asked for is one too.
 */
import { decodeBase64, encodeBase64 } from "../../encoding.ts";
import { shown } from "../../shown.ts";
import { UserError } from "../../user_error.ts";

/** What stands in for the longest values in an error. */
const SHOWN = 60;

/** An object on its way into a value. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #in: Fields | string;
  readonly #key: string;
  /** Keys that were asked for, and are there. */
  readonly #asked: string[] = [];

  /**
   * @param within the object that has it under `key`, or a place
   * @throws UserError for what is no object
   */
  constructor(value: unknown, within: Fields | string, key = "") {
    this.#in = within;
    this.#key = key;
    if (!isObject(value)) {
      throw new UserError(`${this.where}: expected an object, got ${asGot(value)}`);
    }
    this.#values = value;
  }

  /** `FILE:LINE`, and the way to the object. */
  get where(): string {
    const within = this.#in;
    if (typeof within === "string") return within;
    return `${within.where}: ${this.#key}`;
  }

  /** @throws UserError for a text that is not JSON, or no object */
  static parse(text: string, where: string): Fields {
    try {
      return new Fields(JSON.parse(text), where);
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(`${where}: expected a line of JSON, got ${asGot(text)}`, { cause });
    }
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  /** Anything; undefined: it is not there. */
  value(key: string): unknown {
    if (!this.has(key)) return undefined;
    this.#asked.push(key);
    return this.#values[key];
  }

  text(key: string): string {
    const value = this.value(key);
    return typeof value === "string" ? value : this.wrong(key, "a text");
  }

  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  /** False where it is not there. */
  flag(key: string): boolean {
    const value = this.value(key) ?? false;
    return typeof value === "boolean" ? value : this.wrong(key, "true or false");
  }

  whole(key: string, least: number, most: number): number {
    const value = this.value(key);
    const isWhole = typeof value === "number" && Number.isSafeInteger(value);
    if (isWhole && value >= least && value <= most) return value;
    return this.wrong(key, `a whole number, ${least} to ${most}`);
  }

  /** `otherwise` where it is not there. */
  wholeOr<T>(key: string, least: number, most: number, otherwise: T): number | T {
    return this.has(key) ? this.whole(key, least, most) : otherwise;
  }

  /** Milliseconds, also negative ones. */
  milliseconds(key: string): number {
    return this.whole(key, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  }

  oneOf<const T>(key: string, known: readonly T[]): T {
    const value = this.value(key);
    const found = known.find((one) => one === value);
    return found ?? this.wrong(key, known.map((one) => JSON.stringify(one)).join(", "));
  }

  /** Empty where it is not there. */
  list(key: string): readonly unknown[] {
    const value = this.value(key) ?? [];
    return Array.isArray(value) ? value : this.wrong(key, "a list");
  }

  /** An object in this one. */
  fields(key: string): Fields {
    return new Fields(this.value(key), this, key);
  }

  /** The objects of a list. */
  objects(key: string): Fields[] {
    return this.list(key).map((one, at) => new Fields(one, this, `${key}[${at}]`));
  }

  /** Whole numbers from 1 on. */
  numbers(key: string, most: number): number[] {
    return this.list(key).map((one) => {
      const isOne = typeof one === "number" && Number.isInteger(one) && one >= 1 && one <= most;
      return isOne ? one : this.wrong(key, `whole numbers, 1 to ${most}`);
    });
  }

  /** Bytes of a text in base64. */
  base64(key: string): Uint8Array {
    const text = this.text(key);
    const bytes = decodeBase64(text);
    return encodeBase64(bytes) === text ? bytes : this.wrong(key, "base64");
  }

  /** @throws UserError for a key that was not asked for */
  end(): void {
    const key = Object.keys(this.#values).find((one) => !this.#asked.includes(one));
    if (key === undefined) return;
    throw new UserError(`${this.where}: unknown key ${JSON.stringify(shown(key, SHOWN))}`);
  }

  /** @throws UserError */
  wrong(key: string, expected: string): never {
    const got = this.has(key) ? asGot(this.#values[key]) : "nothing";
    throw new UserError(`${this.where}: ${key}: expected ${expected}, got ${got}`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asGot(value: unknown): string {
  return shown(JSON.stringify(value) ?? "nothing", SHOWN);
}
