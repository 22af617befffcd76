/**
 * The database of a SQL plugin for people: one connection for statements of `midge db`, which imports this file when
 * it is run. Invariants: the server is reached exactly as the plugin reaches it; values are bound; every error is
 * one line that says which server it was.
 */
import { SourceError } from "../../sources.ts";
import { type Clock, type Plugin, UserError } from "../../plugin.ts";
import { SqlLink } from "./link.ts";
import { linkOptions, type SqlOptions } from "./options.ts";
import type { SqlDialect, SqlResult, SqlValue } from "./types.ts";

export { DEFAULT_PASSWORD_HASH } from "./options.ts";

/** The kinds of servers. */
export type SqlName = SqlDialect["name"];

/** Gives the options of the configuration as the plugin's schema has them; the broker's own way. */
export type CheckOptions = (plugin: Plugin<SqlOptions>) => Promise<unknown>;

/** A connection to the database. Use `using`. */
export class SqlAdmin implements Disposable {
  readonly dialect: SqlDialect;
  readonly #link: SqlLink;
  readonly #where: string;

  private constructor(dialect: SqlDialect, link: SqlLink, { server }: SqlOptions) {
    this.dialect = dialect;
    this.#link = link;
    this.#where = `${dialect.title} at ${server.host}:${server.port}`;
  }

  /**
   * Loads the driver; connects with the first statement.
   * @param directory Where paths of the options start.
   */
  static async open(
    name: SqlName,
    check: CheckOptions,
    directory: string,
    clock: Clock,
  ): Promise<SqlAdmin> {
    const [plugin, dialect] = name === "mysql"
      ? [(await import("../mysql.ts")).default, (await import("./mysql.ts")).MYSQL]
      : [(await import("../postgres.ts")).default, (await import("./postgres.ts")).POSTGRES];
    const options = await check(plugin) as SqlOptions;
    const login = { ...await linkOptions(options, directory), pool: 1 };
    return new SqlAdmin(dialect, await SqlLink.open(dialect, login, clock), options);
  }

  /** Runs a statement in which each `?` is a value. @throws {UserError} with what the server said */
  async run(statement: string, ...values: SqlValue[]): Promise<SqlResult> {
    let position = 0;
    const text = statement.replaceAll("?", () => this.dialect.parameter(++position));
    try {
      return await this.#link.query(text, values, new AbortController().signal);
    } catch (cause) {
      if (!(cause instanceof SourceError)) throw cause;
      throw new UserError(`${this.#where}: ${cause.message}`, { cause });
    }
  }

  [Symbol.dispose](): void {
    this.#link.close();
  }
}
