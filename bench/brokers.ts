/**
 * The brokers under comparison as processes on loopback: started on a free port, waited for, and
 * ended by their own process id. Used by compare.ts. Invariant: after `stop` nothing of a broker is
 * left, and a broker that cannot start says why in one line.
 */
import type { TcpAddress } from "../lib/cli/load/target.ts";
import { delay } from "../lib/cli/load/run.ts";

/** A broker that accepts connections. */
export interface RunningBroker {
  readonly name: string;
  readonly address: TcpAddress;
  /** Undefined for a broker that somebody else started. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** A broker that can be started afresh as often as wanted. */
export interface BrokerKind {
  readonly name: string;
  /** False for a broker that somebody else runs: no row that needs a fresh process. */
  readonly fresh: boolean;
  start(): Promise<RunningBroker>;
}

/** Where a broker that was started cannot be reached after this, it counts as failed. Milliseconds. */
const START_PATIENCE = 15_000;
const STOP_PATIENCE = 8_000;
const HOSTNAME = "127.0.0.1";

/**
 * Debian's mosquitto with its defaults, open to everyone on loopback.
 * @param more lines beside the listener
 */
export function mosquitto(more = ""): BrokerKind {
  return {
    name: "mosquitto",
    fresh: true,
    start: () =>
      startProcess("mosquitto", (port, file) => ({
        config: `listener ${port} ${HOSTNAME}\nallow_anonymous true\n${more}`,
        command: ["mosquitto", "-c", file],
      })),
  };
}

/**
 * Midge as `deno task start` runs it: that task's flags.
 * @param more YAML beside the listener; without it, the four plugins of the default
 * @param heap MB that V8's old space may have; without it, what V8 takes
 */
export function midge(more = "", heap?: number): BrokerKind {
  return {
    name: "Midge",
    fresh: true,
    start: async () => {
      const command = (await startTask()).map((word) =>
        heap !== undefined && word.startsWith("--v8-flags=")
          ? `${word},--max-old-space-size=${heap}`
          : word
      );
      return await startProcess("Midge", (port, file) => ({
        config: `listeners:\n  default:\n    bind: ${HOSTNAME}:${port}\n${more}`,
        command: [...command, "--config", file],
      }));
    },
  };
}

/** A broker that runs already: `NAME=HOST:PORT`. */
export function external(text: string): BrokerKind {
  const match = /^([^=]+)=(.+):(\d+)$/.exec(text);
  const [, name, hostname, port] = match ?? [];
  if (name === undefined || hostname === undefined) {
    throw new Error(`--broker ${text}: expected NAME=HOST:PORT`);
  }
  const address = { hostname, port: Number(port) };
  const stop = () => Promise.resolve();
  const start = () => Promise.resolve({ name, address, pid: undefined, stop });
  return { name, fresh: false, start };
}

/** The command of deno.json's start task, run by this deno. */
async function startTask(): Promise<string[]> {
  const root = new URL("../", import.meta.url);
  const text = await Deno.readTextFile(new URL("deno.json", root));
  const { tasks } = JSON.parse(text) as { tasks: { start: { command: string } } };
  const [, ...words] = tasks.start.command.split(" ");
  return [Deno.execPath(), ...words];
}

async function startProcess(
  name: string,
  describe: (port: number, file: string) => { config: string; command: string[] },
): Promise<RunningBroker> {
  const address = { hostname: HOSTNAME, port: freePort() };
  const folder = await Deno.makeTempDir({ prefix: "midge-bench-" });
  const file = `${folder}/${name}.conf.yaml`;
  const { config, command: [program, ...args] } = describe(address.port, file);
  await Deno.writeTextFile(file, config);
  const child = new Deno.Command(program!, {
    args,
    cwd: new URL("../", import.meta.url),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = collect(child.stderr);
  const stop = () => stopProcess(child, folder, said);
  if (!await reachable(address, child)) {
    await stop();
    throw new Error(`${name} did not start: ${(await said).trim().split("\n").at(-1)}`);
  }
  return { name, address, pid: child.pid, stop };
}

async function stopProcess(
  child: Deno.ChildProcess,
  folder: string,
  said: Promise<string>,
): Promise<void> {
  kill(child, "SIGTERM");
  const timer = setTimeout(() => kill(child, "SIGKILL"), STOP_PATIENCE);
  await child.status;
  clearTimeout(timer);
  await said;
  await Deno.remove(folder, { recursive: true });
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It ended by itself.
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  return listener.addr.port;
}

async function reachable(address: TcpAddress, child: Deno.ChildProcess): Promise<boolean> {
  let ended = false;
  child.status.then(() => ended = true);
  const deadline = performance.now() + START_PATIENCE;
  while (!ended && performance.now() < deadline) {
    try {
      (await Deno.connect(address)).close();
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await delay(20);
    }
  }
  return false;
}

/** The last thing a process said on its standard error, in bounded memory. */
async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + piece).slice(-4096);
  }
  return text;
}
