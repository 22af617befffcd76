/** An SQLite database of statements, as a file. Invariant: it is gone when it is disposed of. */
import { DatabaseSync } from "node:sqlite";

/** A file in a folder of its own. */
export class DatabaseFile implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "midge-database-" });
  readonly path = `${this.#folder}/it.db`;

  constructor(...sql: readonly string[]) {
    const database = new DatabaseSync(this.path);
    database.exec("pragma synchronous = off");
    for (const statements of sql) database.exec(statements);
    database.close();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
