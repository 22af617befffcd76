/**
 * Midge as people run it: main.ts, or an executable, in a process of its own. Used by tests/cli and the
 * smoke test. Invariant: every wait has a deadline, and nothing of a process is left when it is disposed.
 */
import { within } from "./raw_client.ts";
import { kill } from "./kill.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
/** The lock file, as the tasks give it. */
const LOCK = new URL("../../deno.lock", import.meta.url).pathname;

/** The permissions that `deno task midge` gives. */
const PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-sys=systemMemoryInfo",
  "--allow-write",
];

/** How to run it. */
export interface RunOptions {
  /** What stdin holds. */
  stdin?: string | Uint8Array<ArrayBuffer>;
  /** Permission flags in place of the task's. */
  permissions?: string[];
  /** The folder to run in; without it that of the tests. */
  cwd?: string;
  /** The program in place of main.ts. */
  main?: string;
  /** The executable; without it main.ts under this Deno. */
  executable?: string | undefined;
  /** The user to run as; without it that of the tests. */
  uid?: number;
  /** Variables beside those of the tests. */
  env?: Readonly<Record<string, string>>;
}

/** What a finished process left. */
export interface Outcome {
  code: number;
  /** Lines, without the last line end. */
  stdout: string[];
  stderr: string[];
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function spawn(args: readonly string[], options: RunOptions, stdin: "piped" | "null") {
  const { executable = Deno.execPath(), permissions = PERMISSIONS, main = MAIN } = options;
  const prefix = options.executable === undefined
    ? ["run", `--lock=${LOCK}`, "--no-prompt", "--ignore-env", ...permissions, main]
    : [];
  const command = new Deno.Command(executable, {
    args: [...prefix, ...args],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    ...(options.env !== undefined && { env: { ...options.env } }),
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
  return command.spawn();
}

/** Runs a command to its end. */
export async function runMidge(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = spawn(args, options, "piped");
  const writer = child.stdin.getWriter();
  // A command that reads no input may be gone before it is written.
  const input = new Blob([options.stdin ?? ""]).bytes()
    .then((bytes) => writer.write(bytes)).then(() => writer.close()).catch(() => {});
  const output = await within(child.output(), `midge ${args.join(" ")}`);
  await input;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    code: output.code,
    stdout: linesOf(text(output.stdout)),
    stderr: linesOf(text(output.stderr)),
  };
}

/** A running `midge start`. */
export class MidgeProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #log: string[] = [];
  readonly #reading: Promise<unknown>;
  readonly #exit: Promise<Deno.CommandStatus>;
  #wake: () => void = () => {};
  #ended = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#exit = child.status;
    this.#reading = Promise.all([this.#readLog(), child.stdout.cancel()]);
  }

  /** Starts it, and waits until its listeners are open. */
  static async start(args: readonly string[], options: RunOptions = {}): Promise<MidgeProcess> {
    const midge = new MidgeProcess(spawn(args, options, "null"));
    try {
      await midge.line(/clients are let in|may connect/);
    } catch (error) {
      await midge[Symbol.asyncDispose]();
      throw error;
    }
    return midge;
  }

  /** Every line of the log so far. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Of the process, while it runs. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The port of the listener that the log names. */
  get port(): number {
    const line = this.#log.find((one) => /listener \w+: tcp/.test(one)) ?? "";
    return Number(/:(\d+)$/.exec(line)?.[1]);
  }

  /** The first line of the log, from index `from` on, that matches; waits for it. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    const search = async () => {
      while (true) {
        const found = this.#log.slice(from).find((line) => pattern.test(line));
        if (found !== undefined) return found;
        if (this.#ended) throw new Error(`the process ended; its log: ${this.#log.join("\n")}`);
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    };
    return await within(search(), `${pattern} in the log`);
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** The exit code, once it has ended. */
  async exitCode(): Promise<number> {
    const status = await within(this.#exit, "the end of midge");
    await this.#reading;
    return status.code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    kill(this.#child);
    await this.#exit;
    await this.#reading;
  }

  async #readLog(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stderr) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      this.#log.push(...lines);
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }
}

/** A folder that is gone afterwards. */
export class TempFolder implements AsyncDisposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "midge_test_" });

  /** Writes a file; the result is its path. */
  write(name: string, text: string): string {
    const path = `${this.path}/${name}`;
    Deno.writeTextFileSync(path, text);
    return path;
  }

  /** A file's text. */
  read(name: string): string {
    return Deno.readTextFileSync(`${this.path}/${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
