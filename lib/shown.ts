/** Text of strangers as people get to see it. Invariant: a long one is cut, and says so. */

const SHOWN = 128;

/** The text, or its beginning and how long it was. */
export function shown(text: string, characters = SHOWN): string {
  if (text.length <= characters) return text;
  return `${text.slice(0, characters)}... (${text.length} characters)`;
}
