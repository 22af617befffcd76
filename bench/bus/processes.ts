/**
 * The processes of one transport: the near end, the far one, a server between them. Invariant: all are ended, whatever
 * happens; what they use is the sum over all.
 */
import { cpuSeconds, delay, type Measured } from "../../lib/cli/load/run.ts";
import { freePorts } from "../doors.ts";
import { TextLineStream } from "./lines.ts";
import { BETWEEN_PROCESSES } from "./transports.ts";

const FLAGS = ["run", "--allow-all", "--v8-flags=--max-semi-space-size=8"];
/** How long a server or an end may take to listen, milliseconds, and between two tries. */
const PATIENCE = 10_000;
const AGAIN = 50;

/** What the processes have used so far. */
export interface Use {
  /** Seconds of processor time. */
  readonly cpu: number;
  /** How often a thread has slept and was woken. */
  readonly wakeUps: number;
}

/** Both ends, connected. */
export class Ends implements AsyncDisposable {
  readonly #children: Deno.ChildProcess[] = [];
  #folder: string | undefined;
  #lines: AsyncIterator<string> | undefined;
  #commands: WritableStreamDefaultWriter<Uint8Array> | undefined;

  /** Starts them; rejects where one does not come up. */
  static async start(transport: string): Promise<Ends> {
    const ends = new Ends();
    try {
      await ends.#start(transport);
      return ends;
    } catch (error) {
      await ends[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What the near end answers. */
  async ask(command: string): Promise<Measured> {
    await this.#commands!.write(new TextEncoder().encode(`${command}\n`));
    return await this.#answer();
  }

  /** Of all processes. */
  async use(): Promise<Use> {
    let [cpu, wakeUps] = [0, 0];
    for (const { pid } of this.#children) {
      cpu += await cpuSeconds(pid);
      wakeUps += await wakeUpsOf(pid);
    }
    return { cpu, wakeUps };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commands?.close().catch(() => {});
    for (const child of this.#children) {
      try {
        child.kill("SIGKILL");
      } catch {
        // it has ended
      }
      await child.status;
    }
    await this.#lines?.return?.();
    if (this.#folder !== undefined) await Deno.remove(this.#folder, { recursive: true });
  }

  async #start(transport: string): Promise<void> {
    this.#folder = await Deno.makeTempDir();
    const [port] = [...freePorts(["tcp"]).values()];
    const address = transport === "unix" ? `${this.#folder}/bus.sock` : `127.0.0.1:${port}`;
    if (transport === "nats") await this.#serveNats(port!);
    const near = this.#spawn("near.ts", [transport, address], true);
    this.#commands = near.stdin.getWriter();
    const lines = near.stdout.pipeThrough(new TextLineStream());
    this.#lines = lines[Symbol.asyncIterator]();
    if (BETWEEN_PROCESSES.includes(transport)) await this.#startFar(transport, address);
    await this.#answer();
    await delay(500); // what starting leaves behind
  }

  /** The near end listens when it has loaded. */
  async #startFar(transport: string, address: string): Promise<void> {
    if (transport !== "nats") await this.#listening(address);
    this.#spawn("far.ts", [transport, address], false);
  }

  async #serveNats(port: number): Promise<void> {
    const args = ["--addr", "127.0.0.1", "--port", `${port}`];
    const options = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.#children.push(new Deno.Command("nats-server", { args, ...options }).spawn());
    for (let waited = 0; waited < PATIENCE; waited += AGAIN) {
      try {
        return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      } catch {
        await delay(AGAIN);
      }
    }
    throw new Error("nats-server does not listen");
  }

  /** A try would be taken for the far end, so the system is asked: proc(5). */
  async #listening(address: string): Promise<void> {
    const [, port] = address.split(":");
    const [table, sought] = port === undefined
      ? ["/proc/net/unix", address]
      : ["/proc/net/tcp", `0100007F:${Number(port).toString(16).toUpperCase().padStart(4, "0")}`];
    for (let waited = 0; waited < PATIENCE; waited += AGAIN) {
      if ((await Deno.readTextFile(table)).includes(sought)) return;
      await delay(AGAIN);
    }
    throw new Error(`no one listens at ${address}`);
  }

  #spawn(file: string, args: readonly string[], isAsked: boolean): Deno.ChildProcess {
    const program = new URL(file, import.meta.url).href;
    const child = new Deno.Command(Deno.execPath(), {
      args: [...FLAGS, program, ...args],
      stdin: isAsked ? "piped" : "null",
      stdout: isAsked ? "piped" : "null",
      stderr: "inherit",
    }).spawn();
    this.#children.push(child);
    return child;
  }

  async #answer(): Promise<Measured> {
    const { done, value } = await this.#lines!.next();
    if (done) throw new Error("the near end has ended");
    return JSON.parse(value) as Measured;
  }
}

/** Of all threads of a process: proc(5), voluntary_ctxt_switches. */
async function wakeUpsOf(pid: number): Promise<number> {
  let sum = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const status = await Deno.readTextFile(`/proc/${pid}/task/${name}/status`).catch(() => "");
    sum += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return sum;
}
