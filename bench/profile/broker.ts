/**
 * Midge as `deno task start` runs it, with something more for V8. Invariant: what it prints goes to a file of its own;
 * that and its folder are removed with it.
 */
import { type RunningBroker, startProcess, startTask } from "../brokers.ts";
import { freePorts, midgeListeners } from "../doors.ts";

/** A process that is looked at. */
export interface Looked extends AsyncDisposable {
  readonly broker: RunningBroker;
  readonly pid: number;
  /** For the tools' files. */
  readonly folder: string;
  /** When it was started, performance.now(). */
  readonly from: number;
  /** Of its inspector, where it has one. */
  readonly inspectorPort: number;
  /** What it has printed until now. */
  printed(): Promise<string>;
}

/** @param v8 flags for V8; @param isInspected with its inspector open on loopback */
export async function startLooked(v8: string, isInspected = false): Promise<Looked> {
  const folder = await Deno.makeTempDir({ prefix: "midge-profile-" });
  const out = `${folder}/out`;
  const inspectorPort = freePorts(["tcp"]).get("tcp")!;
  const inspect = isInspected ? [`--inspect=127.0.0.1:${inspectorPort}`] : [];
  const words = (await startTask())
    .map((word) =>
      word.startsWith("--v8-flags=") ? `${word}${v8},--logfile=${folder}/v8.log` : word
    )
    .map((word) => word.startsWith("--allow-write") ? "--allow-write" : word)
    .map((word, i, { [i - 1]: before }) => before === "--data-dir" ? `${folder}/data` : word)
    .flatMap((word) => word === "main.ts" ? [...inspect, word] : [word]);
  const from = performance.now();
  const broker = await startProcess("Midge", ["tcp"], (ports, file) => ({
    config: midgeListeners(ports),
    // Deno.Command has no files for its children: the shell opens it, and is then the broker.
    command: [
      "sh",
      "-c",
      'out=$1; shift; exec "$@" > "$out"',
      "sh",
      out,
      ...words,
      "--config",
      file,
    ],
  }));
  return {
    broker,
    pid: broker.pid!,
    folder,
    from,
    inspectorPort,
    printed: () => Deno.readTextFile(out),
    async [Symbol.asyncDispose]() {
      await broker.stop();
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(`/tmp/perf-${broker.pid}.map`).catch(() => {});
    },
  };
}
