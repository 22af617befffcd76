/**
 * A running `midge pub` or `midge sub` whose output a test reads line by line. Invariant: every wait has a
 * deadline, and nothing of the process is left when it is disposed.
 */
import { kill } from "../support/kill.ts";
import { within } from "../support/raw_client.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const LOCK = new URL("../../deno.lock", import.meta.url).pathname;

/** The process in the hands of a test. */
export class ClientProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #complaints: Promise<string>;
  readonly stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #buffered = "";

  constructor(args: readonly string[]) {
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--lock", LOCK, "--no-prompt", "--ignore-env", "--allow-net", "--allow-read"],
        ...[MAIN, ...args],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    this.#child = command.spawn();
    this.stdin = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#complaints = new Response(this.#child.stderr).text();
  }

  /** The next line of stdout, without its line end. */
  async line(): Promise<string> {
    let end = this.#buffered.indexOf("\n");
    while (end < 0) {
      const { value, done } = await within(this.#reader.read(), "a line");
      if (done) throw new Error(`the process has ended: ${await this.#complaints}`);
      this.#buffered += value;
      end = this.#buffered.indexOf("\n");
    }
    const line = this.#buffered.slice(0, end);
    this.#buffered = this.#buffered.slice(end + 1);
    return line;
  }

  /** Writes to its stdin. */
  async write(text: string): Promise<void> {
    await this.stdin.write(new TextEncoder().encode(text));
  }

  signal(signal: Deno.Signal): void {
    kill(this.#child, signal);
  }

  /** Nobody reads its stdout any more. */
  async closeOutput(): Promise<void> {
    await this.#reader.cancel();
  }

  /** Its exit code and what it said on stderr. */
  async ended(): Promise<{ code: number; stderr: string }> {
    const { code } = await within(this.#child.status, "the end");
    return { code, stderr: await this.#complaints };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    kill(this.#child);
    await this.#child.status;
    await this.#complaints;
    await this.stdin.close().catch(() => {}); // gone with the process
    await this.#reader.cancel();
  }
}
