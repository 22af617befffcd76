/**
 * The database servers that bench/sources/main.ts measures logins against: started as the tests start them, with
 * users of one password each. A new database needs an entry here.
 */
import { createHash } from "node:crypto";
import { startMariadb } from "../../tests/services/mariadb.ts";
import { startPostgres } from "../../tests/services/postgres.ts";
import { startRedis } from "../../tests/services/redis.ts";
import type { SqlService } from "../../tests/services/sql.ts";

/** A server with users. */
export interface RunningDatabase extends AsyncDisposable {
  /** The options of its plugin. */
  readonly options: Record<string, unknown>;
}

/** Starts a server in which these users have this password. */
export type StartDatabase = (
  names: readonly string[],
  password: string,
) => Promise<RunningDatabase>;

/** By the name of the plugin. */
export const DATABASES: Readonly<Record<string, StartDatabase>> = {
  mysql: (names, password) => sql(startMariadb, names, password),
  postgres: (names, password) => sql(startPostgres, names, password),
  redis,
};

async function sql(
  start: () => Promise<SqlService>,
  names: readonly string[],
  password: string,
): Promise<RunningDatabase> {
  const server = await start();
  const hash = createHash("sha256").update(password).digest("hex");
  const rows = names.map((name) => `('${name}', '${hash}')`).join(", ");
  await server.run(`insert into mqtt_user (username, password) values ${rows}`);
  const { port, username, password: secret } = server;
  const options = { server: `127.0.0.1:${port}`, username, password: secret };
  return { options, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function redis(names: readonly string[], password: string): Promise<RunningDatabase> {
  const server = await startRedis();
  for (const name of names) await server.run("HSET", `mqtt_user:${name}`, "password", password);
  const options = { server: `127.0.0.1:${server.port}` };
  return { options, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
