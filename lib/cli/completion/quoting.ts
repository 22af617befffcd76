/** Texts in scripts of shells. Invariant: what is quoted is one word of the shell, whatever stands in it. */

/** For bash and zsh: in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** For fish, which knows two escapes in single quotes. */
export function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
