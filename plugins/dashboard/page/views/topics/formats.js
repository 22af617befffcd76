// @ts-check
/**
 * What a payload is, and as what it can be shown. Invariants: a payload that is cut is no JSON and no image; SVG is text;
 * the text of numbers in JSON stays as it was written.
 */

/** @typedef {"text" | "json" | "hex" | "image"} Format */

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LENIENT = new TextDecoder("utf-8", { ignoreBOM: true });
/** Bytes of a UTF-8 sequence that may be missing where a payload was cut. */
const CUT_BYTES = 3;
const MAX_INDENT = 40;

/** @param {Uint8Array} bytes @param {number[]} magic @param {number} [at] */
function begins(bytes, magic, at = 0) {
  return magic.every((byte, index) => bytes[at + index] === byte);
}

/** The media type of an image that the page shows, by its first bytes. @param {Uint8Array} bytes */
export function imageType(bytes) {
  if (begins(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "image/png";
  if (begins(bytes, [0xff, 0xd8, 0xff])) return "image/jpeg";
  if (begins(bytes, [0x47, 0x49, 0x46, 0x38])) return "image/gif";
  const isRiff = begins(bytes, [0x52, 0x49, 0x46, 0x46]);
  return isRiff && begins(bytes, [0x57, 0x45, 0x42, 0x50], 8) ? "image/webp" : undefined;
}

/** Text of bytes, whatever they are. @param {Uint8Array} bytes */
export function textOf(bytes) {
  return LENIENT.decode(bytes);
}

/** Is it UTF-8? @param {Uint8Array} bytes @param {boolean} isWhole else its end may be missing */
export function isText(bytes, isWhole = true) {
  for (let missing = 0; missing <= (isWhole ? 0 : CUT_BYTES); missing++) {
    try {
      UTF8.decode(bytes.subarray(0, bytes.length - missing));
      return true;
    } catch {
      // perhaps a sequence was cut
    }
  }
  return false;
}

/** The value of JSON; undefined: it is none. @param {string} text @returns {unknown} */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * How a payload is shown when no one has chosen.
 * @param {Uint8Array} bytes
 * @param {boolean} isWhole
 * @returns {Format}
 */
export function formatOf(bytes, isWhole) {
  if (imageType(bytes) !== undefined) return isWhole ? "image" : "hex";
  if (!isText(bytes, isWhole)) return "hex";
  const value = isWhole && /^\s*[[{]/.test(LENIENT.decode(bytes.subarray(0, 64)))
    ? parsed(textOf(bytes))
    : undefined;
  return value === undefined ? "text" : "json";
}

/** A token of JSON: a text, what opens or closes, or anything else without spaces. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/**
 * Valid JSON with a line for each member. Only spaces change: numbers, escapes and double names stay as they were.
 * @param {string} text
 */
export function prettyJson(text) {
  const tokens = text.match(TOKENS) ?? [];
  /** @type {string[]} */
  const parts = [];
  let depth = 0;
  const line = () => parts.push(`\n${"  ".repeat(Math.min(depth, MAX_INDENT))}`);
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    const isClosing = token === "}" || token === "]";
    if (isClosing) depth--;
    const isFirst = before === "{" || before === "[";
    if (isClosing ? !isFirst : isFirst || before === ",") line();
    if (before === ":") parts.push(" ");
    if (token === "{" || token === "[") depth++;
    parts.push(token);
  });
  return parts.join("");
}

const ROW = 16;

/**
 * Lines of sixteen bytes: where they are, the bytes, what of them is ASCII.
 * @param {Uint8Array} bytes
 * @param {number} max bytes
 */
export function hexDump(bytes, max) {
  const lines = [];
  for (let at = 0; at < Math.min(bytes.length, max); at += ROW) {
    const row = [...bytes.subarray(at, Math.min(at + ROW, max))];
    const pairs = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const hex = `${pairs.slice(0, 8).join(" ")}  ${pairs.slice(8).join(" ")}`.padEnd(49);
    const ascii = row.map((byte) => byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex} ${ascii.join("")}`);
  }
  return lines.join("\n");
}
