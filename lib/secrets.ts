/**
 * Secrets and texts for people. Invariant: what a field marks as secret is never shown, only what kind of value it is;
 * what is shown has no password of a URL or an address, nothing behind a word such as `password:`, and no key.
 */

const MASK = "***";

/** `//user:password@`; a password may hold anything but the end of a text in quotes. */
const USER_INFO = /\/\/([^\s":/@]*)(:(?:\\.|[^"\\])*)?@/g;
/** The same without a scheme, `user:password@host`. */
const BARE_USER_INFO =
  /(^|[\s",=[{(])(?!npm:|jsr:)([^\s":/@,=]+):(?!\/\/)(?:\\.|[^"\\])*@(?=[\w[])/g;
/** The same in a whole line, in which other texts may follow. */
const USER_INFO_IN_LINE = /\/\/([^\s":/@]*)(:[^\s"/]*)?@/g;
const SECRET_WORDS = "pass(?:word|wd|phrase)|pwd|secret|token|api[-_]?key|authorization";
/** `password: x`, `"password":"x"`, `password=x`. */
const AFTER_WORD = new RegExp(
  `((?:${SECRET_WORDS})\\\\?"?\\s*[:=]\\s*(?:\\\\?")?)(?:\\\\.|[^",}\\]\\\\])+`,
  "gi",
);
const SCHEME_OF_AUTHORIZATION = /\b(Bearer|Basic)\s+[^\s"]+/gi;
const PEM = /-----BEGIN [^]*/;

/** A value's text for an error line, with what looks like a secret in it as `***`. */
export function masked(text: string): string {
  return text
    .replace(PEM, `-----BEGIN ${MASK}`)
    .replace(AFTER_WORD, `$1${MASK}`)
    .replace(SCHEME_OF_AUTHORIZATION, `$1 ${MASK}`)
    .replace(USER_INFO, withoutPassword)
    .replace(BARE_USER_INFO, (_, before: string, user: string) => `${before}${user}:${MASK}@`);
}

/** A whole line with the passwords of its URLs as `***`. */
export function maskedUrls(line: string): string {
  return line.replace(USER_INFO_IN_LINE, withoutPassword);
}

/** Where there is no password, the user is a token. */
function withoutPassword(found: string, user: string, password: string | undefined): string {
  if (password !== undefined) return `//${user}:${MASK}@`;
  return user === "" ? found : `//${MASK}@`;
}

/** What a value is, where the value itself is not shown. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return value === null ? "null" : "nothing";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : "a text";
    case "number":
    case "bigint":
      return "a number";
    case "boolean":
      return "true or false";
    default:
      return value instanceof Date ? "a date" : "a mapping";
  }
}
