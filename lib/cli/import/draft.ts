/**
 * What an import gathers: the new configuration, where each of its keys comes from, and what could not be
 * carried over. Invariant: nothing is dropped in silence; a key is either set or noted.
 */

/** A value that YAML can hold. */
export type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** Where something stood: a file's name as people gave it, and a line from 1 (0: the file as a whole). */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Something that people have to know about the import. */
export interface Note {
  /** `skipped`: it is not in the new configuration; `differs`: it is, and means something else there. */
  readonly kind: "skipped" | "differs";
  readonly key: string;
  /** Undefined for what stands in no file: a default of the other broker. */
  readonly place: Place | undefined;
  /** Why, or what is different; no full stop. */
  readonly text: string;
}

/** A file that was read for an import. */
export interface SourceFile {
  /** As people gave it, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** `file:line`. */
export function showPlace({ file, line }: Place): string {
  return line > 0 ? `${file}:${line}` : file;
}

/** The new configuration while it is being made. */
export class Draft {
  readonly #root: Record<string, Plain> = {};
  readonly #comments = new Map<string, string>();
  readonly notes: Note[] = [];

  /** What `midge check` would read; keys in the order in which they were set. */
  get config(): Readonly<Record<string, Plain>> {
    return this.#root;
  }

  /** The comment at a key; undefined when it has none. */
  commentAt(path: readonly string[]): string | undefined {
    return this.#comments.get(path.join("\0"));
  }

  /** Sets a key; sections on the way to it are made. `origin` becomes its comment. */
  set(path: readonly string[], value: Plain, origin?: Place | string): void {
    let section = this.#root;
    for (const key of path.slice(0, -1)) {
      const inner = section[key] ?? {};
      section[key] = inner;
      section = inner as Record<string, Plain>;
    }
    section[path.at(-1)!] = value;
    if (origin === undefined) return;
    this.#comments.set(path.join("\0"), typeof origin === "string" ? origin : showPlace(origin));
  }

  /** Takes a key out again, with all that is in it. */
  unset(path: readonly string[]): void {
    let section: Record<string, Plain> | undefined = this.#root;
    for (const key of path.slice(0, -1)) {
      section = section?.[key] as Record<string, Plain> | undefined;
    }
    delete section?.[path.at(-1)!];
  }

  /** Notes what is not in the new configuration. */
  skip(key: string, place: Place | undefined, text: string): void {
    this.notes.push({ kind: "skipped", key, place, text });
  }

  /** Notes what is in it and behaves otherwise. */
  differ(key: string, place: Place | undefined, text: string): void {
    this.notes.push({ kind: "differs", key, place, text });
  }
}

/** A note as one line. */
export function showNote({ kind, key, place, text }: Note): string {
  const where = place === undefined ? "" : ` (${showPlace(place)})`;
  return `${kind === "skipped" ? "not carried over" : "differs"}: ${key}${where}: ${text}`;
}
