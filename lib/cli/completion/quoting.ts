/** Words of fish, whose quotes are its own. Pure. Invariant: what is quoted is one word, whatever stands in it. */

/** In single quotes, in which fish knows two escapes. */
export function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
