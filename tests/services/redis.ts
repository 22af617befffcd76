/**
 * Redis as a single server, as a sentinel with a master and its replica, and as a cluster of three; the commands of
 * docs/sql/redis.txt have been given. Data outlives a kill (append-only file).
 */
import { DataFolder } from "./data_folder.ts";
import { freePort } from "./free_port.ts";
import { sampleFile } from "./sample_file.ts";
import { type Service, ServiceProcess } from "./process.ts";
import type { Requirement } from "./service_test_case.ts";
import type { Certificates } from "./certificates.ts";
import { runProgram } from "./system.ts";
import { untilAsync } from "../support/until.ts";

/** What `serviceTest` needs to know. */
export const REDIS: Requirement = { name: "Redis", programs: ["redis-server", "redis-cli"] };

/** How a server is started. */
export interface RedisOptions {
  /** Lines of redis.conf: `user midge on >secret ~* +@all`, `requirepass secret`, ... */
  readonly config?: readonly string[];
  /** Listens with TLS only, and asks for a client certificate where `config` says `tls-auth-clients yes`. */
  readonly tls?: Certificates;
  /** Arguments of redis-cli that log in as who may do everything. */
  readonly login?: readonly string[];
  /** Default true: the sample commands are given. */
  readonly hasSamples?: boolean;
}

/** A server, and what an administrator says to it. */
export interface RedisService extends Service {
  /** Runs one command; gives what redis-cli prints. Throws on an error reply. */
  run(...command: string[]): Promise<string>;
}

/** A master with a replica, watched by a sentinel. */
export interface RedisSentinel extends AsyncDisposable {
  readonly master: RedisService;
  readonly replica: RedisService;
  readonly sentinel: Service;
  readonly masterName: string;
  /** The first master is dead. Resolves when the sentinel names another one. */
  failedOver(): Promise<void>;
}

/** Three nodes that share the slots. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisService[];
  /** Runs one command on the node that has its key. */
  run(...command: string[]): Promise<string>;
}

type Run = RedisService["run"];

const MASTER_NAME = "mymaster";
/** No node is given up while a test looks at what the others answer. */
const STEADY = ["cluster-node-timeout 120000", "cluster-require-full-coverage no"];

/** Starts one server. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisService> {
  const server = await startServer([], options);
  if (options.hasSamples ?? true) await giveSamples(server.run);
  return server;
}

/**
 * Starts a master, its replica and a sentinel, which takes no silence for a death before `failedOver` is called: on a
 * busy machine the living are silent too.
 */
export async function startRedisSentinel(): Promise<RedisSentinel> {
  await using cleanup = new AsyncDisposableStack();
  const master = cleanup.use(await startRedis());
  const replica = cleanup.use(
    await startServer([`replicaof 127.0.0.1 ${master.port}`, "repl-diskless-sync-delay 0"], {}),
  );
  await untilAsync(
    async () => (await replica.run("INFO", "replication")).includes("master_link_status:up"),
    "the replica's link to its master",
  );
  const sentinel = cleanup.use(await startSentinel(master.port));
  const ask = (what: string) => redisCli(sentinel.port, [], ["SENTINEL", what, MASTER_NAME]);
  const masterPort = async () => Number((await ask("GET-MASTER-ADDR-BY-NAME")).split("\n")[1]);
  const knowsReplica = async () => (await ask("REPLICAS")).includes(String(replica.port));
  await untilAsync(knowsReplica, "the sentinel's knowledge of the replica");
  const parts = cleanup.move();
  return {
    master,
    replica,
    sentinel,
    masterName: MASTER_NAME,
    failedOver: async () => {
      const [setting, ms] = ["down-after-milliseconds", "500"];
      await redisCli(sentinel.port, [], ["SENTINEL", "SET", MASTER_NAME, setting, ms]);
      await untilAsync(async () => await masterPort() !== master.port, "a fail-over");
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Starts a cluster of three masters with the sample data. */
export async function startRedisCluster(): Promise<RedisCluster> {
  await using cleanup = new AsyncDisposableStack();
  const nodes: RedisService[] = [];
  for (let count = 0; count < 3; count++) {
    const settings = ["cluster-enabled yes", `cluster-port ${freePort()}`, ...STEADY];
    nodes.push(cleanup.use(await startServer(settings, {})));
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await runProgram("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"]);
  const isWhole = async ({ run }: RedisService) =>
    (await run("CLUSTER", "INFO")).includes("cluster_state:ok");
  for (const node of nodes) await untilAsync(() => isWhole(node), "a whole cluster");
  const run: Run = (...command) => redisCli(nodes[0]!.port, ["-c"], command);
  await giveSamples(run);
  const parts = cleanup.move();
  return { nodes, run, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

async function startServer(
  settings: readonly string[],
  { config = [], tls, login = [] }: RedisOptions,
): Promise<RedisService> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await DataFolder.make("redis"));
  const port = freePort();
  const tlsLines = tls === undefined ? [`port ${port}`] : [
    "port 0",
    `tls-port ${port}`,
    `tls-cert-file ${tls.certFile}`,
    `tls-key-file ${tls.keyFile}`,
    `tls-ca-cert-file ${tls.caFile}`,
    "tls-auth-clients optional",
  ];
  const lines = [...baseConfig(folder.path), ...tlsLines, ...settings, ...config];
  const file = await folder.write("redis.conf", lines.join("\n") + "\n");
  const loginArguments = tls === undefined ? login : [...tlsArguments(tls), ...login];
  const run: Run = (...command) => redisCli(port, loginArguments, command);
  const server = cleanup.use(
    await ServiceProcess.start({
      name: "redis-server",
      command: "redis-server",
      args: [file],
      port,
      folder,
      isReady: async () => (await run("PING")).startsWith("PONG"),
    }),
  );
  cleanup.move();
  return Object.assign(server, { run });
}

async function startSentinel(masterPort: number): Promise<Service> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await DataFolder.make("sentinel"));
  const port = freePort();
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder.path}`,
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} 1`,
    `sentinel down-after-milliseconds ${MASTER_NAME} 600000`,
    `sentinel failover-timeout ${MASTER_NAME} 3000`,
  ];
  const file = await folder.write("sentinel.conf", lines.join("\n") + "\n");
  const args = [file, "--sentinel"];
  const name = "redis-sentinel";
  const server = await ServiceProcess.start({ name, command: "redis-server", args, port, folder });
  cleanup.move();
  return server;
}

function baseConfig(folder: string): string[] {
  return ["bind 127.0.0.1", `dir ${folder}`, 'save ""', "appendonly yes"];
}

function tlsArguments(tls: Certificates): string[] {
  return [
    "--tls",
    "--cacert",
    tls.caFile,
    "--cert",
    tls.clientCertFile,
    "--key",
    tls.clientKeyFile,
  ];
}

/** `-e`: an error reply is an exit code too. */
function redisCli(
  port: number,
  options: readonly string[],
  command: readonly string[],
): Promise<string> {
  return runProgram("redis-cli", ["-e", "-p", String(port), ...options, ...command]);
}

async function giveSamples(run: Run): Promise<void> {
  for (const line of (await sampleFile("redis.txt")).split("\n")) {
    if (line !== "") await run(...line.split(" "));
  }
}
