/**
 * The broker under test as a process on one folder and one port, started again and again. Invariants: after `end` its
 * process is gone; what it said last can be shown; a start has succeeded once its port takes connections.
 */
import { kill } from "../support/kill.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { freePorts } from "../support/mosquitto.ts";
import type { BrokerAddress } from "../support/raw_client.ts";
import { delay } from "./world.ts";

/** Which broker. */
export type BrokerName = "midge" | "mosquitto" | "forgetful";

const HOSTNAME = "127.0.0.1";
const KEPT_LOG = 4000;
const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const LOCK = new URL("../../deno.lock", import.meta.url).pathname;
const PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-sys=systemMemoryInfo",
  "--allow-write",
];

/** Milliseconds that Midge waits for clients with wills after a start. */
export const WILL_GRACE_MS = 2000;

/** What is to be started: a command, and what its configuration says. */
interface Recipe {
  readonly file: string;
  config(port: number, folder: string): string;
  command(file: string): [program: string, ...args: string[]];
}

const STORAGE = (folder: string) =>
  `storage:
  path: ${folder}/store
  durability: full
will_grace: ${WILL_GRACE_MS / 1000}s
`;

/** Midge; `more`: what its configuration says of storage. */
function midge(more: (folder: string) => string): Recipe {
  return {
    file: "midge.yaml",
    config: (port, folder) =>
      `listeners:
  default:
    bind: ${HOSTNAME}:${port}
plugins:
  auth_anonymous: null
max_queued_messages: 100000
${more(folder)}`,
    command: (file) => [
      Deno.execPath(),
      ...["run", "--lock", LOCK, "--no-prompt", "--ignore-env", ...PERMISSIONS],
      ...[MAIN, "start", "--config", file],
    ],
  };
}

const RECIPES: Record<BrokerName, Recipe> = {
  midge: midge(STORAGE),
  /** Midge that keeps nothing: the harness has to find that out. */
  forgetful: midge(() => ""),
  mosquitto: {
    file: "mosquitto.conf",
    // Started by root it would become another user, who may not read the folder.
    config: (port, folder) =>
      `user root
listener ${port} ${HOSTNAME}
allow_anonymous true
max_queued_messages 0
max_inflight_messages 100
persistence true
persistence_location ${folder}/
autosave_on_changes true
autosave_interval 1
`,
    command: (file) => ["mosquitto", "-c", file],
  },
};

const running = new Set<Deno.ChildProcess>();

/** Ends every broker that was started here, for a run that is interrupted. */
export async function endAllBrokers(): Promise<void> {
  for (const child of running) kill(child);
  await Promise.all([...running].map((child) => child.status));
}

/** A broker that is started, ended and started again. */
export class BrokerProcess implements AsyncDisposable {
  readonly address: BrokerAddress;
  readonly #recipe: Recipe;
  readonly #folder: string;
  #child: Deno.ChildProcess | undefined;
  #said: Promise<void> = Promise.resolve();
  #hasEnded = false;
  #log = "";

  /** @param folder where its store is to be; its configuration lies beside it, so that the folder can be a mount. */
  constructor(name: BrokerName, folder: string, port = freePorts(1)[0]!) {
    this.#recipe = RECIPES[name];
    this.#folder = folder;
    this.address = { hostname: HOSTNAME, port };
  }

  /** What it wrote last. */
  get log(): string {
    return this.#log.trim();
  }

  /** It ended although no one had ended it. */
  get hasEnded(): boolean {
    return this.#child !== undefined && this.#hasEnded;
  }

  /** Its process id. */
  get pid(): number {
    if (this.#child === undefined) throw new Error("the broker is not running");
    return this.#child.pid;
  }

  /** Starts it; milliseconds until its port took connections. */
  async start(): Promise<number> {
    // After a power cut even the folder may be gone, where the broker had not flushed it.
    await Deno.mkdir(this.#folder, { recursive: true });
    const file = `${this.#folder}.${this.#recipe.file}`;
    await Deno.writeTextFile(file, this.#recipe.config(this.address.port, this.#folder));
    const [program, ...args] = this.#recipe.command(file);
    const began = performance.now();
    const options = { args, stdin: "null", stdout: "null", stderr: "piped" } as const;
    const child = this.#child = new Deno.Command(program, options).spawn();
    this.#hasEnded = false;
    running.add(child);
    void child.status.then(() => {
      running.delete(child);
      this.#hasEnded ||= this.#child === child;
    });
    this.#said = this.#read(child.stderr);
    while (!await this.#isListening()) {
      if (this.#hasEnded || performance.now() - began > PATIENCE_MS) {
        const why = this.#hasEnded ? "it ended" : `not within ${PATIENCE_MS / 1000} s`;
        throw new Error(`the broker does not start: ${why}: ${this.log.slice(-600)}`);
      }
      await delay(10);
    }
    return performance.now() - began;
  }

  /** Ends it by this signal, and waits for its end; one that does not heed SIGTERM is killed. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    kill(child, signal);
    await this.gone();
  }

  /** Waits for an end that something else brings about. */
  async gone(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const timer = setTimeout(() => kill(child), PATIENCE_MS);
    await child.status;
    clearTimeout(timer);
    await this.#said;
    this.#child = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }

  async #isListening(): Promise<boolean> {
    try {
      (await Deno.connect({ ...this.address })).close();
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      return false;
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#log = (this.#log + text).slice(-KEPT_LOG);
    }
  }
}
