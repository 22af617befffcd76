/**
 * The connections to Redis: one server, the master that sentinels name, or a cluster. Invariants: connections are
 * made when somebody asks, and again when somebody asks after they were lost; nothing is sent on a connection whose
 * login or database was refused; a server that hangs is given up after `queryTimeout`.
 */
import type { Cluster, Redis, RedisOptions } from "ioredis";
import { type NodeTlsOptions, type ServerAddress, SourceError } from "../../sources.ts";
import type { Arguments } from "./command.ts";

/** How to reach the server. Durations are in milliseconds. */
export interface RedisLinkOptions {
  readonly type: "single" | "sentinel" | "cluster";
  readonly servers: readonly ServerAddress[];
  /** The name of the master, for sentinels. */
  readonly masterName: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
  readonly database: number;
  readonly pool: number;
  readonly connectTimeout: number;
  readonly queryTimeout: number;
  /** What node:tls takes; undefined: without TLS. */
  readonly tls: NodeTlsOptions | undefined;
}

/** What a server says when it, not the question, is the trouble. */
const TEMPORARY = /^(?:LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY)\b/;
const LONGEST_PAUSE_MS = 800;

type Driver = Pick<typeof import("ioredis"), "Redis" | "Cluster">;
/** Its types want to be told that maps come as RESP 2 has them. */
type CommonOptions = RedisOptions & { replyMapping: "legacy" };
type Client = Redis | Cluster;

/** All connections, used in turn. */
export class RedisLink {
  readonly #options: RedisLinkOptions;
  readonly #lines: readonly Line[];
  #next = 0;

  private constructor(options: RedisLinkOptions, lines: readonly Line[]) {
    this.#options = options;
    this.#lines = lines;
  }

  /** Loads the driver; connects to nothing yet. */
  static async open(options: RedisLinkOptions): Promise<RedisLink> {
    const driver = await import("ioredis");
    // A cluster's client keeps a connection to each node by itself.
    const count = options.type === "cluster" ? 1 : options.pool;
    const lines = Array.from({ length: count }, () => new Line(driver, options));
    return new RedisLink(options, lines);
  }

  /** The reply. @throws {SourceError} */
  send(command: Arguments): Promise<unknown> {
    const line = this.#lines[this.#next]!;
    this.#next = (this.#next + 1) % this.#lines.length;
    return line.send(command);
  }

  /** New connections are made with these certificates, and no others are used any more. */
  async useTls(tls: NodeTlsOptions): Promise<void> {
    const options = { ...this.#options, tls };
    await Promise.all(this.#lines.map((line) => line.use(options)));
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.close()));
  }
}

/** A place in the pool: one connection at a time, or a cluster's. */
class Line {
  readonly #driver: Driver;
  #options: RedisLinkOptions;
  #connection: Connection | undefined;
  /** All who wait share one attempt. */
  #connecting: Promise<Connection> | undefined;

  constructor(driver: Driver, options: RedisLinkOptions) {
    this.#driver = driver;
    this.#options = options;
  }

  async send(command: Arguments): Promise<unknown> {
    const connection = this.#connection?.isReady ? this.#connection : await this.#renew();
    return await connection.send(command);
  }

  /** What is under way is asked again on the next connection. */
  async use(options: RedisLinkOptions): Promise<void> {
    this.#options = options;
    await this.close();
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }

  #renew(): Promise<Connection> {
    return this.#connecting ??= this.#replace().finally(() => this.#connecting = undefined);
  }

  async #replace(): Promise<Connection> {
    await this.#connection?.close();
    const connection = new Connection(makeClient(this.#driver, this.#options));
    this.#connection = connection;
    await connection.open();
    return connection;
  }
}

/** A client of the driver, used from its first connection to its last word: no other attempt follows. */
class Connection {
  readonly #client: Client;
  /** The driver's own word for a failure is often only that the connection is closed. */
  #firstError: Error | undefined;

  constructor(client: Client) {
    this.#client = client;
    const note = (error: Error) => this.#firstError ??= error;
    client.on("error", note);
    client.on("node error", note);
  }

  async open(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      const failure = this.#failure(error);
      await this.close();
      throw failure;
    }
    // The driver goes on when SELECT was refused, and would then read another database.
    if (this.#firstError === undefined || this.#client.isCluster) return;
    await this.close();
    throw this.#failure(this.#firstError);
  }

  get isReady(): boolean {
    return this.#client.status === "ready";
  }

  async send([name, ...values]: Arguments): Promise<unknown> {
    try {
      return await this.#client.call(name, ...values);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async close(): Promise<void> {
    if (this.#client.status === "wait" || this.#client.status === "end") return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#client.once("end", resolve);
    this.#client.disconnect();
    await promise;
  }

  #failure(error: unknown): SourceError {
    const cause = error instanceof Error ? error : new Error(String(error));
    if (isReply(cause)) {
      return new SourceError(cause.message, { cause, isTransport: TEMPORARY.test(cause.message) });
    }
    const { message, name } = this.#firstError ?? cause;
    return new SourceError(message || name, { cause, isTransport: true });
  }
}

/** Did the server say it, rather than the connection fail? */
function isReply(error: Error): boolean {
  return error.name === "ReplyError";
}

function makeClient(driver: Driver, options: RedisLinkOptions): Client {
  const { servers, masterName, tls } = options;
  const common = commonOptions(options);
  switch (options.type) {
    case "single":
      return new driver.Redis({ ...common, ...servers[0]! });
    case "sentinel":
      return new driver.Redis({
        ...common,
        ...sentinelOptions(options),
        sentinels: [...servers],
        ...(masterName !== undefined && { name: masterName }),
      });
    case "cluster":
      return new driver.Cluster([...servers], {
        lazyConnect: true,
        redisOptions: common,
        clusterRetryStrategy: () => null,
        clusterNodeRetryStrategy: pause,
        slotsRefreshTimeout: options.connectTimeout,
        // Nodes tell their addresses, and certificates may name them so.
        ...(tls && { dnsLookup: (address, answer) => answer(null, address) }),
      });
  }
}

function commonOptions(options: RedisLinkOptions): CommonOptions {
  const { username, password, tls } = options;
  return {
    lazyConnect: true,
    protocol: 2,
    replyMapping: "legacy",
    disableClientInfo: true,
    db: options.database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls }),
    connectTimeout: options.connectTimeout,
    commandTimeout: options.queryTimeout,
    socketTimeout: options.queryTimeout,
    // It asks INFO, which not every user may; a server that is still loading says so by itself.
    enableReadyCheck: false,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => null,
  };
}

function sentinelOptions(options: RedisLinkOptions): Partial<CommonOptions> {
  const { sentinelUsername, sentinelPassword, tls, connectTimeout } = options;
  return {
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    // It tells whether the server is a master still.
    enableReadyCheck: true,
    sentinelCommandTimeout: connectTimeout,
    sentinelRetryStrategy: () => null,
  };
}

function pause(attempt: number): number {
  return Math.min(attempt * 100, LONGEST_PAUSE_MS);
}
