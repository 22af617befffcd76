/**
 * What a table of configuration keys is, what follows from one, and how a mapping is read with it. Invariant: a key
 * is said once, in its table; the types of what people write and of what the program uses, the checking, the
 * defaults and the documented page come from there.
 */
import { anything, type Field, readValue } from "./fields.ts";
import { canonicalKeys, isMapping } from "./keys.ts";
import type { KeyPath, Problems } from "./problems.ts";

/** What is said about a key for the documented page (page.ts). */
export interface KeyDoc {
  /** Sentences for people. */
  readonly doc?: string;
  /** On the page: at work, or not at all; without this it is commented out. */
  readonly shown?: "active" | "hidden";
  /** Stands on the page in place of the default. */
  readonly example?: unknown;
  /** What stands on the page below the key. */
  readonly keys?: Keys;
}

/** One key: `Written` by people, used as `Value`. */
export interface Key<Value, Written> extends KeyDoc {
  readonly type: Field<Value, Written>;
  /** What holds where the key is left out, as people write it. */
  readonly default?: Written;
  /** Never there: lets TypeScript tell a key that may be undefined. */
  readonly value?: Value;
}

/** A table: keys by their names, in the order in which people are told of them. */
export type Keys = Readonly<Record<string, Key<unknown, unknown>>>;

interface Row<Value, Written> extends KeyDoc {
  readonly type: Field<Value, Written>;
}

/** A row of a table; without a default the value may be undefined. */
export function key<Value, Written>(
  row: Row<Value, Written> & { readonly default: NoInfer<Written> },
): Key<Value, Written>;
export function key<Value, Written>(row: Row<Value, Written>): Key<Value | undefined, Written>;
export function key<Value, Written>(row: Row<Value, Written>): Key<Value | undefined, Written> {
  return row;
}

/** A key that is a mapping with keys of its own; its reader reads it with `keys`. */
export function section<Table extends Keys>(
  keys: Table,
  doc: KeyDoc = {},
): Key<unknown, Options<Table>> {
  return { type: anything(), keys, ...doc };
}

/** `max_packet_size` -> `maxPacketSize`. */
export type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/**
 * What people write: every key may be left out, or null, which mostly means the same.
 * @internal
 */
export type Options<Table extends Keys> = {
  -readonly [Name in keyof Table]?: Table[Name] extends Key<infer _, infer Written> ? Written | null
    : never;
};

/**
 * What the program uses: names in camel case, `Prefix` taken off, every default filled in.
 * @internal
 */
export type Values<Table extends Keys, Prefix extends string = ""> = {
  [
    Name in keyof Table & string as CamelCase<
      Name extends `${Prefix}${infer Rest}` ? Rest : Name
    >
  ]: Table[Name] extends Key<infer Value, infer _> ? Value : never;
};

/** The same of a name that TypeScript does not know. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Reads one mapping: hyphens in its keys become underscores; unknown keys and unacceptable values are reported, and
 * the defaults stand in for them, so that reading can go on and find the rest. Null and undefined count as empty.
 * @param profile wins over the defaults
 */
export function readSection<Table extends Keys>(
  table: Table,
  raw: unknown,
  path: KeyPath,
  problems: Problems,
  profile: Partial<Values<Table>> = {},
): Values<Table> {
  return { ...defaultsOf(table), ...profile, ...readGiven(table, raw, path, problems) };
}

/** What holds where nothing is written. */
export function defaultsOf<Table extends Keys>(table: Table): Values<Table> {
  const values = Object.entries(table).map(([name, { type, default: fallback }]) =>
    [camelCase(name), fallback === undefined ? undefined : type.read(fallback)] as const
  );
  // TypeScript cannot follow computed names; Values says the same in its own language. So below.
  return Object.fromEntries(values) as Values<Table>;
}

/** `readSection` without the defaults: only what is written, and acceptable. */
export function readGiven<Table extends Keys>(
  table: Table,
  raw: unknown,
  path: KeyPath,
  problems: Problems,
): Partial<Values<Table>> {
  const known = Object.keys(table);
  if (!isMapping(raw ?? {})) {
    const expected = `a mapping with keys such as ${known.slice(0, 3).join(", ")}`;
    if (Object.values(table).some(({ type }) => type.isSecret)) {
      problems.addSecret(path, raw, expected);
    } else problems.addValue(path, raw, expected);
  }
  const given = isMapping(raw) ? canonicalKeys(raw, known, path, problems) : {};
  const values: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(table)) {
    const written = given[name];
    if (written === undefined || (written === null && !type.takesNull)) continue;
    const value = readValue(type, written, [...path, name], problems);
    if (value !== undefined) values[camelCase(name)] = value;
  }
  return values as Partial<Values<Table>>;
}

/** The values of a table's keys out of those of more, `prefix` taken off the names that begin with it. */
export function valuesOf<Table extends Keys, const Prefix extends string = "">(
  table: Table,
  all: Values<NoInfer<Table>>,
  prefix?: Prefix,
): Values<Table, Prefix> {
  const values: Readonly<Record<string, unknown>> = all;
  const short = (name: string) =>
    prefix !== undefined && name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const chosen = Object.keys(table).map((name) =>
    [camelCase(short(name)), values[camelCase(name)]] as const
  );
  return Object.fromEntries(chosen) as Values<Table, Prefix>;
}
