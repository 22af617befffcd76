/**
 * mosquitto as a plain process on free ports, for tests of Midge's client. Where it is not installed such
 * tests are skipped and say so; MIDGE_REQUIRE_ALL=1 makes that a failure. Invariant: after disposal no
 * process and no file is left.
 */
import { optionalTest } from "./optional.ts";
import { within } from "./raw_client.ts";
import { kill } from "./kill.ts";
import { until } from "./until.ts";
import { PATIENCE_MS } from "./patience.ts";
import { freePort } from "../services/free_port.ts";

/** A running mosquitto. */
export interface Mosquitto extends AsyncDisposable {
  /** The port of each listener, in the order of `listeners`. */
  readonly ports: readonly number[];
  /** A folder of its own; `socket` in it is a listener too. */
  readonly folder: string;
  /** The bytes of its mosquitto.db, written now; with `persistence true` and `persistence_location FOLDER/`. */
  save(): Promise<Uint8Array>;
}

/** The program; Debian puts it where ordinary users' PATH does not reach. */
async function program(): Promise<string | undefined> {
  for (const name of ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]) {
    try {
      await new Deno.Command(name, { args: ["-h"], stdout: "null", stderr: "null" }).output();
      return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Registers a test that needs mosquitto. Await it: it looks whether mosquitto is there. */
export async function mosquittoTest(title: string, run: () => Promise<void>): Promise<void> {
  const isThere = await program() !== undefined;
  optionalTest(isThere ? undefined : "mosquitto is not installed", title, run);
}

/**
 * Starts mosquitto, open to everybody.
 * @param listeners lines of its configuration behind each `listener PORT 127.0.0.1`; `FOLDER` in them is
 *   its folder
 * @param prepare may write files into that folder before the start
 */
export async function startMosquitto(
  listeners: readonly string[] = [""],
  prepare: (folder: string) => Promise<void> = async () => {},
): Promise<Mosquitto> {
  const command = await program();
  if (command === undefined) throw new Error("mosquitto is not installed");
  const folder = await Deno.makeTempDir({ prefix: "midge-mosquitto-" });
  await prepare(folder);
  const ports = freePorts(listeners.length);
  const blocks = listeners.map((lines, at) => `listener ${ports[at]} 127.0.0.1\n${lines}\n`);
  // Started by root it would become another user, who may not read the folder.
  const config = `user root\nallow_anonymous true\nmax_queued_messages 0\n${blocks.join("")}` +
    "listener 0 FOLDER/socket\n";
  await Deno.writeTextFile(`${folder}/conf`, config.replaceAll("FOLDER", folder));
  const child = new Deno.Command(command, {
    args: ["-c", `${folder}/conf`],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(child.stderr).text();
  const stop = async () => {
    kill(child);
    await child.status;
    await complaints;
    await Deno.remove(folder, { recursive: true });
  };
  try {
    await within(Promise.all(ports.map((port) => listening(port))), "mosquitto");
  } catch (error) {
    await stop();
    throw new Error(`mosquitto did not start: ${await complaints}`, { cause: error });
  }
  const save = async () => {
    const file = `${folder}/mosquitto.db`;
    await Deno.remove(file).catch(() => {}); // of an earlier call
    kill(child, "SIGUSR1");
    await until(() => isThere(file), "mosquitto.db");
    return await Deno.readFile(file);
  };
  return { ports, folder, save, [Symbol.asyncDispose]: stop };
}

/** mosquitto renames it when it is whole. */
function isThere(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}

/**
 * Runs mosquitto with `mosquitto.conf` of a folder, relative paths in it included. Its first line should be `user root`.
 * The result, once it listens on `port`: what ends it; undefined when mosquitto refuses the file.
 */
export async function runMosquittoIn(
  folder: string,
  port: number,
): Promise<AsyncDisposable | undefined> {
  const command = await program();
  if (command === undefined) throw new Error("mosquitto is not installed");
  const child = new Deno.Command(command, {
    args: ["-c", "mosquitto.conf"],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isOver = false;
  const ended = child.status.then(() => void (isOver = true));
  await listening(port, () => isOver);
  if (isOver) return undefined;
  const stop = async () => {
    kill(child);
    await ended;
  };
  return { [Symbol.asyncDispose]: stop };
}

/** Ports that were free a moment ago. */
export function freePorts(count: number): number[] {
  return Array.from({ length: count }, freePort);
}

/** Resolves when someone listens there, or no one will any more. */
async function listening(port: number, isOver: () => boolean = () => false): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (isOver()) return;
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
