// @ts-check
/**
 * Text from clients, for people: what cannot be seen is made visible, what is long is cut. Invariant: the result has no
 * control character, no mark that changes the direction of text, and a bounded length.
 */

/** Controls, separators of lines, marks of direction, what has no width, halves of surrogate pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;
/** Joins emoji and letters of some scripts: it does no harm. */
const JOINERS = "\u200c\u200d";

/** @type {Record<string, string>} */
const ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** @param {string} character */
function picture(character) {
  if (JOINERS.includes(character)) return character;
  return ESCAPES[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/**
 * @param {string} text
 * @param {number} [max] characters that are shown
 */
export function visible(text, max = 500) {
  const shown = text.length > max ? text.slice(0, max) : text;
  const seen = shown.replace(UNSEEN, picture);
  return text.length > max ? `${seen}… (${count(text.length)} characters)` : seen;
}

/** As `visible`, for text of many lines: line breaks and tabs stay. @param {string} text @param {number} [max] */
export function visibleLines(text, max = 100_000) {
  const shown = text.length > max ? text.slice(0, max) : text;
  const seen = shown.replaceAll("\r\n", "\n").replace(
    UNSEEN,
    (character) => character === "\n" || character === "\t" ? character : picture(character),
  );
  return text.length > max ? `${seen}\n… (${count(text.length)} characters)` : seen;
}

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const SMALL = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** 12,345 @param {number} value */
export function count(value) {
  return COUNT.format(value);
}

/** 1 topic, 12,345 topics @param {number} value @param {string} thing */
export function counted(value, thing) {
  return `${count(value)} ${thing}${value === 1 ? "" : "s"}`;
}

/** 12.3K, 1.25, 0 @param {number} value */
export function short(value) {
  return Math.abs(value) < 1_000 ? SMALL.format(value) : SHORT.format(value);
}

/** 1.2 MB @param {number} bytes */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${SMALL.format(value)} ${units[unit]}`;
}

/** 3 d 4 h, 5 min, 12 s @param {number | null} seconds null: a dash */
export function duration(seconds) {
  if (seconds === null) return "–";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor(whole / 60) % 60} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor(whole / 3_600) % 24} h`;
}

/** 1.23 ms @param {number} ms */
export function milliseconds(ms) {
  return ms >= 1_000 ? `${SMALL.format(ms / 1_000)} s` : `${SMALL.format(ms)} ms`;
}

const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** 14:03:11 today, else with its date @param {number} at milliseconds since 1970 */
export function time(at) {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return (isToday ? TIME : DATE).format(at);
}

/** 28 Nov 2026, 14:03:11 @param {number} at milliseconds since 1970 */
export function fullTime(at) {
  return DATE.format(at);
}
