/**
 * The table of rooms in ARCHITECTURE.md, and what contradicts it. Invariant: the table is exact both ways, an import
 * that it does not list is a problem, and so is a name that no import needs.
 */
import { type Import, type ImportKind, importsOf } from "./imports.ts";

/** One row: a folder of its own, the files at the top of a folder, or one file. */
export interface Room {
  /** As the table writes it: `lib/net/`, `lib/*.ts`, `main.ts`. */
  readonly path: string;
  /** What it may import; undefined: anything. */
  readonly imports: ReadonlyMap<string, ImportKind> | undefined;
}

const ORDER: readonly ImportKind[] = ["types", "late", "code"];

/** The rows below the heading "Rooms". */
export function roomsOf(markdown: string): Room[] {
  const [, section = ""] = markdown.split("\n## Rooms\n");
  const table = section.split(/\n## /)[0]!.split("\n").filter((line) => line.startsWith("| `"));
  return table.map((line) => {
    const [, path = "", , cell = ""] = line.split("|").map((text) => text.trim());
    return { path: path.replaceAll("`", ""), imports: parseImports(cell) };
  });
}

function parseImports(cell: string): Room["imports"] {
  if (cell === "anything") return undefined;
  if (cell === "nothing") return new Map();
  return new Map(
    cell.split(", ").map((text) => {
      const [, name, kind] = /^(\S+?)(?: \((types|late)\))?$/.exec(text) ?? [];
      return [name ?? text, (kind ?? "code") as ImportKind];
    }),
  );
}

/** What contradicts the table, one line each; `sources` are files by their path. */
export function roomProblems(
  rooms: readonly Room[],
  sources: ReadonlyMap<string, string>,
): string[] {
  const used = new Map(rooms.map((room) => [room, new Map<string, ImportKind>()]));
  const empty = new Set(rooms);
  const problems: string[] = [];
  for (const [file, source] of sources) {
    const room = roomOf(rooms, file);
    if (room === undefined) problems.push(`${file}: no row of ARCHITECTURE.md has it`);
    else problems.push(...forbiddenImports(rooms, room, used.get(room)!, file, source));
    if (room !== undefined) empty.delete(room);
  }
  for (const room of empty) problems.push(`ARCHITECTURE.md: there is no ${room.path}`);
  for (const [room, names] of used) problems.push(...staleNames(room, names));
  return problems;
}

/** The imports of one file that its room may not have; what it imports is noted in `used`. */
function forbiddenImports(
  rooms: readonly Room[],
  room: Room,
  used: Map<string, ImportKind>,
  file: string,
  source: string,
): string[] {
  if (room.imports === undefined) return [];
  return importsOf(file, source).flatMap((one) => {
    const name = nameOf(rooms, file, one.specifier);
    if (name === undefined || name === nameOfRoom(room)) return [];
    note(used, name, one.kind);
    return allows(room, name, one.kind) ? [] : complaint(file, one, name, room);
  });
}

/** The most special room of a file. */
function roomOf(rooms: readonly Room[], file: string): Room | undefined {
  const candidates = rooms.filter(({ path }) => {
    if (path.endsWith("/")) return file.startsWith(path);
    return path.endsWith("/*.ts")
      ? file.slice(0, file.lastIndexOf("/") + 1) === path.slice(0, -4)
      : file === path;
  });
  return candidates.sort((a, b) => b.path.length - a.path.length)[0];
}

/** What the table calls what a file imports; undefined: a shared file of lib, which any room may use. */
function nameOf(rooms: readonly Room[], file: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) return "node";
  if (!specifier.startsWith(".")) return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
  const path = new URL(specifier, `file:///${file}`).pathname.slice(1);
  const room = roomOf(rooms, path);
  return room === undefined ? path : nameOfRoom(room);
}

function nameOfRoom({ path }: Room): string | undefined {
  if (path === "lib/*.ts") return undefined;
  return path.replace(/^lib\//, "").replace(/\/$/, "");
}

function note(used: Map<string, ImportKind>, name: string, kind: ImportKind): void {
  const before = used.get(name);
  if (before === undefined || ORDER.indexOf(before) < ORDER.indexOf(kind)) used.set(name, kind);
}

function allows(room: Room, name: string, kind: ImportKind): boolean {
  const listed = room.imports?.get(name);
  return listed !== undefined && ORDER.indexOf(kind) <= ORDER.indexOf(listed);
}

function complaint(file: string, { specifier, kind }: Import, name: string, room: Room): string {
  const listed = [...room.imports!].map(([one, how]) => write(one, how)).join(", ") || "nothing";
  return `${file} imports ${specifier}, which is ${
    write(name, kind)
  }; ${room.path} may import: ${listed}`;
}

function staleNames({ path, imports }: Room, used: ReadonlyMap<string, ImportKind>): string[] {
  return [...imports ?? []].flatMap(([name, listed]) => {
    const real = used.get(name);
    if (real === undefined) return `ARCHITECTURE.md: no file of ${path} imports ${name}`;
    return ORDER.indexOf(real) < ORDER.indexOf(listed)
      ? `ARCHITECTURE.md: ${path} needs no more than ${write(name, real)}`
      : [];
  });
}

function write(name: string, kind: ImportKind): string {
  return kind === "code" ? name : `${name} (${kind})`;
}
