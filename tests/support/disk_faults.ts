/**
 * Faults of a disk for a process of its own: a small library, built with gcc and preloaded, makes calls on files under one
 * path fail or take longer, and what it does can be changed while the process runs. Invariants: a rule counts from the
 * first call after `set` has returned; nothing outside the path is touched; after disposal no file is left.
 */
import { optionalTest } from "./optional.ts";

/** What is done to files: `open` is also rename, remove and mkdir; `write` also truncate; `sync` also a folder's. */
export type DiskOperation = "write" | "sync" | "open";

/** What happens to such a call; `short`: only half of the bytes are written. */
export type DiskDeed =
  | "EIO"
  | "ENOSPC"
  | "EROFS"
  | "EACCES"
  | "short"
  | `delay=${number}`;

/** `OPERATION DEED`, or the next N calls only: `sync EIO 1`. Delays are milliseconds. */
export type DiskRule = `${DiskOperation} ${DiskDeed}` | `${DiskOperation} ${DiskDeed} ${number}`;

const SOURCE = new URL("disk_faults.c", import.meta.url).pathname;

/** The disk of a process that is started with `env`. Use `await using`. */
export class DiskFaults implements AsyncDisposable {
  /** The variables that the process needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #control: string;
  readonly #log: string;
  #changes = 0;

  private constructor(folder: string, path: string) {
    this.#folder = folder;
    this.#control = `${folder}/control`;
    this.#log = `${folder}/log`;
    this.env = {
      LD_PRELOAD: `${folder}/disk_faults.so`,
      MIDGE_FAULTS_PATH: path,
      MIDGE_FAULTS_CONTROL: this.#control,
      MIDGE_FAULTS_LOG: this.#log,
    };
  }

  /**
   * Builds the library; there are no faults yet.
   * @param path a file or folder, which may not exist yet; the folder that it is in does
   * @throws Error with what gcc said
   */
  static async build(path: string): Promise<DiskFaults> {
    const [, parent = "", name = ""] = /^(.*\/)?([^/]+)\/*$/.exec(path) ?? [];
    const real = `${await Deno.realPath(parent === "" ? "." : parent)}/${name}`;
    const folder = await Deno.makeTempDir({ prefix: "midge_faults_" });
    const faults = new DiskFaults(folder, real);
    try {
      await compile(`${folder}/disk_faults.so`);
      faults.set();
      await Deno.writeTextFile(faults.#log, "");
    } catch (error) {
      await faults[Symbol.asyncDispose]();
      throw error;
    }
    return faults;
  }

  /** From now on these rules and no others; without any, a disk in order. Counts begin anew. */
  set(...rules: readonly DiskRule[]): void {
    // One rename: the process sees all of them or none.
    const next = `${this.#control}.next`;
    Deno.writeTextFileSync(next, `# ${++this.#changes}\n${rules.join("\n")}\n`);
    Deno.renameSync(next, this.#control);
  }

  /** A line for each call that a rule has changed: `OPERATION DEED PATH`. */
  struck(): string[] {
    const text = Deno.readTextFileSync(this.#log);
    return text === "" ? [] : text.trimEnd().split("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function compile(library: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("gcc", {
    args: ["-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl", "-lpthread"],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`gcc: ${new TextDecoder().decode(stderr)}`);
}

/** Registers a test that needs DiskFaults. Await it: it looks whether gcc is there. */
export async function diskFaultsTest(
  title: string,
  run: (test: Deno.TestContext) => Promise<void>,
): Promise<void> {
  optionalTest(await whatIsMissing(), title, run);
}

async function whatIsMissing(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "faults of a disk need Linux";
  try {
    await new Deno.Command("gcc", { args: ["--version"], stdout: "null", stderr: "null" }).output();
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "gcc is not installed";
    throw error;
  }
}
