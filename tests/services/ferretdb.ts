/** FerretDB, which speaks MongoDB's protocol, with the documents of docs/sql/mongodb.json. */
import { MongoClient } from "mongodb";
import { DataFolder } from "./data_folder.ts";
import { freePort } from "./free_port.ts";
import { sampleFile } from "./sample_file.ts";
import { type Service, ServiceProcess } from "./process.ts";
import type { Requirement } from "./service_test_case.ts";
import type { Certificates } from "./certificates.ts";

const EXECUTABLE = Deno.env.get("MIDGE_FERRETDB") ?? cachedExecutable();

/** What `serviceTest` needs to know. tests/services/build_ferretdb.sh makes the executable. */
export const FERRETDB: Requirement = { name: "FerretDB", programs: [EXECUTABLE] };

const DATABASE = "mqtt";

/** How a server is started. */
export interface FerretdbOptions {
  /** Everybody has to log in (SCRAM), as this user of the database admin. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Calls itself the only member of a replica set of this name. */
  readonly setName?: string;
  /** Listens with TLS only, and wants a client certificate. */
  readonly tls?: Certificates;
}

/** A server with the sample documents in the database `mqtt`. */
export interface MongodbService extends Service {
  readonly database: string;
  /** Puts documents into a collection; EJSON is not needed for what the tests store. */
  insert(collection: string, ...documents: Record<string, unknown>[]): Promise<void>;
  /** Removes all documents of a collection. */
  clear(collection: string): Promise<void>;
}

/** Starts a server. */
export async function startFerretdb(options: FerretdbOptions = {}): Promise<MongodbService> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await DataFolder.make("ferretdb"));
  const port = freePort();
  const server = cleanup.use(
    await ServiceProcess.start({
      name: "ferretdb",
      command: EXECUTABLE,
      args: [
        ...serverArgs(folder.path),
        ...listenArgs(port, options.tls),
        ...loginArgs(options),
        ...setArgs(options),
      ],
      port,
      folder,
    }),
  );
  const withCollection = <T>(name: string, use: (collection: Collection) => Promise<T>) =>
    withClient(port, options, (client) => use(client.db(DATABASE).collection(name)));
  const service = Object.assign(server, {
    database: DATABASE,
    insert: (name: string, ...documents: Record<string, unknown>[]) =>
      withCollection(name, async (collection) => void await collection.insertMany(documents)),
    clear: (name: string) =>
      withCollection(name, async (collection) => void await collection.deleteMany({})),
  });
  const samples: Record<string, Record<string, unknown>[]> = JSON.parse(
    await sampleFile("mongodb.json"),
  );
  for (const [name, documents] of Object.entries(samples)) {
    await service.insert(name, ...documents);
  }
  cleanup.move();
  return service;
}

type Collection = ReturnType<ReturnType<MongoClient["db"]>["collection"]>;

async function withClient<T>(
  port: number,
  { login, tls }: FerretdbOptions,
  use: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, {
    directConnection: true,
    ...(login && { auth: login, authSource: "admin", authMechanism: "SCRAM-SHA-256" }),
    ...(tls && await tlsOptions(tls)),
  });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

async function tlsOptions(tls: Certificates) {
  const [ca, cert, key] = await Promise.all(
    [tls.caFile, tls.clientCertFile, tls.clientKeyFile].map((file) => Deno.readTextFile(file)),
  );
  return { tls: true, ca, cert, key };
}

function serverArgs(folder: string): string[] {
  return [
    "--handler=sqlite",
    `--sqlite-url=file:${folder}/`,
    `--state-dir=${folder}`,
    "--telemetry=disable",
    "--debug-addr=-",
    "--log-level=warn",
  ];
}

function listenArgs(port: number, tls: Certificates | undefined): string[] {
  const address = `127.0.0.1:${port}`;
  if (tls === undefined) return [`--listen-addr=${address}`];
  return [
    "--listen-addr=",
    `--listen-tls=${address}`,
    `--listen-tls-cert-file=${tls.certFile}`,
    `--listen-tls-key-file=${tls.keyFile}`,
    `--listen-tls-ca-file=${tls.caFile}`,
  ];
}

function loginArgs({ login }: FerretdbOptions): string[] {
  if (login === undefined) return [];
  return [
    "--test-enable-new-auth",
    "--setup-database=admin",
    `--setup-username=${login.username}`,
    `--setup-password=${login.password}`,
  ];
}

function setArgs({ setName }: FerretdbOptions): string[] {
  return setName === undefined ? [] : [`--repl-set-name=${setName}`];
}

/** Where tests/services/build_ferretdb.sh puts it. */
function cachedExecutable(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${cache}/midge/ferretdb-v1.24.0`;
}
