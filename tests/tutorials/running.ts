/**
 * A program of a page that stays: a broker, a subscriber. Invariants: it counts as started when it has said so, not after a time; what it has
 * printed so far is there line by line.
 */
import { quoted } from "../../lib/cli/shell_word.ts";
import { kill } from "../support/kill.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import type { Machine } from "./machine.ts";

const CTRL_C = new Uint8Array([3]);

/** `script` of util-linux has a terminal for it. */
function onTerminal(script: string): string[] {
  return [
    "script",
    "--quiet",
    "--return",
    "--command",
    `exec bash -c ${quoted(script)}`,
    "/dev/null",
  ];
}

/** One program. */
export class Running {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #command: string;
  #keys: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #text = "";
  #wake: () => void = () => {};
  #isOver = false;

  /** Starts a command by a script of a shell; `atTerminal`: what it prints may depend on that. */
  constructor(machine: Machine, command: string, script: string, atTerminal: boolean) {
    this.#command = command;
    const shell = ["bash", "-c", `exec 2>&1\n${script}`];
    const [program, args] = machine.command(atTerminal ? onTerminal(script) : shell);
    this.#child = new Deno.Command(program, {
      args,
      env: machine.variables,
      stdin: atTerminal ? "piped" : "null",
      stdout: "piped",
    }).spawn();
    if (atTerminal) this.#keys = this.#child.stdin.getWriter();
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
    if (this.#keys === undefined) kill(this.#child, "SIGINT");
    await this.#keys?.write(CTRL_C).catch(() => {}); // it may have ended by itself
    const timer = setTimeout(() => kill(this.#child), PATIENCE_MS);
    await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
    await this.#keys?.close().catch(() => {});
  }

  async #read(): Promise<void> {
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#text += piece.replaceAll("\r", "");
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }
}
