/**
 * Which options are secret, by their names: as their tables and schemas mark them, and by what they are called. Pure.
 * Invariant: rather one too many than one too few.
 */
import { BROKER_KEYS } from "./broker_keys.ts";
import { underscored } from "./keys.ts";
import { SECRET_MARK } from "./plugin_options.ts";
import type { Keys } from "./table.ts";

/** May no one see the value of an option of this name? */
export type IsSecretName = (name: string) => boolean;

/** The end of names that say it; a file or a prefix of one is none. */
const SAYS_SO =
  /(?:pass(?:word|wd|phrase)|pwd|secret|token|authorization|credentials?|cookie|(?:^|[_.]|api|access|private|hmac|secret|mac)key)$/i;

/** Names of the configuration's own keys that are marked. */
const OWN = new Set(namesIn(BROKER_KEYS));

function* namesIn(keys: Keys): Generator<string> {
  for (const [name, { type, keys: below }] of Object.entries(keys)) {
    if (type.isSecret) yield name;
    if (below !== undefined) yield* namesIn(below);
  }
}

/** By the names of options that schemas mark, beside the configuration's own. */
export function secretNames(schemas: Iterable<unknown> = []): IsSecretName {
  const marked = new Set([...OWN, ...[...schemas].flatMap((schema) => [...markedIn(schema)])]);
  return (name) => {
    const plain = underscored(name);
    return marked.has(plain) || SAYS_SO.test(plain);
  };
}

/** The names of options that a schema marks, at any depth; of another's than valibot's there are none. */
export function markedIn(schema: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  const waiting = [schema];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (seen.has(part)) continue;
    seen.add(part);
    const { entries, ...others } = partsOf(part);
    for (const [name, entry] of Object.entries(Object(entries))) {
      if (isMarked(entry)) names.add(name);
      waiting.push(entry);
    }
    waiting.push(...Object.values(others).flat().filter((one) => Object(one) === one));
  }
  return names;
}

/** What of a schema may have schemas in it. */
function partsOf(schema: unknown): Readonly<Record<string, unknown>> {
  const { entries, pipe, options, wrapped, item, value, rest }: Record<string, unknown> = Object(
    schema,
  );
  return { entries, pipe, options, wrapped, item, value, rest };
}

/** Is there a mark on it, or on what it wraps? */
function isMarked(part: unknown): boolean {
  const { type, metadata, pipe, wrapped }: Record<string, unknown> = Object(part);
  if (type === "metadata") return Reflect.get(Object(metadata), SECRET_MARK) === true;
  return (wrapped !== undefined && isMarked(wrapped)) ||
    (Array.isArray(pipe) && pipe.some(isMarked));
}
