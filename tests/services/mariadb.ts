/** MariaDB with the tables and sample rows of docs/sql/mysql.sql. */
import { DataFolder } from "./data_folder.ts";
import { freePort } from "./free_port.ts";
import type { SqlService, SqlServiceOptions } from "./sql.ts";
import { sampleFile } from "./sample_file.ts";
import { type Service, ServiceProcess } from "./process.ts";
import type { Requirement } from "./service_test_case.ts";

/** What `serviceTest` needs to know. */
export const MARIADB: Requirement = {
  name: "MariaDB",
  programs: ["mariadbd", "mariadb-install-db", "mariadb"],
};

const DATABASE = "mqtt";
const USERNAME = "midge";
const PASSWORD = "s3cret of midge";
/** Nobody's configuration of this machine. */
const NO_DEFAULTS = "--no-defaults";

/** Starts a server with the sample tables in the database `mqtt`. */
export async function startMariadb(options: SqlServiceOptions = {}): Promise<SqlService> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await DataFolder.make("mariadb", "mysql"));
  const data = `${folder.path}/data`;
  // A server that starts removes what it takes for its leftovers from a folder that it shares with others.
  const tmpdir = `--tmpdir=${folder.path}`;
  await folder.run("mariadb-install-db", [
    NO_DEFAULTS,
    `--datadir=${data}`,
    tmpdir,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
  ]);
  const port = freePort();
  const socket = `${folder.path}/mariadb.sock`;
  const server = cleanup.use(
    await ServiceProcess.start({
      name: "mariadbd",
      command: "mariadbd",
      args: [...serverArgs(data, socket, port), tmpdir, ...options.args ?? []],
      port,
      folder,
    }),
  );
  const run = (sql: string) =>
    folder.run("mariadb", [NO_DEFAULTS, `--socket=${socket}`, "-uroot", "-N", "-B", DATABASE], sql);
  await folder.run(
    "mariadb",
    [NO_DEFAULTS, `--socket=${socket}`, "-uroot"],
    `CREATE DATABASE ${DATABASE};
     CREATE USER '${USERNAME}'@'%' IDENTIFIED BY '${PASSWORD}';
     GRANT ALL ON ${DATABASE}.* TO '${USERNAME}'@'%';`,
  );
  await run(await sampleFile("mysql.sql"));
  cleanup.move();
  return sqlService(server, run);
}

function sqlService(server: Service, run: SqlService["run"]): SqlService {
  return Object.assign(server, {
    database: DATABASE,
    username: USERNAME,
    password: PASSWORD,
    run,
  });
}

function serverArgs(data: string, socket: string, port: number): string[] {
  return [
    NO_DEFAULTS,
    `--datadir=${data}`,
    `--socket=${socket}`,
    `--pid-file=${data}/mariadb.pid`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-buffer-pool-size=32M",
  ];
}
