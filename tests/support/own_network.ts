/**
 * A network with nothing but 127.0.0.1, so that what a page says runs with the ports that it names. Needs Linux, root,
 * unshare, nsenter and ip. Invariant: it is gone with its disposal, and so is what was started in it.
 */
import { kill } from "./kill.ts";
import { within } from "./raw_client.ts";

/** Why there can be none here; undefined: there can. */
export async function missingNetwork(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return "a network of its own needs Linux and root";
  }
  try {
    await using network = await OwnNetwork.open();
    return network.isReady ? undefined : "unshare or ip gives no network of its own";
  } catch {
    return "unshare, nsenter and ip are not all installed";
  }
}

/** What a command of the shell has left. */
export interface Left {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One network. */
export class OwnNetwork implements AsyncDisposable {
  /** Is there one? */
  readonly isReady: boolean;
  readonly #holder: Deno.ChildProcess;
  readonly #started = new Set<StayingCommand>();

  private constructor(holder: Deno.ChildProcess, isReady: boolean) {
    this.#holder = holder;
    this.isReady = isReady;
  }

  /** Makes it. */
  static async open(): Promise<OwnNetwork> {
    const args = ["--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"];
    const holder = new Deno.Command("unshare", { args, stdout: "piped", stderr: "null" }).spawn();
    const reader = holder.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return new OwnNetwork(holder, value !== undefined);
  }

  /** Runs a line of the shell to its end. */
  async run(line: string, cwd: string): Promise<Left> {
    const { code, stdout, stderr } = await within(
      this.#command(line, cwd).output(),
      line,
    );
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  /** Starts one that stays. */
  start(line: string, cwd: string): StayingCommand {
    const started = new StayingCommand(this.#command(`exec ${line}`, cwd).spawn());
    this.#started.add(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#started) await one[Symbol.asyncDispose]();
    kill(this.#holder);
    await this.#holder.status;
  }

  #command(line: string, cwd: string): Deno.Command {
    return new Deno.Command("nsenter", {
      args: [`--net=/proc/${this.#holder.pid}/ns/net`, "--", "sh", "-c", line],
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }
}

/** A command that stays until it is stopped. */
export class StayingCommand implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #said = "";
  #wake: () => void = () => {};
  #isOver = false;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = Promise.all([this.#read(child.stdout), this.#read(child.stderr)]);
  }

  /** What it has said so far. */
  get said(): string {
    return this.#said;
  }

  /** Waits until what it has said matches. */
  async says(pattern: RegExp): Promise<void> {
    const waiting = async () => {
      while (!pattern.test(this.#said)) {
        if (this.#isOver) throw new Error(`it ended, and said:\n${this.#said}`);
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    };
    await within(waiting(), `${pattern} of what was said`);
  }

  /** As Ctrl-C does; the exit code. */
  async stop(): Promise<number> {
    kill(this.#child, "SIGINT");
    const { code } = await within(this.#child.status, "its end");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    kill(this.#child);
    await this.#child.status;
    await this.#reading;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      this.#said += piece;
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }
}
