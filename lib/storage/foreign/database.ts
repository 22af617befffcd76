/**
 * An SQLite database of another broker, read only. Invariants: node:sqlite is loaded with the first database; what SQLite
 * says is a UserError with the file; it is closed when it is disposed of.
 */
import type { DatabaseSync } from "node:sqlite";
import { messageOf, UserError } from "../../user_error.ts";

/** Cells by column. */
export type Row = Readonly<Record<string, unknown>>;

/** `SQLite format 3` and a zero: how such a file begins. */
const MAGIC = "SQLite format 3\0";

/** Is this the beginning of a database? */
export function isDatabase(start: Uint8Array): boolean {
  return [...MAGIC].every((letter, at) => start[at] === letter.charCodeAt(0));
}

/** An open database. */
export class ForeignDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #name: string;
  /** Names of tables. */
  readonly tables: ReadonlySet<string>;

  private constructor(database: DatabaseSync, name: string) {
    this.#database = database;
    this.#name = name;
    const rows = this.rows("select name from sqlite_master where type = 'table'");
    this.tables = new Set(rows.map(({ name }) => String(name)));
  }

  /** @throws UserError for what cannot be opened, or is no database */
  static async open(path: string): Promise<ForeignDatabase> {
    const { DatabaseSync } = await import("node:sqlite");
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path, { readOnly: true });
      return new ForeignDatabase(database, path);
    } catch (cause) {
      database?.close();
      if (cause instanceof UserError) throw cause;
      throw new UserError(`${path}: ${messageOf(cause)}; expected an SQLite database`, { cause });
    }
  }

  /** All rows of a query. @throws UserError */
  rows(query: string): Row[] {
    try {
      return this.#database.prepare(query).all();
    } catch (cause) {
      throw new UserError(`${this.#name}: ${messageOf(cause)}`, { cause });
    }
  }

  /** @throws UserError where one of the tables is missing */
  expect(tables: readonly string[], what: string): void {
    const missing = tables.find((table) => !this.tables.has(table));
    if (missing === undefined) return;
    throw new UserError(`${this.#name}: expected ${what}, got a database without table ${missing}`);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** A text, or a number as one; empty for null. */
export function textOf(cell: unknown): string {
  return typeof cell === "string" ? cell : typeof cell === "number" ? String(cell) : "";
}

/** 0 for what is no number. */
export function numberOf(cell: unknown): number {
  return typeof cell === "number" ? cell : 0;
}

/** Empty for what is no blob. */
export function bytesOf(cell: unknown): Uint8Array {
  return cell instanceof Uint8Array ? cell.slice() : new Uint8Array(0);
}
