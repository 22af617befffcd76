/**
 * The guide's placeholders, %u and the others, in requests to a source. Invariant: values are looked up, never read
 * again for placeholders, so a client id `%P` stays a client id. (Placeholders in the topics of rules are another
 * matter: lib/access/rules/rule_topic.ts.)
 */
import { plainAddress } from "../../cidr.ts";
import { strayProblem } from "../rules/stray.ts";
import type { ClientView } from "../../plugin/types.ts";

/** What a request is about. */
export interface SourceRequest {
  /** Whose values are filled in. */
  readonly client: ClientView;
  /** At CONNECT only. */
  readonly password?: string | undefined;
  /** In authorizations only. */
  readonly action?: "publish" | "subscribe";
  /** `%t` of a publish or a subscribe. */
  readonly topic?: string;
}

/** Placeholders known at any time: username, client id, address, protocol, password, port, certificate. */
export const CLIENT_PLACEHOLDERS = "ucarPpCd";
/** Placeholders of an authorization: those, and access, topic, mountpoint. */
export const ACL_PLACEHOLDERS = `${CLIENT_PLACEHOLDERS}Atm`;

const ACCESS_NUMBERS = { subscribe: "1", publish: "2" };

/** The value of `%letter`; undefined where there is none. */
export function placeholderValue(letter: string, subject: SourceRequest): string | undefined {
  const { client, password, action, topic } = subject;
  switch (letter) {
    case "u":
      return client.username;
    case "c":
      return client.clientId;
    case "a":
      return plainAddress(client.address) || undefined; // a client of a socket file has none
    case "r":
      return "mqtt";
    case "P":
      return password;
    case "p":
      return client.port === 0 ? undefined : String(client.port);
    case "C":
      return client.certificate?.commonName || undefined;
    case "d":
      return client.certificate?.subject || undefined; // a proxy tells the name alone
    case "A":
      return action && ACCESS_NUMBERS[action];
    case "t":
      return topic;
    default: // m, the mountpoint: EMQ X has such a thing, Midge has not
      return undefined;
  }
}

/** A text with placeholders, taken apart once. */
export class Template {
  /** Text and letters in turn, beginning with a text. */
  readonly #parts: readonly string[];
  readonly #letters: string;

  private constructor(parts: readonly string[], letters: string) {
    this.#parts = parts;
    this.#letters = letters;
  }

  /** Takes a text apart; only these letters are placeholders, any other `%` stands for itself. */
  static parse(text: string, letters: string = ACL_PLACEHOLDERS): Template {
    return new Template(text.split(new RegExp(`%([${letters}])`)), letters);
  }

  /** Why a placeholder in it cannot be meant: it has no value here. Undefined: all have one. */
  get foreign(): string | undefined {
    const texts = this.#parts.filter((_, index) => index % 2 === 0);
    return texts.map((text) => strayProblem(text, this.#letters)).find((one) => one !== undefined);
  }

  /** Does it have this placeholder? */
  uses(letter: string): boolean {
    return this.#parts.some((part, index) => index % 2 === 1 && part === letter);
  }

  /**
   * The text with its values; a missing one is empty. Undefined when the template is one placeholder and
   * nothing else, and its value is missing.
   */
  fill(subject: SourceRequest): string | undefined {
    const [before, letter, behind] = this.#parts;
    if (this.#parts.length === 3 && before === "" && behind === "") {
      return placeholderValue(letter!, subject);
    }
    return this.#parts
      .map((part, index) => index % 2 === 0 ? part : placeholderValue(part, subject) ?? "")
      .join("");
  }
}
