/**
 * The terminal windows of a page's reader: types a command, looks at what it prints, leaves running what stays. Invariants: a program that stays
 * has said that it is ready before the next command is typed; the same program, started again, was stopped by Ctrl-C before.
 */
import { assert } from "@std/assert";
import type { Command } from "./blocks.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { HOME_FOLDER, type Machine } from "./machine.ts";
import { Running } from "./running.ts";
import { isShown } from "./shown.ts";

/** A program that stays, and what it says when it is ready. */
interface Kind {
  readonly pattern: RegExp;
  readonly ready: RegExp;
}

const KINDS: readonly Kind[] = [
  {
    pattern: /^(sudo )?midge( start\b.*| -[^-hV].*)?$/,
    ready: /^Midge \S+ runs/,
  },
  // Under --debug, which the terminal adds for a subscriber.
  { pattern: /^midge sub\b(?!.* -[CnWE]\b).*$/s, ready: /received suback/ },
  { pattern: /^mosquitto_sub\b(?!.* -[CWE]\b).*$/s, ready: /Subscribed \(mid/ },
  { pattern: /^mosquitto( .*)?$/, ready: /mosquitto version .* running/ },
  { pattern: /^amqtt( .*)?$/, ready: /Listener 'default' bind to|[Bb]roker started/ },
];

/** What a page needs to be told that a reader knows. */
export interface Habits {
  /** What is typed at the questions of a command. */
  readonly typed?: Readonly<Record<string, string>>;
  /** Commands whose exit code is not 0, by their text. */
  readonly fails?: readonly string[];
  /** Further programs that stay, and what they say when they are ready. */
  readonly stays?: Readonly<Record<string, RegExp>>;
}

/** The windows. */
export class Terminal implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #habits: Habits;
  readonly #staying = new Map<string, { running: Running; shown: readonly string[] }>();
  readonly #state: string;

  constructor(machine: Machine, habits: Habits = {}) {
    this.#machine = machine;
    this.#habits = habits;
    this.#state = Deno.makeTempDirSync({ prefix: "midge_terminal_" });
    Deno.writeTextFileSync(`${this.#state}/cwd`, HOME_FOLDER);
    Deno.writeTextFileSync(`${this.#state}/exported`, "");
  }

  /** The folder that the reader is in, as this side sees it. */
  get folder(): string {
    const folder = Deno.readTextFileSync(`${this.#state}/cwd`).trim();
    return folder.replace(HOME_FOLDER, this.#machine.folder);
  }

  /** Types one command, and holds what it prints to what the page shows. */
  async type({ text, shown }: Command): Promise<void> {
    const ready = this.#readyOf(text);
    if (ready !== undefined) return await this.#start(text, ready, shown ?? []);
    const remember =
      `code=$?; pwd >${this.#state}/cwd; export -p >${this.#state}/exported; exit $code`;
    const script = `${this.#restored()}\ntrap '${remember}' EXIT\nset -e\n${text}`;
    const { code, output } = await this.#machine.run(script, this.#habits.typed?.[text] ?? "");
    const isMeantToFail = this.#habits.fails?.includes(text) ?? false;
    assert((code !== 0) === isMeantToFail, `${text}: exit code ${code}:\n${output}`);
    const lines = output.trim() === "" ? [] : output.trimEnd().split("\n");
    const isRight = shown === undefined || isShown(shown, lines, true);
    assert(isRight, `${text}: the page shows\n${shown?.join("\n")}\nand it prints\n${output}`);
  }

  /** All that stays has printed what the page shows. */
  async settle(): Promise<void> {
    for (const { running, shown } of this.#staying.values()) {
      await shows(running, shown);
    }
  }

  /** Ctrl-C in all windows. */
  async stopAll(): Promise<void> {
    for (const { running } of this.#staying.values()) await running.stop();
    this.#staying.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAll();
    await Deno.remove(this.#state, { recursive: true });
  }

  async #start(text: string, ready: RegExp, shown: readonly string[]): Promise<void> {
    const key = text.split(" ").filter((word) => word !== "sudo").slice(0, 2).join(" ");
    // A second subscriber is a second window; a second broker is the first one, stopped and started.
    const isBroker = !/_?sub\b/.test(key);
    const name = isBroker ? key.replace(/^midge.*/, "midge") : text;
    await this.#staying.get(name)?.running.stop();
    const typed = isBroker ? text : `${text} --debug`.replace(/^(mosquitto.*) --debug$/, "$1 -d");
    const script = `${this.#restored()}\nexec ${typed}`;
    const running = new Running(this.#machine, text, script, name === "midge");
    this.#staying.set(name, { running, shown });
    await running.until((lines) => lines.some((line) => ready.test(line)), "it is not ready");
    if (isBroker) await shows(running, shown);
  }

  #readyOf(text: string): RegExp | undefined {
    return this.#habits.stays?.[text] ?? KINDS.find(({ pattern }) => pattern.test(text))?.ready;
  }

  #restored(): string {
    return `cd "$(cat ${this.#state}/cwd)"; . ${this.#state}/exported`;
  }
}

/** Waits until it has printed what the page shows. */
function shows(running: Running, shown: readonly string[]): Promise<void> {
  return running.until((lines) => isShown(shown, visible(lines), false), shown.join("\n"));
}

/** Without what --debug has added. */
function visible(lines: readonly string[]): string[] {
  return lines.filter((line) => !/ debug +midge\.|^Client |^Subscribed \(mid/.test(line));
}

/** Runs a script in the machine again and again until it succeeds. */
export async function untilSucceeds(machine: Machine, script: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { code, output } = await machine.run(script);
    if (code === 0) return;
    if (performance.now() > deadline) throw new Error(`${script}: still ${code}: ${output}`);
  }
}
