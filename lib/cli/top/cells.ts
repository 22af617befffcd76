/** Text in cells of a terminal. Pure. Invariant: what is fitted is exactly that wide, and moves no cursor. */
import { escapeText } from "../../log/format.ts";

/** Two cells: East Asian wide letters, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
/** None: what stands on the letter before it. */
const MARK = /\p{Mark}/u;

/** As wide as that: cut, or with blanks behind it. */
export function fit(text: string, width: number): string {
  let fitted = "";
  let cells = 0;
  for (const letter of escapeText(text)) {
    const size = MARK.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
    if (cells + size > width) break;
    fitted += letter;
    cells += size;
  }
  return fitted + " ".repeat(Math.max(0, width - cells));
}

/** The same of a number or a short word, with blanks before it. */
export function fitRight(text: string, width: number): string {
  return text.length > width ? fit(text, width) : text.padStart(width);
}

const UNITS = ["", "K", "M", "G", "T"] as const;

/** `950`, `1.2K`, `34M`: of bytes, 1024 each. */
export function sizeText(bytes: number): string {
  let [value, unit] = [Math.round(bytes), 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return (unit > 0 && value < 10 ? value.toFixed(1) : String(Math.round(value))) + UNITS[unit];
}

/** `59s`, `12m 5s`, `3h 7m`, `12d 4h`. */
export function timeText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(whole / unit));
  if (days! > 0) return `${days}d ${hours! % 24}h`;
  if (hours! > 0) return `${hours}h ${minutes! % 60}m`;
  return minutes! > 0 ? `${minutes}m ${whole % 60}s` : `${whole}s`;
}
