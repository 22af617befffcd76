/**
 * The text of a password file with one user's line changed. Pure. Invariant: every other line stays byte for byte;
 * of a user named twice no line survives, for the last one would win.
 */
/** The user of a line `user:hash`, as auth_file reads it; undefined for comments and blank lines. */
function userOf(line: string): string | undefined {
  const text = line.trim();
  const colon = text.indexOf(":");
  return text.startsWith("#") || colon < 0 ? undefined : text.slice(0, colon);
}

/** The text without the user's lines; undefined when it has none. */
export function withoutUser(text: string, user: string): string | undefined {
  const lines = text.split("\n");
  const kept = lines.filter((line) => userOf(line) !== user);
  return kept.length === lines.length ? undefined : kept.join("\n");
}

/** The text with the user's first line replaced, later ones dropped; or with a new last line. */
export function withUser(text: string, user: string, hash: string): string {
  const lines = text.split("\n");
  const place = lines.findIndex((line) => userOf(line) === user);
  if (place < 0) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${user}:${hash}\n`;
  const kept = lines.filter((line, index) => index <= place || userOf(line) !== user);
  kept[place] = `${user}:${hash}`;
  return kept.join("\n");
}
