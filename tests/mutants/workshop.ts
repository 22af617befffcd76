/**
 * A copy of the tree in a temporary folder, in which one file at a time is changed and tested. Invariants: the
 * working tree is never written to; a test run ends at its time limit; the folder is gone in the end.
 */
import { kill } from "../support/kill.ts";
import type { Change } from "./operators.ts";

/** What became of a mutant. */
export type Fate = "killed" | "timed out" | "survived";

const ROOT = new URL("../../", import.meta.url).pathname;
const LEFT_OUT = new Set([".git", ".ci", "data", "dist", ".tmp"]);
/** A mutant may take that many times as long as the code it comes from, but never less than the least. */
const PATIENCE = 3;
const LEAST_MS = 15_000;

/** One copy of the tree, with the time that its tests take when nothing is changed. */
export class Workshop implements AsyncDisposable {
  readonly #folder: string;
  readonly #limits = new Map<string, number>();
  #child: Deno.ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies the tree. */
  static async open(): Promise<Workshop> {
    const folder = await Deno.makeTempDir({ prefix: "midge-mutants-" });
    await copy(ROOT, `${folder}/`);
    return new Workshop(folder);
  }

  /**
   * Runs the tests without a change.
   * @throws Error when they fail
   */
  async measure(steps: readonly string[][]): Promise<void> {
    for (const step of steps) {
      if (this.#limits.has(step.join())) continue;
      const start = Date.now();
      if (await this.#run(step, 10 * 60_000) !== "survived") {
        throw new Error(`${step.join(" ")} fails without a change`);
      }
      this.#limits.set(step.join(), Math.max(LEAST_MS, (Date.now() - start) * PATIENCE));
    }
  }

  /** Changes the file, runs the tests until one fails, and changes it back. */
  async try(file: string, change: Change, steps: readonly string[][]): Promise<Fate> {
    const path = `${this.#folder}/${file}`;
    const source = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, applied(source, change));
    try {
      for (const step of steps) {
        const fate = await this.#run(step, this.#limits.get(step.join()) ?? LEAST_MS);
        if (fate !== "survived") return fate;
      }
      return "survived";
    } finally {
      await Deno.writeTextFile(path, source);
    }
  }

  async #run(paths: readonly string[], milliseconds: number): Promise<Fate> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", "-q", "--no-check", "--no-prompt", "--fail-fast", "--sanitize-ops"]
        .concat(["--sanitize-resources", "--v8-flags=--max-old-space-size=1024", "-A", ...paths]),
      cwd: this.#folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#child = child;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      kill(child);
    }, milliseconds);
    const { success } = await child.status;
    clearTimeout(timer);
    this.#child = undefined;
    return isLate ? "timed out" : success ? "survived" : "killed";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined) kill(this.#child);
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** The source with the change in it. */
export function applied(source: string, { start, end, text }: Change): string {
  return source.slice(0, start) + text + source.slice(end);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    if (LEFT_OUT.has(entry.name)) continue;
    if (entry.isDirectory) await copy(`${from}${entry.name}/`, `${to}${entry.name}/`);
    else await Deno.copyFile(from + entry.name, to + entry.name);
  }
}
