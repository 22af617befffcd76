/**
 * What is there after kill -9 of what brokers have acknowledged: messages at QoS 1 to a kept session that is away, and
 * retained ones. `promises.ts [--peers FOLDER] [--only NAME]...` starts each broker that it finds in the folder or on the
 * PATH, with persistence, and prints a table.
 *
 * The session is made first and an orderly stop gives every broker the time to write it. Then 200 messages and 200
 * retained ones are published one at a time; the broker is killed as soon as the last acknowledgement has been read, and
 * started again. A second time the same with strace, which counts flushes. Invariant: what a broker has after kill -9
 * says nothing about a power cut; whether it flushed while it acknowledged does.
 */
import { parseArgs } from "node:util";
import { publishFrame, subscribeFrame } from "../../lib/cli/load/frames.ts";
import { packetIdOffset } from "../../lib/cli/load/frames.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { type Target, tcpTarget } from "../../lib/cli/load/target.ts";
import { writeAll } from "../../lib/io.ts";
import { kill } from "../../tests/support/kill.ts";
import { storingMidge } from "./brokers.ts";
import type { Peer } from "../peers/programs.ts";
import { PEERS } from "./peers.ts";
import { connectAlive, readMessages } from "./reader.ts";
import { PeerProcess } from "../peers/process.ts";
import { print } from "../terminal.ts";

const MESSAGES = 200;
const QUEUE = "promise/queued";
const CLIENT = "promise-reader";

/** A broker that can be started on a folder again and again. */
interface Candidate extends AsyncDisposable {
  readonly name: string;
  readonly settings: string;
  start(): Promise<Running>;
}

interface Running {
  readonly target: Target;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

async function tried(make: () => Promise<Candidate>): Promise<string> {
  const [kept, flushes] = [await afterKill(make), await flushesOf(make)];
  const { name, settings, isPresent, queued, retained } = kept;
  const cells = [name, settings, isPresent ? "yes" : "no", queued, retained, flushes];
  return `| ${cells.join(" | ")} |`;
}

async function afterKill(make: () => Promise<Candidate>) {
  await using candidate = await make();
  await publishTo(await prepared(candidate), "kill");
  const again = await candidate.start();
  try {
    const kept = { ...again.target, isKept: true };
    const expected = MESSAGES;
    const read = await readMessages(kept, CLIENT, { expected, isAcknowledging: true });
    const frames = [subscribeFrame(["promise/retained/+"], 0)];
    const retained = await readMessages(again.target, "other", { expected, frames });
    return {
      name: candidate.name,
      settings: candidate.settings,
      isPresent: read.isPresent,
      queued: read.payloads.size,
      retained: retained.payloads.size,
    };
  } finally {
    await again.stop();
  }
}

async function flushesOf(make: () => Promise<Candidate>): Promise<string> {
  await using candidate = await make();
  const running = await prepared(candidate);
  const log = await Deno.makeTempFile();
  const calls = "trace=fsync,fdatasync,msync,sync_file_range";
  const strace = new Deno.Command("strace", {
    args: ["-f", "-p", `${running.pid}`, "-e", calls, "-o", log],
    stdout: "null",
    stderr: "null",
  }).spawn();
  await delay(1000);
  await publishTo(running, "none");
  kill(strace, "SIGINT");
  await strace.status;
  await running.kill();
  const text = await Deno.readTextFile(log);
  await Deno.remove(log);
  return `${text.match(/\b(fsync|fdatasync|msync|sync_file_range)\(/g)?.length ?? 0}`;
}

/** A broker that has the session and has been stopped and started since. */
async function prepared(candidate: Candidate): Promise<Running> {
  const first = await candidate.start();
  await publish(first.target, CLIENT, true, [subscribeFrame([QUEUE], 1)]);
  await first.stop();
  return await candidate.start();
}

async function publishTo({ target, kill }: Running, end: "kill" | "none"): Promise<void> {
  const frames = [QUEUE, "promise/retained"].flatMap((topic) =>
    Array.from({ length: MESSAGES }, (_, i) => numbered(topic, i))
  );
  await publish(target, "promise-publisher", false, frames);
  if (end === "kill") await kill();
}

function numbered(topic: string, index: number): Uint8Array {
  const isRetained = topic !== QUEUE;
  const frame = publishFrame(isRetained ? `${topic}/${index}` : topic, 1);
  if (isRetained) frame[0]! |= 1;
  frame[packetIdOffset(frame) + 1] = index + 1;
  new DataView(frame.buffer).setUint32(frame.length - 4, index);
  return frame;
}

/** Sends one frame after the other, each when the one before is acknowledged. */
async function publish(
  target: Target,
  clientId: string,
  isKept: boolean,
  frames: readonly Uint8Array[],
): Promise<void> {
  const socket = await target.dial();
  const answer = new Uint8Array(256);
  for (const frame of [connectAlive(clientId, { ...target, isKept }), ...frames]) {
    await writeAll(socket, frame);
    if (await socket.read(answer) === null) throw new Error(`${clientId}: the broker closed`);
  }
  await writeAll(socket, Uint8Array.of(0xe0, 0));
  socket.close();
}

async function midge(durability: "full" | "os" | "none"): Promise<Candidate> {
  const kind = await storingMidge(durability);
  return {
    name: kind.name,
    settings: `storage.durability ${durability}`,
    start: async () => {
      const { address, pid, stop, kill } = await kind.start();
      return { target: tcpTarget(address), pid: pid!, stop, kill };
    },
    [Symbol.asyncDispose]: () => kind[Symbol.asyncDispose](),
  };
}

async function peerIn(folder: string, peer: Peer): Promise<Candidate> {
  return await PeerProcess.make(folder, peer);
}

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: "." },
    only: { type: "string", multiple: true },
  },
});
const wanted = (name: string) => values.only?.includes(name) ?? true;
print("| broker | settings | session | queued of 200 | retained of 200 | flushes for 400 |");
print("| --- | --- | --- | ---: | ---: | ---: |");
for (const durability of ["full", "os", "none"] as const) {
  if (wanted("Midge")) print(await tried(() => midge(durability)));
}
for (const peer of PEERS.filter(({ name }) => wanted(name))) {
  try {
    print(await tried(() => peerIn(values.peers, peer)));
  } catch (error) {
    print(`| ${peer.name} | ${error instanceof Error ? error.message : error} |||||`);
  }
}
