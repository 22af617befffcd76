/**
 * A program of a page that stays: a broker, a subscriber. Invariants: it counts as started when it has said so, not after a time; what it has
 * printed so far is there line by line.
 */
import { kill } from "../support/kill.ts";
import type { Machine } from "./machine.ts";

const PATIENCE_MS = 40_000;

/** One program. */
export class Running {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #command: string;
  #text = "";
  #wake: () => void = () => {};
  #isOver = false;

  /** Starts a command, as typed, in the folder `cwd` of the machine. */
  constructor(machine: Machine, command: string, script: string) {
    this.#command = command;
    const [program, args] = machine.command(["bash", "-c", `exec 2>&1\n${script}`]);
    this.#child = new Deno.Command(program, {
      args,
      env: machine.variables,
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  /** All lines so far. */
  get lines(): string[] {
    return this.#text === "" ? [] : this.#text.replace(/\n$/, "").split("\n");
  }

  /** Waits until the lines so far are as asked. */
  async until(isSo: (lines: readonly string[]) => boolean, what: string): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, PATIENCE_MS);
    while (!isSo(this.lines)) {
      if (isLate || this.#isOver) {
        clearTimeout(timer);
        const how = isLate ? "not in time" : "it has ended";
        throw new Error(`${this.#command}: ${what}: ${how}; it said:\n${this.#text}`);
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    clearTimeout(timer);
  }

  /** As by Ctrl-C; the hard way where that does not help. */
  async stop(): Promise<void> {
    kill(this.#child, "SIGINT");
    const timer = setTimeout(() => kill(this.#child), 10_000);
    await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#text += piece;
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }
}
