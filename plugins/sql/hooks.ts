/**
 * What the plugins mysql and postgres do: three queries, asked through a DatabaseSource. Invariant: everything that a
 * decision depends on is what was bound to its query.
 */
import {
  databaseHooks,
  type DatabaseQuestion,
  DatabaseSource,
  hasReservedName,
  warnIdle,
  warnUnverified,
} from "../../sources.ts";
import type { ClientView, Hooks, PluginContext } from "../../plugin.ts";
import { SqlLink } from "./link.ts";
import { IDLE_NAMES, linkOptions, type SqlOptions } from "./options.ts";
import { type NameQuery, SAME_NAME } from "./exact_names.ts";
import { readPassword, readRules, readSuperuser } from "./rows.ts";
import type { SqlDialect, SqlResult, SqlValue } from "./types.ts";

/** In a row of rules: any client. A client of this id would find rows that are about no client. */
const EVERYBODY = "$all";

/** The columns in which a row may say whose it is, and the placeholders of the same. */
const NAME_COLUMNS = { username: "u", clientid: "c" } as const;

type Bound = readonly SqlValue[];

/** The hooks of a SQL plugin; connects to nothing yet. @throws {UserError} */
export async function sqlHooks(
  dialect: SqlDialect,
  options: SqlOptions,
  context: PluginContext,
): Promise<Hooks> {
  warn(options, context);
  const link = await SqlLink.open(
    dialect,
    await linkOptions(options, context.directory),
    context.clock,
  );
  const { password_hash: check, row_order: order } = options;
  const source = new DatabaseSource<Bound>(context, {
    ...options,
    concurrency: options.pool,
    isReserved: (client) => hasReservedName(client) || client.clientId === EVERYBODY,
  });
  const question = <Answer>(query: NameQuery | null, read: Reader<Answer>) =>
    questionOf(query, link, read);
  const password = question(
    options.auth_query,
    (result, names) => readPassword(result, check.needsSalt, names),
  );
  const questions = {
    password: password && { ...password, check },
    superuser: question(
      options.super_query,
      (result, names) => readSuperuser(result, dialect, names),
    ),
    rules: question(options.acl_query, (result) => readRules(result, order)),
  };
  return databaseHooks(source, questions, link, options.tls, context);
}

/** @param names What the client is called, by the columns that may say it of a row. */
type Reader<Answer> = (result: SqlResult, names: ReadonlyMap<string, SqlValue>) => Answer;

function questionOf<Answer>(
  query: NameQuery | null,
  link: SqlLink,
  read: Reader<Answer>,
): DatabaseQuestion<Bound, Answer> | undefined {
  return query === null ? undefined : {
    bind: (client: ClientView) => query.concerns(client) ? query.bind(client) : undefined,
    async ask(bound, signal) {
      const own = await link.query(query.statement, bound, signal);
      const { written } = query;
      if (own.rows.length > 0 || written === undefined) return read(own, looseValues(query, bound));
      const values = written.letters.map((letter) => valueOf(query, letter, bound));
      return read(ofAnother(await link.query(written.statement, values, signal)), new Map());
    },
  };
}

/** Rows that were found by a name which the server takes for the same. */
function ofAnother({ columns, rows, changed }: SqlResult): SqlResult {
  return { columns: [...columns, SAME_NAME], rows: rows.map((row) => [...row, 0]), changed };
}

function valueOf({ letters }: NameQuery, letter: string, bound: Bound): SqlValue {
  return bound[letters.indexOf(letter)] ?? null;
}

/** The values of the names that the query compares in its own way. */
function looseValues(query: NameQuery, bound: Bound): ReadonlyMap<string, SqlValue> {
  return new Map(
    Object.entries(NAME_COLUMNS).filter(([, letter]) => query.loose.includes(letter))
      .map(([column, letter]) => [column, valueOf(query, letter, bound)]),
  );
}

function warn(options: SqlOptions, context: PluginContext): void {
  warnUnverified(options.tls, context);
  warnIdle(options, IDLE_NAMES, context);
  for (const name of ["auth_query", "super_query", "acl_query"] as const) {
    for (const literal of new Set(options[name]?.literals)) {
      context.logger.warn(
        `${name}: ${literal} is taken as it is; a placeholder must be all that its quotes hold`,
      );
    }
  }
  for (const name of ["auth_query", "super_query"] as const) {
    for (const [column, letter] of Object.entries(NAME_COLUMNS)) {
      const query = options[name];
      if (!query?.loose.includes(letter) || query.statement.includes(column)) continue;
      context.logger.warn(
        `${name}: %${letter} is not compared as COLUMN = '%${letter}', so a name that the server ` +
          `takes for the same may pass; expected that, or the column ${column} in the answer`,
      );
    }
  }
}
