/**
 * perf and strace on a process that runs. Invariants: each look ends by itself after its time; what a look puts into the
 * kernel it takes out again; a tool that is missing or not allowed is an error of one line.
 */
import { type Calls, callsOfPerfStat, callsOfPerfTrace, callsOfStrace } from "./counts.ts";

/** Samples a second of the processor's clock. */
const FREQUENCY = 1999;
const LIBC = [
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/lib64/libc.so.6",
];
const PROBED = ["malloc", "calloc", "realloc", "free"];

/** Runs a tool; its output. @throws Error with the last line that it said */
async function run(program: string, ...args: string[]): Promise<{ out: string; said: string }> {
  let output;
  try {
    output = await new Deno.Command(program, { args, stdin: "null" }).output();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw new Error(`${program} is not installed`);
    throw cause;
  }
  const [out, said] = [output.stdout, output.stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (output.success) return { out: out!, said: said! };
  throw new Error(`${program} ${args[0]}: ${said!.trim().split("\n").at(-1) || "failed"}`);
}

/** Where the process is, again and again for that many seconds: what `samplesOf` reads. */
export async function sampled(pid: number, seconds: number, folder: string): Promise<string> {
  const file = `${folder}/perf.data`;
  const clock = ["-F", `${FREQUENCY}`, "-e", "cpu-clock"];
  await run(
    "perf",
    "record",
    "-q",
    ...clock,
    "-p",
    `${pid}`,
    "-o",
    file,
    "--",
    "sleep",
    `${seconds}`,
  );
  return (await run("perf", "script", "-i", file, "-F", "comm,tid,ip,sym,dso")).out;
}

/** System calls in that many seconds; perf costs the process less than strace. */
export async function systemCalls(pid: number, seconds: number, folder: string): Promise<Calls> {
  const file = `${folder}/calls`;
  try {
    await run("perf", "trace", "-s", "-p", `${pid}`, "-o", file, "--", "sleep", `${seconds}`);
    return callsOfPerfTrace(await Deno.readTextFile(file));
  } catch {
    await run(
      "timeout",
      "-s",
      "INT",
      "--preserve-status",
      `${seconds}`,
      "strace",
      "-c",
      "-f",
      "-p",
      `${pid}`,
      "-o",
      file,
    );
    return callsOfStrace(await Deno.readTextFile(file));
  }
}

/** Probes in the kernel on libc's functions for memory; to set them takes longer than a look. */
export class MemoryProbes implements AsyncDisposable {
  readonly #group = `midge_${Deno.pid}`;

  private constructor() {}

  /** @throws Error of one line where the kernel has none, or libc is not found */
  static async set(): Promise<MemoryProbes> {
    const libc = LIBC.find(isThere);
    if (libc === undefined) throw new Error("there is no libc.so.6 where it is looked for");
    const probes = new MemoryProbes();
    try {
      for (const name of PROBED) {
        await run("perf", "probe", "-q", "-x", libc, `${probes.#group}:${name}=${name}`);
      }
    } catch (error) {
      await probes[Symbol.asyncDispose]();
      throw error;
    }
    return probes;
  }

  /** Calls in that many seconds. */
  async count(pid: number, seconds: number): Promise<Calls> {
    const events = PROBED.map((name) => `${this.#group}:${name}`).join(",");
    const process = ["-p", `${pid}`, "--", "sleep", `${seconds}`];
    return callsOfPerfStat((await run("perf", "stat", "-x", ",", "-e", events, ...process)).said);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("perf", "probe", "-q", "-d", `${this.#group}:*`).catch(() => {});
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
