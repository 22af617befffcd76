/**
 * A storage in SQLite: one database, which other programs can back up and look into.
 *
 *     storage: { plugin: ./sqlite_store.ts }
 *     plugins: { auth_anonymous: {}, ./sqlite_store.ts: { file: data/midge.db } }
 *
 * A batch is one row, flushed to the disk when `append` returns. node:sqlite is synchronous: the broker does nothing else
 * during a flush. Where flushes are slow, keep the database in a Worker.
 */
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  type BatchStorage,
  definePlugin,
  optionsOf,
  pathOption,
  type StoredBatch,
} from "@midge/midge/plugin";

/** EXCLUSIVE: another broker that opens this file is refused. */
const OPENING = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY, keep_from INTEGER, time REAL, wall REAL, body BLOB NOT NULL
  ) STRICT`;

/** Batches in a table. `load` opens the file, for `midge check` sets plugins up while a broker may run. */
export class SqliteStore implements BatchStorage {
  readonly #file: string;
  #database: DatabaseSync | undefined;
  #statements: { readonly insert: StatementSync; readonly remove: StatementSync } | undefined;
  #removedBelow = 0;

  constructor(file: string) {
    this.#file = file;
  }

  async *load(): AsyncGenerator<StoredBatch> {
    mkdirSync(dirname(this.#file), { recursive: true });
    const database = this.#database = new DatabaseSync(this.#file);
    database.exec(OPENING);
    this.#statements = {
      // A batch that is brought again may be there already.
      insert: database.prepare("INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?)"),
      remove: database.prepare("DELETE FROM batches WHERE number < ?"),
    };
    const all = database.prepare("SELECT * FROM batches ORDER BY number");
    for (const { number, keep_from, time, wall, body } of all.iterate()) {
      if (!(body instanceof Uint8Array)) throw new Error(`row ${number} has no body`);
      const [first, keepFrom] = [Number(number), Number(keep_from)];
      yield { number: first, keepFrom, time: Number(time), wall: Number(wall), body };
    }
  }

  append({ number, keepFrom, time, wall, body }: StoredBatch): void {
    if (this.#statements === undefined) throw new Error("load comes first");
    const { insert, remove } = this.#statements;
    insert.run(number, keepFrom, time, wall, body);
    if (keepFrom === this.#removedBelow) return;
    remove.run(keepFrom);
    this.#removedBelow = keepFrom;
  }

  close(): void {
    this.#database?.close();
  }
}

export default definePlugin({
  name: "sqlite_store",
  apiVersion: 1,
  options: optionsOf({ file: pathOption }),
  setup: ({ file }, { directory }) => ({ storage: new SqliteStore(resolve(directory, file)) }),
});
