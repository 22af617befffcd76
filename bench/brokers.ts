/**
 * The brokers under comparison as processes on loopback: started on a free port, waited for, and
 * ended by their own process id. Invariant: after `stop` nothing of a broker is
 * left, and a broker that cannot start says why in one line.
 */
import { kill } from "../tests/support/kill.ts";
import type { TcpAddress } from "../lib/cli/load/target.ts";
import { delay } from "../lib/cli/load/run.ts";
import { type Door, freePorts, midgeListeners, mosquittoListeners, type Ports } from "./doors.ts";

/** A broker that accepts connections. */
export interface RunningBroker {
  readonly name: string;
  /** Of its plain listener. */
  readonly address: TcpAddress;
  /** Of any listener; throws where it has none of the kind. */
  addressOf(door: Door): TcpAddress;
  /** Undefined for a broker that somebody else started. */
  readonly pid: number | undefined;
  /** Seconds, for a broker that lets no one in without a keep-alive. */
  readonly keepAlive?: number | undefined;
  stop(): Promise<void>;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
}

/** A broker that can be started afresh as often as wanted. */
export interface BrokerKind {
  readonly name: string;
  /** False for a broker that somebody else runs: no row that needs a fresh process. */
  readonly fresh: boolean;
  /** The listeners that it can have here; undefined: all. */
  readonly doors?: readonly Door[];
  /** @param doors its listeners; without them the plain one */
  start(doors?: readonly Door[]): Promise<RunningBroker>;
}

/** Where a broker that was started cannot be reached after this, it counts as failed. Milliseconds. */
const START_PATIENCE = 15_000;
const STOP_PATIENCE = 8_000;
const HOSTNAME = "127.0.0.1";
const PLAIN: readonly Door[] = ["tcp"];

/**
 * Debian's mosquitto with its defaults, open to everyone on loopback.
 * @param more lines beside the listeners
 */
export function mosquitto(more = ""): BrokerKind {
  return {
    name: "mosquitto",
    fresh: true,
    start: (doors = PLAIN) =>
      startProcess("mosquitto", doors, (ports, file) => ({
        config: `${mosquittoListeners(ports)}${more}`,
        command: ["mosquitto", "-c", file],
      })),
  };
}

/**
 * Midge as `deno task start` runs it: that task's flags.
 * @param more YAML beside the listeners; without it, the four plugins of the default
 * @param heap MB that V8's old space may have; without it, what V8 takes
 */
export function midge(more = "", heap?: number): BrokerKind {
  return {
    name: "Midge",
    fresh: true,
    start: async (doors = PLAIN) => {
      const command = (await startTask()).map((word) =>
        heap !== undefined && word.startsWith("--v8-flags=")
          ? `${word},--max-old-space-size=${heap}`
          : word
      );
      return await startProcess("Midge", doors, (ports, file) => ({
        config: `${midgeListeners(ports)}${more}`,
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
  const ports: Ports = new Map([["tcp", Number(port)]]);
  const stop = () => Promise.resolve();
  const faces = { ...facesOf(name, hostname, ports), pid: undefined, stop, kill: stop };
  const start = () => Promise.resolve(faces);
  return { name, fresh: false, start };
}

/** The command of deno.json's start task, run by this deno; `--config FILE` comes behind it. */
export async function startTask(): Promise<string[]> {
  const root = new URL("../", import.meta.url);
  const text = await Deno.readTextFile(new URL("deno.json", root));
  const { tasks } = JSON.parse(text) as { tasks: { start: { command: string } } };
  const [, ...words] = tasks.start.command.split(" ");
  return [Deno.execPath(), ...words];
}

function facesOf(name: string, hostname: string, ports: Ports) {
  const addressOf = (door: Door) => {
    const port = ports.get(door);
    if (port === undefined) throw new Error(`${name} has no listener ${door} here`);
    return { hostname, port };
  };
  return { name, address: addressOf("tcp"), addressOf };
}

/** What a broker's process is. */
export interface Description {
  /** The text of its configuration file. */
  readonly config: string;
  readonly command: readonly string[];
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a process and waits until its listeners are open.
 * @param describe its configuration will be in that file
 * @throws Error with the last thing it said
 */
export async function startProcess(
  name: string,
  doors: readonly Door[],
  describe: (ports: Ports, file: string) => Description,
): Promise<RunningBroker> {
  const ports = freePorts(doors);
  const faces = facesOf(name, HOSTNAME, ports);
  const folder = await Deno.makeTempDir({ prefix: "midge-bench-" });
  const file = `${folder}/${name}.conf.yaml`;
  const { config, command: [program, ...args], env = {} } = describe(ports, file);
  await Deno.writeTextFile(file, config);
  const child = new Deno.Command(program!, {
    args,
    env: { ...env },
    cwd: new URL("../", import.meta.url),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = collect(child.stderr);
  const end = (signal: Deno.Signal) => endProcess(child, signal, folder, said);
  const stop = () => end("SIGTERM");
  const addresses = doors.map((door) => faces.addressOf(door));
  const isThere = await Promise.all(addresses.map((address) => reachable(address, child)));
  if (isThere.includes(false)) {
    await stop();
    throw new Error(`${name} did not start: ${(await said).trim().split("\n").at(-1)}`);
  }
  return { ...faces, pid: child.pid, stop, kill: () => end("SIGKILL") };
}

async function endProcess(
  child: Deno.ChildProcess,
  signal: Deno.Signal,
  folder: string,
  said: Promise<string>,
): Promise<void> {
  kill(child, signal);
  const timer = setTimeout(() => kill(child, "SIGKILL"), STOP_PATIENCE);
  await child.status;
  clearTimeout(timer);
  await said;
  await Deno.remove(folder, { recursive: true });
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
      await delay(5);
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
