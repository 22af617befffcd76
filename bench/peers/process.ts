/** Another broker as a process on a folder of its own. Invariant: after disposal neither is left. */
import { delay } from "../../lib/cli/load/run.ts";
import { type Target, type TcpAddress, tcpTarget } from "../../lib/cli/load/target.ts";
import { kill } from "../../tests/support/kill.ts";
import { freePorts } from "../doors.ts";
import type { Peer, Place } from "./programs.ts";

const PATIENCE = 20_000;
const POLL = 2;

/** A process that has opened its listener. */
export interface RunningPeer {
  readonly address: TcpAddress;
  readonly target: Target;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A broker that can be started on its folder as often as wanted. */
export class PeerProcess implements AsyncDisposable {
  readonly name: string;
  readonly settings: string;
  readonly #peer: Peer;
  readonly #peers: string;
  readonly #place: Place;
  #child: Deno.ChildProcess | undefined;

  private constructor(peers: string, peer: Peer, place: Place) {
    this.name = peer.name;
    this.settings = peer.settings;
    this.#peer = peer;
    this.#peers = peers;
    this.#place = place;
  }

  /** @param peers the folder with the programs */
  static async make(peers: string, peer: Peer): Promise<PeerProcess> {
    const root = await Deno.makeTempDir({ prefix: "midge-promise-" });
    const folder = `${root}/store`;
    await Deno.mkdir(folder);
    const [[, port], [, other]] = [...freePorts(["tcp", "ws"])] as [
      [string, number],
      [string, number],
    ];
    const place = { folder, config: `${root}/config.${peer.suffix ?? "yaml"}`, port, other };
    const config = peer.config(place).replaceAll("PEERS", peers);
    await Deno.writeTextFile(place.config, config);
    return new PeerProcess(peers, peer, place);
  }

  /** The program's path, or its name where it is looked for on the PATH. */
  get program(): string {
    const own = `${this.#peers}/${this.#peer.program}`;
    return isThere(own) ? own : this.#peer.program;
  }

  /** Starts it and waits until it listens. @param listens false: a program that never does */
  async start(listens = true): Promise<RunningPeer> {
    const { args } = this.#peer;
    const child = new Deno.Command(this.program, {
      args: args(this.#place).map((word) => word.replaceAll("PEERS", this.#peers)),
      cwd: this.#place.folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#child = child;
    const { port } = this.#place;
    if (listens) await listening(port, child, this.name);
    const end = async (signal: Deno.Signal) => {
      kill(child, signal);
      await child.status;
    };
    const { username, keepAlive } = this.#peer;
    const address = { hostname: "127.0.0.1", port };
    return {
      address,
      target: { ...tcpTarget(address), username, keepAlive },
      pid: child.pid,
      stop: () => end("SIGTERM"),
      kill: () => end("SIGKILL"),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined) {
      kill(this.#child);
      await this.#child.status;
    }
    await Deno.remove(`${this.#place.folder}/..`, { recursive: true });
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function listening(port: number, child: Deno.ChildProcess, name: string): Promise<void> {
  let isOver = false;
  child.status.then(() => isOver = true);
  const deadline = performance.now() + PATIENCE;
  while (!isOver && performance.now() < deadline) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await delay(POLL);
    }
  }
  throw new Error(`${name} did not start`);
}
