/**
 * Midge in a process of its own with a storage, to be ended in any way and started again at the same port. Invariant:
 * after disposal no process, connection or file is left.
 */
import { freePort } from "../../services/free_port.ts";
import { MidgeProcess, TempFolder } from "../../support/midge_process.ts";
import { RawClient } from "../../support/raw_client.ts";

/** How it is to run. */
export interface RestartOptions {
  /** How long wills wait for their clients after a start. */
  readonly willGrace: string;
}

/** A broker through several starts. */
export class RestartedMidge implements AsyncDisposable {
  readonly #folder = new TempFolder();
  readonly #clients: RawClient[] = [];
  #process: MidgeProcess | undefined;
  /** Not one of those of outgoing connections: no one takes it while it is not running. */
  readonly port = freePort();

  /** Starts it. */
  async start({ willGrace }: RestartOptions): Promise<void> {
    const config = {
      listeners: { default: { bind: `127.0.0.1:${this.port}` } },
      plugins: { auth_anonymous: {}, event_logger: {} },
      storage: { durability: "full" },
      will_grace: willGrace,
      management: null,
      log: { loggers: { "midge.plugins.event_logger": "debug" } }, // subscriptions too
    };
    // YAML takes JSON.
    const file = this.#folder.write("config.yaml", JSON.stringify(config));
    this.#process = await MidgeProcess.start(["start", "--config", file]);
  }

  /** Ends it, and waits until it has. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#process?.signal(signal);
    await this.#process?.exitCode();
    for (const client of this.#clients.splice(0)) await client.close();
  }

  /** The log since the last start. */
  get log(): readonly string[] {
    return this.#process?.log ?? [];
  }

  /** Waits for a line of the log since the last start. */
  async line(pattern: RegExp): Promise<void> {
    await this.#process?.line(pattern);
  }

  /** A TCP connection without CONNECT. */
  async dial(): Promise<RawClient> {
    const client = await RawClient.dial({ hostname: "127.0.0.1", port: this.port });
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.#process?.[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
