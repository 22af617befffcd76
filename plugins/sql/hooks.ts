/**
 * What the plugins mysql and postgres do: three queries, asked through a DatabaseSource. Invariant: everything that a decision depends on is what was bound to its query.
 */
import {
  databaseHooks,
  type DatabaseQuestion,
  DatabaseSource,
  hasReservedName,
  warnUnverified,
} from "../../sources.ts";
import type { ClientView, Hooks, PluginContext } from "../../plugin.ts";
import { SqlLink } from "./link.ts";
import { linkOptions, type SqlOptions } from "./options.ts";
import type { SqlQuery } from "./query.ts";
import { readPassword, readRules, readSuperuser } from "./rows.ts";
import type { SqlDialect, SqlResult, SqlValue } from "./types.ts";

/** In a row of rules: any client. A client of this id would find rows that are about no client. */
const EVERYBODY = "$all";

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
  const question = <Answer>(query: SqlQuery | null, read: (result: SqlResult) => Answer) =>
    questionOf(query, link, read);
  const password = question(options.auth_query, (result) => readPassword(result, check.needsSalt));
  const rules = question(options.acl_query, (result) => readRules(result, order));
  const questions = {
    password: password && { ...password, check },
    superuser: question(options.super_query, (result) => readSuperuser(result, dialect)),
    rules: rules && { ...rules, uses: [] }, // rows know nothing of QoS and RETAIN
  };
  return databaseHooks(source, questions, link, options.tls, context);
}

function questionOf<Answer>(
  query: SqlQuery | null,
  link: SqlLink,
  read: (result: SqlResult) => Answer,
): DatabaseQuestion<Bound, Answer> | undefined {
  return query === null ? undefined : {
    bind: (client: ClientView) => query.concerns(client) ? query.bind(client) : undefined,
    ask: async (bound, signal) => read(await link.query(query.statement, bound, signal)),
  };
}

function warn(options: SqlOptions, context: PluginContext): void {
  warnUnverified(options.tls, context);
  for (const name of ["auth_query", "super_query", "acl_query"] as const) {
    for (const literal of options[name]?.literals ?? []) {
      context.logger.warn(
        `${name}: ${literal} is taken as it is; a placeholder must be all that its quotes hold`,
      );
    }
  }
}
