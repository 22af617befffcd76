/**
 * Placeholders where they mean nothing. A text that is compared as it is, and seems to be filled in, is a rule that never
 * applies: it is refused when it is read. Invariant: what is found is what people write for a placeholder in EMQ X 4
 * (`%u`) or 5 (`${username}`); `%` before another letter, or within a word (`%user`, `%c3`), is text.
 */

/** Every letter that is a placeholder somewhere. */
export const PLACEHOLDER_LETTERS = "ucaCdrPpAtm";

const STRAY = new RegExp(`%[${PLACEHOLDER_LETTERS}](?![A-Za-z0-9])|\\$\\{[A-Za-z_][\\w.]*\\}`, "g");

/**
 * The first placeholder in a text that is none here; undefined: there is none.
 * @param known Letters that have a value here.
 */
export function strayPlaceholder(text: string, known = ""): string | undefined {
  for (const [found] of text.matchAll(STRAY)) {
    if (found.startsWith("$") || !known.includes(found[1]!)) return found;
  }
  return undefined;
}

/**
 * Why a text with a placeholder that is none here is refused; undefined where it has none.
 * @param known Letters that have a value here.
 */
export function strayProblem(text: string, known = ""): string | undefined {
  const stray = strayPlaceholder(text, known);
  if (stray === undefined) return undefined;
  const list = [...known].map((letter) => `%${letter}`).join(", ");
  return `${stray} has no value here; ${
    list === "" ? "there are no placeholders here" : `known here: ${list}`
  }`;
}
