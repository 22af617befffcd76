/**
 * Topics of mosquitto's acl_file as a rule of Midge writes them. Invariant: text that a rule would take for a
 * placeholder of its own makes a denial wider and leaves a grant out.
 */
import { strayPlaceholder } from "../../access/rules/stray.ts";
import type { Draft } from "./draft.ts";
import type { AclLine } from "./mosquitto_acl_file.ts";

/** A topic of a rule; in `eq` all of it is literal. */
export type RuleTopic = string | { readonly eq: string };

/** What else decides what the lines mean. */
export interface AclOptions {
  /** Do clients without a user name get in at all? */
  readonly allowAnonymous: boolean;
  /** mosquitto's use_username_as_clientid: %c then is the user name. */
  readonly clientIdIsUsername: boolean;
}

/** Topics of the two kinds of lines as a rule writes them. */
export class TopicReader {
  readonly #draft: Draft;
  readonly #options: AclOptions;
  readonly #said = new Set<AclLine>();

  constructor(draft: Draft, options: AclOptions) {
    this.#draft = draft;
    this.#options = options;
  }

  /** Of a `topic` line: everything is literal but the wildcards. */
  readonly plain = (line: AclLine): RuleTopic | undefined => {
    const { text } = line;
    if (text === "all") return { eq: text };
    if (!text.split("/").some(isPlaceholder)) return text;
    return /[+#]/.test(text) ? this.#less(line) : { eq: text };
  };

  /** Of a `pattern` line: %c and %u stand for values, in the middle of a level too. */
  readonly pattern = (line: AclLine): RuleTopic | undefined => {
    const levels = line.text.split("/").map((level) => this.#patternLevel(level));
    if (levels.includes(undefined)) return this.#less(line);
    const text = levels.join("/");
    return text === "all" ? { eq: text } : text;
  };

  #patternLevel(level: string): string | undefined {
    const client = this.#options.clientIdIsUsername ? "%u" : "%c";
    if (level === "%c") return client;
    if (level === "%u") return level;
    const id = client === "%c" ? "${clientid}" : "${username}";
    const rest = level.replaceAll(/%[cu]/g, "");
    if (isPlaceholder(rest)) return undefined;
    return level.replaceAll("%c", id).replaceAll("%u", "${username}");
  }

  /** Text that a rule would take for a placeholder of its own: a denial gets wider, a grant is left out. */
  #less(line: AclLine): RuleTopic | undefined {
    const what = "has text that is a placeholder in Midge";
    const done = line.denies ? `; the rule denies more: any level in its place` : "";
    if (!this.#said.has(line)) this.#draft.skip(line.text, line.place, what + done);
    this.#said.add(line);
    if (!line.denies) return undefined;
    const isOpen = (level: string) => isPlaceholder(level) || /%[cu]/.test(level);
    return line.text.split("/").map((level) => isOpen(level) ? "+" : level).join("/");
  }
}

/** Would a rule's topic take this level for something else than its text? */
function isPlaceholder(level: string): boolean {
  return strayPlaceholder(level) !== undefined || level.includes("${");
}
