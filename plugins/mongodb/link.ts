/**
 * The connections to MongoDB. Invariants: the driver connects when the first question is asked, and by itself again
 * after a loss; every question ends after `queryTimeout` and the wait for a server after `connectTimeout`, however
 * the server hangs.
 */
import type { MongoClient, MongoClientOptions } from "mongodb";
import { type NodeTlsOptions, type ServerAddress, SourceError } from "../../sources.ts";
import type { Document } from "./documents.ts";
import { OutageWatch } from "./outage_watch.ts";
import type { Filter } from "./selector.ts";

/** How to reach the servers. Durations are in milliseconds. */
export interface MongoLinkOptions {
  /** `unknown`: the servers say themselves what they are. */
  readonly type: "single" | "rs" | "sharded" | "unknown";
  readonly servers: readonly ServerAddress[];
  /** For `rs`. */
  readonly setName: string;
  readonly database: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly authSource: string;
  readonly mayReadSecondaries: boolean;
  readonly pool: number;
  readonly connectTimeout: number;
  readonly queryTimeout: number;
  /** What node:tls takes; undefined: without TLS. */
  readonly tls: NodeTlsOptions | undefined;
}

/** What to find. */
export interface Query {
  readonly collection: string;
  readonly filter: Filter;
  readonly fields: readonly string[];
  /** At most that many documents. */
  readonly limit: number;
}

type Driver = Pick<typeof import("mongodb"), "MongoClient">;

/** How often a server is looked at: while all is well, and at most while somebody waits for it. */
const HEARTBEAT_MS = 2000;
const SHORTEST_HEARTBEAT_MS = 250;

/** Codes of a server that is on its way out, starting, or no longer the one to ask. */
const TEMPORARY_CODES = new Set([91, 189, 10107, 11600, 11602, 13435, 13436]);

/** A client of the driver, and another one once certificates were renewed. */
export class MongodbLink {
  readonly #driver: Driver;
  readonly #options: MongoLinkOptions;
  #client: MongoClient;
  #watch: OutageWatch;

  private constructor(driver: Driver, options: MongoLinkOptions) {
    this.#driver = driver;
    this.#options = options;
    this.#client = makeClient(driver, options);
    this.#watch = new OutageWatch(this.#client);
  }

  /** Loads the driver; connects to nothing yet. */
  static async open(options: MongoLinkOptions): Promise<MongodbLink> {
    return new MongodbLink(await import("mongodb"), options);
  }

  /** The documents. @throws {SourceError} */
  async find(query: Query): Promise<readonly Document[]> {
    try {
      return await this.#watch.orOutage(this.#find(query));
    } catch (error) {
      throw failureOf(error);
    }
  }

  /** New connections are made with these certificates; what is under way is asked again there. */
  async useTls(tls: NodeTlsOptions): Promise<void> {
    const before = this.#client;
    this.#client = makeClient(this.#driver, { ...this.#options, tls });
    this.#watch = new OutageWatch(this.#client);
    await before.close();
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  async #find({ collection, filter, fields, limit }: Query): Promise<readonly Document[]> {
    const projection = Object.fromEntries(fields.map((field) => [field, 1]));
    const [first = {}, ...others] = filter;
    // The driver connects by itself, but never again after a first attempt that failed.
    const client = this.#client;
    await client.connect();
    return await client.db(this.#options.database).collection(collection)
      .find(others.length === 0 ? first : { $or: [...filter] }, { projection, limit })
      .toArray();
  }
}

function makeClient(driver: Driver, options: MongoLinkOptions): MongoClient {
  return new driver.MongoClient(urlOf(options.servers), clientOptions(options));
}

/** Hosts alone: nothing that people wrote has to be escaped. */
function urlOf(servers: readonly ServerAddress[]): string {
  const hosts = servers.map(({ host, port }) =>
    `${host.includes(":") ? `[${host}]` : host}:${port}`
  );
  return `mongodb://${hosts.join(",")}/`;
}

function clientOptions(options: MongoLinkOptions): MongoClientOptions {
  const { type, username, password, connectTimeout, queryTimeout, tls } = options;
  return {
    appName: "midge",
    directConnection: type === "single",
    ...(type === "rs" && { replicaSet: options.setName }),
    ...(options.mayReadSecondaries && { readPreference: "secondaryPreferred" }),
    ...(username !== undefined && {
      auth: { username, password: password ?? "" },
      authSource: options.authSource,
    }),
    ...(tls && { tls: true, ...tls }),
    maxPoolSize: options.pool,
    serverSelectionTimeoutMS: connectTimeout,
    connectTimeoutMS: connectTimeout,
    socketTimeoutMS: queryTimeout,
    waitQueueTimeoutMS: queryTimeout,
    heartbeatFrequencyMS: HEARTBEAT_MS,
    minHeartbeatFrequencyMS: SHORTEST_HEARTBEAT_MS,
  };
}

function failureOf(error: unknown): SourceError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const isAnswer = cause.name === "MongoServerError";
  const code = "code" in cause ? Number(cause.code) : undefined;
  const isTransport = !isAnswer || (code !== undefined && TEMPORARY_CODES.has(code));
  return new SourceError(cause.message || cause.name, { cause, isTransport });
}
