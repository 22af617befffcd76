/**
 * A time as strftime of C writes it, in the language of programs (locale C) and the time zone of the machine. Pure.
 * Invariant: a letter that is not known is undefined, so that the caller can say so.
 */

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ["January", "February", "March", "April", "May", "June"],
  ["July", "August", "September", "October", "November", "December"],
].flat();
const DAY_MS = 86_400_000;

/** One conversion. */
type Conversion = (time: Date) => string;

const two = (value: number): string => String(value).padStart(2, "0");
const spaced = (value: number): string => String(value).padStart(2);
const hour12 = (time: Date): number => time.getHours() % 12 || 12;
const half = (time: Date): string => time.getHours() < 12 ? "AM" : "PM";
const dayName = (time: Date): string => DAYS[time.getDay()]!;
const monthName = (time: Date): string => MONTHS[time.getMonth()]!;

/** Days since the first of January. */
function dayOfYear(time: Date): number {
  const day = Date.UTC(time.getFullYear(), time.getMonth(), time.getDate());
  return Math.round((day - Date.UTC(time.getFullYear(), 0, 1)) / DAY_MS);
}

/** Weeks that begin with this day of the week, those before the first one left out. */
function weekFrom(time: Date, firstDay: number): number {
  return Math.floor((dayOfYear(time) + 7 - (time.getDay() + 7 - firstDay) % 7) / 7);
}

/** ISO 8601: the week that has the year's first Thursday is the first. */
function isoWeek(time: Date): { year: number; week: number } {
  const thursday = new Date(time.getFullYear(), time.getMonth(), time.getDate());
  thursday.setDate(thursday.getDate() + 3 - (thursday.getDay() + 6) % 7);
  return { year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

function offset(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

function zoneName(time: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(time);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

const CONVERSIONS: Readonly<Record<string, Conversion | string>> = {
  a: (time) => dayName(time).slice(0, 3),
  A: dayName,
  b: (time) => monthName(time).slice(0, 3),
  B: monthName,
  c: "a b e H:M:S Y",
  C: (time) => two(Math.floor(time.getFullYear() / 100)),
  d: (time) => two(time.getDate()),
  D: "m/d/y",
  e: (time) => spaced(time.getDate()),
  F: "Y-m-d",
  g: (time) => two(isoWeek(time).year % 100),
  G: (time) => String(isoWeek(time).year),
  h: (time) => monthName(time).slice(0, 3),
  H: (time) => two(time.getHours()),
  I: (time) => two(hour12(time)),
  j: (time) => String(dayOfYear(time) + 1).padStart(3, "0"),
  k: (time) => spaced(time.getHours()),
  l: (time) => spaced(hour12(time)),
  m: (time) => two(time.getMonth() + 1),
  M: (time) => two(time.getMinutes()),
  n: () => "\n",
  N: (time) => String(time.getMilliseconds() * 1_000_000).padStart(9, "0"),
  p: half,
  P: (time) => half(time).toLowerCase(),
  r: "I:M:S p",
  R: "H:M",
  s: (time) => String(Math.floor(time.getTime() / 1000)),
  S: (time) => two(time.getSeconds()),
  t: () => "\t",
  T: "H:M:S",
  u: (time) => String(time.getDay() || 7),
  U: (time) => two(weekFrom(time, 0)),
  V: (time) => two(isoWeek(time).week),
  w: (time) => String(time.getDay()),
  W: (time) => two(weekFrom(time, 1)),
  x: "m/d/y",
  X: "H:M:S",
  y: (time) => two(time.getFullYear() % 100),
  Y: (time) => String(time.getFullYear()),
  z: offset,
  Z: zoneName,
};

/** What a letter of strftime stands for; undefined: nothing. A text in the table is made of other letters. */
export function conversionOf(letter: string): Conversion | undefined {
  const found = Object.hasOwn(CONVERSIONS, letter) ? CONVERSIONS[letter] : undefined;
  if (typeof found !== "string") return found;
  return (time) => found.replace(/[a-zA-Z]/g, (one) => conversionOf(one)?.(time) ?? one);
}
