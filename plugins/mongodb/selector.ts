/**
 * What chooses documents: `username=%u, clientid=%c`, or a list of such texts of which one is enough. Invariants: a
 * value is a placeholder as a whole or a literal, and always sent as a string, so that no client's value can become
 * an operator; a part that is not understood is refused when the configuration is read.
 */
import { placeholderValue, strayPlaceholder } from "../../sources.ts";
import { type ClientView, type OptionField, optionField } from "../../plugin.ts";

/** A part of a selector: a field and what it must equal. */
interface Condition {
  readonly field: string;
  /** The letter of a placeholder, or a text. */
  readonly value: { readonly letter: string } | { readonly text: string };
}

/** For one client: documents that fit all conditions of one of these. */
export type Filter = readonly Readonly<Record<string, string>>[];

const PLACEHOLDER = /^%([uCcda])$/;

/** Alternatives, each of them conditions that hold together. */
export class Selector {
  readonly #alternatives: readonly (readonly Condition[])[];

  /** The fields that hold a name of a client: those that a placeholder is compared with. */
  readonly names: readonly string[];

  private constructor(alternatives: readonly (readonly Condition[])[]) {
    this.#alternatives = alternatives;
    const conditions = alternatives.flat().filter(({ value }) => "letter" in value);
    this.names = [...new Set(conditions.map(({ field }) => field))];
  }

  /** Undefined: it is no selector. */
  static parse(value: unknown): Selector | undefined {
    const texts = Array.isArray(value) ? value : [value];
    const alternatives = texts.map(parseConditions);
    const isWhole = texts.length > 0 && alternatives.every((one) => one !== undefined);
    return isWhole ? new Selector(alternatives) : undefined;
  }

  /** Why it cannot be meant: a text with a placeholder in it. Undefined: it can. */
  get problem(): string | undefined {
    return this.#alternatives.flat().map(({ field, value }) => {
      const stray = "text" in value ? strayPlaceholder(value.text) : undefined;
      return stray === undefined
        ? undefined
        : `${field}: ${stray} has no value here; expected %u, %c, %a, %C or %d as the whole value, or a text`;
    }).find((problem) => problem !== undefined);
  }

  /** An alternative that needs a value which the client has not fits nothing; undefined: none is left. */
  bind(client: ClientView): Filter | undefined {
    const bound = this.#alternatives.map((conditions) => bindAll(conditions, client))
      .filter((one) => one !== undefined);
    return bound.length === 0 ? undefined : bound;
  }
}

/** A selector in the configuration. */
export const selectorOption: OptionField<Selector> = optionField(
  (value) => {
    const selector = Selector.parse(value);
    return selector?.problem === undefined ? selector : new Error(selector.problem);
  },
  "field=value pairs such as username=%u, clientid=%c, or a list of such texts",
);

/** A name of a field, with dots into documents within documents; operators begin with `$`. */
export const FIELD_NAME = /^[\w-]+(?:\.[\w-]+)*$/;

function parseConditions(text: unknown): readonly Condition[] | undefined {
  if (typeof text !== "string") return undefined;
  const pairs = text.replace(/\s*=\s*/g, "=").split(/[\s,]+/).filter((pair) => pair !== "");
  const conditions = pairs.map(parsePair).filter((one) => one !== undefined);
  const fields = new Set(conditions.map(({ field }) => field));
  return pairs.length > 0 && fields.size === pairs.length ? conditions : undefined;
}

function parsePair(pair: string): Condition | undefined {
  const [field = "", text, ...more] = pair.split("=");
  if (!FIELD_NAME.test(field) || !text || more.length > 0) return undefined;
  const [, letter] = PLACEHOLDER.exec(text) ?? [];
  return { field, value: letter === undefined ? { text } : { letter } };
}

function bindAll(
  conditions: readonly Condition[],
  client: ClientView,
): Readonly<Record<string, string>> | undefined {
  const bound = conditions.map(({ field, value }) => {
    const text = "text" in value ? value.text : placeholderValue(value.letter, { client });
    return text === undefined ? undefined : [field, text] as const;
  }).filter((one) => one !== undefined);
  return bound.length < conditions.length ? undefined : Object.fromEntries(bound);
}
