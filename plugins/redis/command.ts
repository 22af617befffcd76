/**
 * A command of the configuration with placeholders: `HMGET mqtt_user:%u password`. Invariant: the text is split
 * into arguments before anything is filled in, so that no value of a client can add an argument.
 */
import { placeholderValue, Template } from "../../sources.ts";
import { type ClientView, type OptionField, optionField } from "../../plugin.ts";

/** username, clientid, address, certificate's common name and subject. */
const LETTERS = "ucaCd";

/** The command's name and its arguments. */
export type Arguments = readonly [name: string, ...values: string[]];

/** A command, split and understood. */
export class RedisCommand {
  readonly #name: string;
  readonly #templates: readonly Template[];
  /** The placeholders that occur. */
  readonly #needed: readonly string[];

  private constructor(name: string, templates: readonly Template[]) {
    this.#name = name;
    this.#templates = templates;
    this.#needed = [...LETTERS].filter((letter) => templates.some((one) => one.uses(letter)));
  }

  /** A text that is split at its spaces, or a list of arguments. Undefined: it is no command. */
  static parse(value: unknown): RedisCommand | undefined {
    const words = typeof value === "string" ? value.split(/\s+/).filter((word) => word) : value;
    if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) return undefined;
    const [name = "", ...values] = words;
    if (!/^[a-z]+$/i.test(name) || values.length === 0) return undefined;
    // The driver reshapes the replies to some commands, but knows those by small letters.
    return new RedisCommand(
      name.toUpperCase(),
      values.map((text) => Template.parse(text, LETTERS)),
    );
  }

  /** The command for a client; undefined where a value that it needs is missing. */
  bind(client: ClientView): Arguments | undefined {
    const subject = { client };
    const isKnown = (letter: string) => placeholderValue(letter, subject) !== undefined;
    if (!this.#needed.every(isKnown)) return undefined;
    return [this.#name, ...this.#templates.map((template) => template.fill(subject) ?? "")];
  }
}

/** A placeholder counts wherever it stands, so one that has no value here is none that could be meant as text. */
function strayIn(value: unknown): Error | undefined {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  for (const text of texts) {
    if (typeof text !== "string") continue;
    const { foreign } = Template.parse(text, LETTERS);
    if (foreign !== undefined) return new Error(foreign);
  }
  return undefined;
}

/** A command in the configuration. */
export const commandOption: OptionField<RedisCommand> = optionField(
  (value) => strayIn(value) ?? RedisCommand.parse(value),
  "a command with its arguments, such as HGETALL mqtt_acl:%u",
);
