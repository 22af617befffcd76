/**
 * SASLprep, RFC 4013: what names and passwords of SCRAM look like before they are compared. Invariant: a text that
 * gives an answer gives the same one again when it is prepared again. NFKC and assigned characters are those of this
 * runtime's Unicode, not of 3.2 alone: later characters are allowed.
 */

/** Spaces outside ASCII, table C.1.2: as a space. */
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** Table B.1: as nothing. U+200B stands in both tables, and a space is what RFC 4013 makes of it first. */
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;
/** Tables C.2.1 to C.9: controls, private use, no characters, surrogates, what changes the display, tags. */
const PROHIBITED = new RegExp(
  "[\\u0000-\\u001f\\u007f-\\u009f\\u06dd\\u070f\\u180e\\u2028\\u2029\\u206a-\\u206f\\ufff9-\\uffff" +
    "\\u{1d173}-\\u{1d17a}\\u0340\\u0341\\u200e\\u200f\\u202a-\\u202e\\u2061-\\u2063\\u2ff0-\\u2ffb" +
    "\\ufdd0-\\ufdef\\u{e0001}\\u{e0020}-\\u{e007f}\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}]",
  "u",
);
/** What no version of Unicode that is known here has. */
const UNASSIGNED = /\p{Cn}/u;
/** Table D.1: letters that are written from right to left. */
const RIGHT_TO_LEFT = new RegExp(
  "[\\u05be\\u05c0\\u05c3\\u05d0-\\u05ea\\u05f0-\\u05f4\\u061b\\u061f\\u0621-\\u063a\\u0640-\\u064a" +
    "\\u066d-\\u066f\\u0671-\\u06d5\\u06e5\\u06e6\\u06fa-\\u06fe\\u0700-\\u070d\\u0710\\u0712-\\u072c" +
    "\\u0780-\\u07a5\\u07b1\\ufb1d\\ufb1f-\\ufb28\\ufb2a-\\ufb36\\ufb38-\\ufb3c\\ufb3e\\ufb40\\ufb41" +
    "\\ufb43\\ufb44\\ufb46-\\ufbb1\\ufbd3-\\ufd3d\\ufd50-\\ufd8f\\ufd92-\\ufdc7\\ufdf0-\\ufdfc" +
    "\\ufe70-\\ufe74\\ufe76-\\ufefc]",
  "u",
);
/** In place of table D.2: every other letter. */
const LETTER = /\p{L}/u;

/**
 * Prepares a name or a password.
 * @param isStored it is going to be kept, so that characters without a meaning are refused (RFC 3454, section 7)
 * @returns undefined where it has a character that is prohibited, or mixes directions of writing
 */
export function saslprep(text: string, isStored = false): string | undefined {
  const mapped = text.replaceAll(OTHER_SPACES, " ").replaceAll(NOTHING, "");
  const prepared = mapped.normalize("NFKC");
  if (PROHIBITED.test(prepared)) return undefined;
  if (isStored && UNASSIGNED.test(prepared)) return undefined;
  return isOneDirection(prepared) ? prepared : undefined;
}

/** RFC 3454, section 6. */
function isOneDirection(text: string): boolean {
  if (!RIGHT_TO_LEFT.test(text)) return true;
  const characters = [...text];
  const isRight = (character: string | undefined) => RIGHT_TO_LEFT.test(character ?? "");
  return isRight(characters[0]) && isRight(characters.at(-1)) &&
    characters.every((one) => isRight(one) || !LETTER.test(one));
}
