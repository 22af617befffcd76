/**
 * One fresh process, looked at: how long until it lets a client in, what it has in memory at rest and with idle clients,
 * what it writes meanwhile. Invariant: the process is ended and its folder removed, whatever happens.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { openAll } from "../../lib/cli/load/open.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import { cpuSeconds, delay, type Measured } from "../../lib/cli/load/run.ts";
import { anonymousBytes, residentBytes } from "../memory.ts";
import { PeerProcess, type RunningPeer } from "../peers/process.ts";
import { bytesWritten } from "../written_bytes.ts";
import type { Candidate } from "./candidates.ts";

/** Milliseconds for a process to come to rest. */
const SETTLE = 4000;
/** Bytes: the generator's own buffers must not fill the machine. */
const SMALL_BUFFER = 64;
const RETAIN = 1;

/** A process, and when it was started (performance.now()). */
export interface Fresh extends RunningPeer {
  readonly from: number;
}

/** Runs a fresh process and looks at it. @param peers the folder with the programs of others */
export async function fresh(
  peers: string,
  candidate: Candidate,
  look: (running: Fresh) => Promise<Measured>,
): Promise<Measured> {
  await using process = await PeerProcess.make(peers, candidate);
  const from = performance.now();
  const running = await process.start(candidate.kind !== "empty");
  try {
    return await look({ ...running, from });
  } finally {
    await running.stop();
  }
}

/** MB at rest; of a broker, milliseconds from exec to CONNACK as well, and of the processor. */
export async function atRest({ kind }: Candidate, running: Fresh): Promise<Measured> {
  const ready = kind === "broker" ? await untilConnack(running) : {};
  await delay(SETTLE);
  const { pid } = running;
  return { ...ready, rss: residentBytes(pid) / 1e6, anonymous: anonymousBytes(pid) / 1e6 };
}

async function untilConnack({ target, from, pid }: Fresh): Promise<Measured> {
  const connection = await LoadConnection.open(target, "footprint", SMALL_BUFFER);
  const measured = { ready: performance.now() - from, cpu: await cpuSeconds(pid) * 1000 };
  connection.close();
  return measured;
}

/**
 * MB with that many idle clients, each with one subscription, and KiB for each of four times as many more: what all share,
 * and the room that a heap grows by at first, is in the first number alone.
 */
export async function withClients(
  count: number,
  { kind }: Candidate,
  running: Fresh,
): Promise<Measured> {
  const open = kind === "broker" ? openClients : openSockets;
  const first = await open(running, "first", count);
  await delay(SETTLE);
  const before = residentBytes(running.pid);
  const more = await open(running, "more", 4 * count);
  await delay(SETTLE);
  const after = residentBytes(running.pid);
  for (const connection of [...first, ...more]) connection.close();
  return { with: before / 1e6, each: (after - before) / 1024 / (4 * count) };
}

function openClients({ target }: Fresh, name: string, count: number) {
  const subscribe = (connection: LoadConnection, i: number) =>
    connection.subscribe([`footprint/${name}/${i}`], 0);
  return openAll(target, name, count, SMALL_BUFFER, subscribe);
}

async function openSockets({ target }: Fresh, _name: string, count: number) {
  const opened: { close(): void }[] = [];
  while (opened.length < count) opened.push(await target.dial());
  return opened;
}

/**
 * KB to the disk an hour: at rest, and with a retained message a second.
 * @param seconds how long is looked at
 */
export async function writes(seconds: number, running: Fresh): Promise<Measured> {
  const { target, pid } = running;
  const hourly = (bytes: number) => bytes * 3600 / seconds / 1000;
  await delay(SETTLE);
  const before = bytesWritten(pid).toDisk;
  await delay(seconds * 1000);
  const between = bytesWritten(pid).toDisk;
  const connection = await LoadConnection.open(target, "footprint", SMALL_BUFFER);
  const frame = publishFrame("footprint/value", 0);
  frame[0]! |= RETAIN;
  for (let sent = 0; sent < seconds; sent++) {
    connection.push(frame);
    connection.flush();
    await delay(1000);
  }
  connection.close();
  return { idle: hourly(between - before), retained: hourly(bytesWritten(pid).toDisk - between) };
}
