/**
 * EMQ X 4's settings, with what has been read of them. Invariant: what no importer took is left for a
 * note, so that no key is dropped in silence.
 */
import { badValue, type Statement } from "./statements.ts";

const SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  f: 1_209_600,
};

/** Settings by key; of several of one key the last counts. */
export class Settings {
  readonly #byKey: Map<string, Statement>;
  readonly #taken = new Set<string>();

  constructor(statements: readonly Statement[]) {
    this.#byKey = new Map(statements.map((statement) => [statement.key, statement]));
  }

  /** The setting, which then counts as read. */
  take(key: string): Statement | undefined {
    this.#taken.add(key);
    return this.#byKey.get(key);
  }

  /** Takes the first of these keys that is there; all of them count as read. */
  takeFirst(...keys: readonly string[]): Statement | undefined {
    return keys.map((key) => this.take(key)).find((statement) => statement !== undefined);
  }

  /** A setting without reading it. */
  peek(key: string): Statement | undefined {
    return this.#byKey.get(key);
  }

  /** All settings whose key begins so, in order; they then count as read. */
  takeAll(prefix: string): Statement[] {
    const found = [...this.#byKey.values()].filter(({ key }) => key.startsWith(prefix));
    for (const { key } of found) this.#taken.add(key);
    return found;
  }

  /** Keys in order. */
  keys(prefix: string): string[] {
    return [...this.#byKey.keys()].filter((key) => key.startsWith(prefix));
  }

  /** What no importer took. */
  get rest(): Statement[] {
    return [...this.#byKey.values()].filter(({ key }) => !this.#taken.has(key));
  }
}

/** `1MB` as Midge writes it: 1MiB (EMQ X counts in powers of two). @throws UserError */
export function readBytes(statement: Statement): number | string {
  const [, count, unit = ""] = /^(\d+)\s*([kmg]b?)?$/i.exec(statement.value) ?? [];
  if (count === undefined) throw badValue(statement, "a size such as 64KB or 1MB");
  return unit === "" ? Number(count) : `${count}${unit[0]!.toUpperCase()}iB`;
}

/** `2h`, `1m30s`, `300s`; a number alone is in `plain`. Seconds. @throws UserError */
export function readSeconds(statement: Statement, plain: "s" | "ms" = "s"): number {
  const { value } = statement;
  if (/^\d+$/.test(value)) return Number(value) * SECONDS[plain]!;
  if (!/^(?:\d+(?:ms|[smhdwf]))+$/.test(value)) throw badValue(statement, "a duration such as 5s");
  const parts = [...value.matchAll(/(\d+)(ms|[smhdwf])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS[unit!]!, 0);
}

/** Seconds as people write them: 7200 is 2h. */
export function durationText(seconds: number): string | number {
  if (seconds !== Math.floor(seconds)) return `${Math.round(seconds * 1000)}ms`;
  for (const [unit, size] of [["d", 86_400], ["h", 3600], ["m", 60]] as const) {
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return seconds === 0 ? 0 : `${seconds}s`;
}
