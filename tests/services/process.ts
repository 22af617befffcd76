/**
 * A server of someone else's as a plain process with a data folder of its own. Used by the modules beside it, one a
 * server. Invariants: it listens on the loopback interface only and keeps port and folder over restarts; every
 * wait has a deadline, and its error ends with the server's log; after disposal nothing of it is left.
 */
import { until } from "../support/until.ts";
import type { DataFolder } from "./data_folder.ts";
import { childrenOf, gone, signalAll } from "./system.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** What a test does with a server. */
export interface Service extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Ends it as an administrator does. */
  stop(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data, and waits until it answers. */
  start(): Promise<void>;
  /** It hangs: connections stay open and are accepted by the kernel, nothing is answered. */
  pause(): Promise<void>;
  /** It goes on where it was. */
  resume(): Promise<void>;
}

/** How a server is run. */
export interface ProcessOptions {
  /** Names it in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly folder: DataFolder;
  /** The signal of an orderly stop; default SIGTERM. */
  readonly stopSignal?: Deno.Signal;
  /** Does it answer? Asked again and again; an exception means no. Default: it accepts a connection. */
  readonly isReady?: () => Promise<boolean>;
}

/** A running server. */
export class ServiceProcess implements Service {
  readonly #options: ProcessOptions;
  #child: Deno.ChildProcess | undefined;
  #status: Promise<Deno.CommandStatus> | undefined;
  #ended = true;

  private constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** Starts it, and waits until it answers. It owns the folder from now on. */
  static async start(options: ProcessOptions): Promise<ServiceProcess> {
    const service = new ServiceProcess(options);
    try {
      await service.start();
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
    return service;
  }

  get port(): number {
    return this.#options.port;
  }

  get folder(): string {
    return this.#options.folder.path;
  }

  async start(): Promise<void> {
    const { command, args, folder } = this.#options;
    this.#child = new Deno.Command("sh", {
      args: ["-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh", this.#logPath, command, ...args],
      cwd: folder.path,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      ...folder.user,
    }).spawn();
    this.#ended = false;
    this.#status = this.#child.status;
    this.#status.then(() => this.#ended = true);
    await this.#untilReady();
  }

  stop(): Promise<void> {
    return this.#end(this.#options.stopSignal ?? "SIGTERM");
  }

  async kill(): Promise<void> {
    if (this.#ended) return;
    const family = await this.#family();
    signalAll(family, "SIGKILL");
    await this.#status;
    await Promise.all(family.map(gone));
  }

  async pause(): Promise<void> {
    signalAll(await this.#family(), "SIGSTOP");
    // What was forked before the parent stopped.
    signalAll(await this.#family(), "SIGSTOP");
  }

  async resume(): Promise<void> {
    signalAll(await this.#family(), "SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#options.folder[Symbol.asyncDispose]();
  }

  get #logPath(): string {
    return `${this.#options.folder.path}/midge_service.log`;
  }

  async #end(signal: Deno.Signal): Promise<void> {
    if (this.#ended) return;
    const family = await this.#family();
    signalAll(family.slice(0, 1), signal);
    await until(() => this.#ended, `the end of ${this.#options.name}`);
    await Promise.all(family.map(gone));
  }

  async #untilReady(): Promise<void> {
    const isReady = this.#options.isReady ?? (() => accepts(this.port));
    const deadline = performance.now() + PATIENCE_MS;
    while (!await isReady().catch(() => false)) {
      const isLate = performance.now() > deadline;
      if (this.#ended || isLate) {
        const log = await Deno.readTextFile(this.#logPath).catch(() => "(no log)");
        const what = isLate ? `not ready within ${PATIENCE_MS} ms` : "ended at its start";
        throw new Error(`${this.#options.name}: ${what}; its log:\n${log.slice(-4000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The process and all below it. */
  async #family(): Promise<number[]> {
    if (this.#ended || this.#child === undefined) return [];
    const family = [this.#child.pid];
    for (const pid of family) family.push(...await childrenOf(pid));
    return family;
  }
}

async function accepts(port: number): Promise<boolean> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.close();
  return true;
}
