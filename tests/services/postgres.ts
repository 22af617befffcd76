/** PostgreSQL with the tables and sample rows of docs/sql/postgres.sql. */
import { DataFolder } from "./data_folder.ts";
import { freePort } from "./free_port.ts";
import type { SqlService, SqlServiceOptions } from "./sql.ts";
import { sampleFile } from "./sample_file.ts";
import { ServiceProcess } from "./process.ts";
import type { Requirement } from "./service_test_case.ts";

const BIN = binaryFolder();

/** What `serviceTest` needs to know. */
export const POSTGRES: Requirement = {
  name: "PostgreSQL",
  programs: [`${BIN}postgres`, `${BIN}initdb`, `${BIN}psql`],
};

const DATABASE = "mqtt";
const USERNAME = "midge";
const PASSWORD = "s3cret of midge";

/** Starts a server with the sample tables in the database `mqtt`; logins over TCP by SCRAM. */
export async function startPostgres(options: SqlServiceOptions = {}): Promise<SqlService> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await DataFolder.make("postgres", "postgres"));
  const data = `${folder.path}/data`;
  await folder.run(`${BIN}initdb`, [
    "--pgdata",
    data,
    "--username=postgres",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  ]);
  const port = freePort();
  const client = ["-h", folder.path, "-p", String(port), "-U", "postgres"];
  const psql = [...client, "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1"];
  const run = (sql: string) => folder.run(`${BIN}psql`, [...psql, "-d", DATABASE], sql);
  const server = cleanup.use(
    await ServiceProcess.start({
      name: "postgres",
      command: `${BIN}postgres`,
      args: [...serverArgs(data, folder.path, port), ...options.args ?? []],
      port,
      folder,
      // An orderly stop that does not wait for its clients to leave.
      stopSignal: "SIGINT",
      isReady: () => folder.run(`${BIN}pg_isready`, client).then(() => true),
    }),
  );
  await folder.run(
    `${BIN}psql`,
    [...psql, "-d", "postgres"],
    `CREATE USER ${USERNAME} PASSWORD '${PASSWORD}';
     CREATE DATABASE ${DATABASE} OWNER ${USERNAME};`,
  );
  await run(`SET ROLE ${USERNAME};\n${await sampleFile("postgres.sql")}`);
  cleanup.move();
  return Object.assign(server, { database: DATABASE, username: USERNAME, password: PASSWORD, run });
}

function serverArgs(data: string, socketFolder: string, port: number): string[] {
  const settings = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${socketFolder}`,
    "fsync=off",
    "timezone=UTC",
  ];
  return ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
}

/** Debian keeps the servers off the PATH, a folder for each version; the newest. Empty: on the PATH. */
function binaryFolder(): string {
  const root = "/usr/lib/postgresql";
  try {
    const versions = [...Deno.readDirSync(root)].map(({ name }) => name);
    const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
    return newest === undefined ? "" : `${root}/${newest}/bin/`;
  } catch {
    return ""; // not a Debian
  }
}
