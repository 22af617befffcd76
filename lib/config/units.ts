/**
 * Reads the values people write: durations, sizes, counts, switches. Pure. Invariant: undefined means "not one of
 * these".
 */

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

function readQuantity(
  value: unknown,
  units: Readonly<Record<string, number>>,
  plainUnit: number,
): number | undefined {
  if (typeof value === "number") {
    return value >= 0 && Number.isFinite(value) ? value * plainUnit : undefined;
  }
  if (typeof value !== "string") return undefined;
  const parts = /^(\d+(?:\.\d+)?) ?([a-z]*)$/.exec(value.trim().toLowerCase());
  if (parts === null) return undefined;
  const unit = parts[2] === "" ? plainUnit : units[parts[2]!];
  return unit === undefined ? undefined : Number(parts[1]) * unit;
}

/** Milliseconds from a number of seconds or from `500ms`, `5s`, `1m`, `2h`, `7d`. */
export function readDuration(value: unknown): number | undefined {
  return readQuantity(value, MILLISECONDS, 1000);
}

/** Bytes from a whole number or from `64KiB`, `1MiB`, `1GiB`. */
export function readSize(value: unknown): number | undefined {
  const bytes = readQuantity(value, BYTES, 1);
  return bytes !== undefined && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A whole number, zero or more. */
export function readCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** A limit where 0 stands for none: Infinity. */
export function noneAsInfinity(value: number | undefined): number | undefined {
  return value === 0 ? Infinity : value;
}

/** true and false; also `on`, `off`, `yes`, `no`, which YAML 1.1 (aMQTT's) reads as such. */
export function readSwitch(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  if (/^(on|yes)$/i.test(value)) return true;
  return /^(off|no)$/i.test(value) ? false : undefined;
}
