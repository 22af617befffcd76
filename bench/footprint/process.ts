/**
 * A program as a process in a scratch folder of its own, and how long it takes until it answers. Invariants: it is ended
 * by its own process id; after `stop` neither process nor folder is left.
 */
import { connectFrame } from "../../lib/cli/load/frames.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { writeAll } from "../../lib/io.ts";
import { kill } from "../../tests/support/kill.ts";
import { freePorts } from "../doors.ts";

const HOSTNAME = "127.0.0.1";
const PATIENCE_MS = 20_000;
const LOOK_MS = 2;

/** What can be started. */
export interface Program {
  readonly name: string;
  /** False: it listens nowhere, and counts as ready at once. */
  readonly listens: boolean;
  /** The command, program first; `folder` is its working directory, where it may write a configuration first. */
  command(port: number, folder: string): Promise<readonly string[]>;
}

/** One that runs. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  /** Milliseconds from exec to CONNACK; 0 for one that does not listen. */
  readonly readyAfter: number;
  stop(): Promise<void>;
}

/**
 * Starts it and waits for its first CONNACK.
 * @throws Error with the last it said when it ends before that
 */
export async function startProgram(program: Program): Promise<Running> {
  const port = freePorts(["tcp"]).get("tcp")!;
  const folder = await Deno.makeTempDir({ prefix: "midge-footprint-" });
  const [file, ...args] = await program.command(port, folder);
  const log = `${folder}/said`;
  const begun = performance.now();
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$0" "$@" >said 2>&1', file!, ...args],
    cwd: folder,
    stdin: "null",
  }).spawn();
  const stop = async () => {
    kill(child, "SIGTERM");
    const timer = setTimeout(() => kill(child, "SIGKILL"), 8000);
    await child.status;
    clearTimeout(timer);
    await Deno.remove(folder, { recursive: true });
  };
  try {
    const readyAfter = program.listens ? await firstConnack(port, child) - begun : 0;
    return { pid: child.pid, port, readyAfter, stop };
  } catch (cause) {
    const said = (await Deno.readTextFile(log)).trim().split("\n").at(-1);
    await stop();
    throw new Error(`${program.name} did not start: ${said}`, { cause });
  }
}

/** When a client was let in, by performance.now(). */
async function firstConnack(port: number, child: Deno.ChildProcess): Promise<number> {
  let isOver = false;
  child.status.then(() => isOver = true);
  const deadline = performance.now() + PATIENCE_MS;
  while (!isOver && performance.now() < deadline) {
    try {
      using connection = await Deno.connect({ hostname: HOSTNAME, port });
      await writeAll(connection, connectFrame("first", tcpTarget({ hostname: HOSTNAME, port }), 4));
      if (await connection.read(new Uint8Array(16)) !== null) return performance.now();
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
    await delay(LOOK_MS);
  }
  throw new Error("no CONNACK");
}
