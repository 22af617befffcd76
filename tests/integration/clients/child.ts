/**
 * A child process whose standard output is read line by line, and that surely ends. Used by the
 * drivers of foreign clients. Invariant: `end()` leaves no process, pipe or pending read behind,
 * however the child came to its end.
 */
import { kill } from "../../support/kill.ts";
import { TextLineQueue } from "./lines.ts";
import { PATIENCE_MS } from "../../support/patience.ts";

export class Child {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines = new TextLineQueue();
  readonly #reading: Promise<unknown>;
  readonly #name: string;
  #complaints = "";

  constructor(command: string, args: readonly string[]) {
    this.#name = `${command} ${args.join(" ")}`;
    this.#process = new Deno.Command(command, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#reading = Promise.all([this.#readOutput(), this.#readComplaints()]);
  }

  /** Writes to the child's standard input. */
  async send(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** The next line; rejects after {@link PATIENCE_MS} or when the child has ended. */
  async line(): Promise<string> {
    const line = await this.#lines.next(PATIENCE_MS);
    if (line !== undefined) return line;
    throw new Error(`${this.#name}: no further line; it said: ${this.#complaints || "nothing"}`);
  }

  /** Waits for the child to end by itself; rejects when its exit code is not 0. */
  async finished(): Promise<void> {
    await this.#closeInput();
    const timer = setTimeout(() => kill(this.#process), PATIENCE_MS);
    const status = await this.#process.status;
    clearTimeout(timer);
    await this.#reading;
    if (!status.success) {
      throw new Error(`${this.#name}: exit code ${status.code}; it said: ${this.#complaints}`);
    }
  }

  /** Ends the child with this signal and waits until nothing of it is left. */
  async end(signal: Deno.Signal): Promise<void> {
    kill(this.#process, signal);
    const timer = setTimeout(() => kill(this.#process), PATIENCE_MS);
    await this.#process.status;
    clearTimeout(timer);
    await this.#closeInput();
    await this.#reading;
  }

  async #closeInput(): Promise<void> {
    try {
      await this.#input.close();
    } catch {
      // The child closed its end first, or it was closed before: closed is what was wanted.
    }
  }

  async #readOutput(): Promise<void> {
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const piece of text) this.#lines.push(piece);
    this.#lines.close();
  }

  async #readComplaints(): Promise<void> {
    const text = this.#process.stderr.pipeThrough(new TextDecoderStream());
    for await (const piece of text) this.#complaints += piece;
  }
}

/** Runs a command to its end. Undefined when it exits with 0, else one line that says why not. */
export async function tryCommand(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (success) return undefined;
    const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
    return `${command}: ${said}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `${command} is not installed`;
    throw error;
  }
}
