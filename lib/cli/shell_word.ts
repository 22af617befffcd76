/** Words of a POSIX shell's command line. Pure. Invariant: whatever is in one, it is one word, and means nothing else. */

/** One word, in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One word, as a person would type it: in quotes only where it needs them. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);
}
