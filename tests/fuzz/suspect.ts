/**
 * The broker that the fuzzer talks to, as a process with the heap of a board with 1 GiB. Invariants: its limits are
 * small enough that what stays behind is gone within seconds; after disposal nothing of it is left.
 */
import { request } from "../../lib/manage/remote.ts";
import type { ResultOf } from "../../lib/manage/commands.ts";
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import { residentBytes } from "../../bench/memory.ts";
import { MidgeProcess, TempFolder } from "../support/midge_process.ts";
import type { Transport } from "./fuzz_case.ts";
import type { Observed } from "./fuzz.ts";
import type { Counted } from "./judge.ts";

const HEAP_MB = 512;
const PERMISSIONS = [
  `--v8-flags=--max-semi-space-size=8,--max-old-space-size=${HEAP_MB}`,
  "--allow-net",
  "--allow-read",
  "--allow-sys=systemMemoryInfo",
  "--allow-write",
];

function configOf(transport: Transport): string {
  return `listeners:
  default: {type: ${transport}, bind: "127.0.0.1:0"}
connect_timeout: 10s
session_expiry_interval: 3s
max_retained_bytes: 2MiB
log: {level: info}
`;
}

/** A running Midge. */
export class Suspect implements Observed, AsyncDisposable {
  readonly address: TcpAddress;
  readonly #folder: TempFolder;
  readonly #process: MidgeProcess;
  readonly #pid: number;
  #ending: number | undefined;
  #seen = 0;

  private constructor(
    folder: TempFolder,
    process: MidgeProcess,
    { pid, listeners }: ResultOf<"status">,
  ) {
    this.#folder = folder;
    this.#process = process;
    this.#pid = pid;
    this.address = { hostname: "127.0.0.1", port: listeners[0]!.port };
    process.exitCode().then((code) => this.#ending = code, () => {}); // it lives longer than that waits
  }

  /** Starts one with a listener of this transport. */
  static async start(transport: Transport): Promise<Suspect> {
    const folder = new TempFolder();
    const config = folder.write("config.yaml", configOf(transport));
    try {
      const process = await MidgeProcess.start(
        ["start", "--config", config, "--data-dir", folder.path],
        { permissions: PERMISSIONS },
      );
      return new Suspect(folder, process, await statusIn(folder));
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Its exit code; undefined while it lives. */
  get ending(): number | undefined {
    return this.#ending;
  }

  /** Lines of its log that were not seen before. */
  newLines(): readonly string[] {
    const lines = this.#process.log.slice(this.#seen);
    this.#seen += lines.length;
    return lines;
  }

  /** Looks at it; rejects where it does not answer. */
  async look(): Promise<Counted> {
    const { metrics } = await statusIn(this.#folder);
    const descriptors = [...Deno.readDirSync(`/proc/${this.#pid}/fd`)].length;
    return { metrics, resident: residentBytes(this.#pid), descriptors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function statusIn(folder: TempFolder): Promise<ResultOf<"status">> {
  return request({ kind: "unix", path: `${folder.path}/midge.sock` }, "status", {});
}
