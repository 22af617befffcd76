/** Words of a shell's command line. Pure. Invariant: whatever is in one, it is one word, and means nothing else. */

/** One word. */
export function shellWord(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
