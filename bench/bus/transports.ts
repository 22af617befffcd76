/** Opens either end of each transport. */
import { messagePort } from "./message_port.ts";
import { nats } from "./nats.ts";
import type { OnBatch, Pipe } from "./pipe.ts";
import { sharedMemory, sharedRing } from "./shared_ring.ts";
import { socket } from "./socket.ts";

/** The far end is a Worker of the same process. */
export const IN_PROCESS = ["message_port", "shared_ring"];
/** The far end is a process; `nats` has a server between the two. */
export const BETWEEN_PROCESSES = ["unix", "tcp", "nats"];

/** An end of a transport between processes; the near one waits for the far one, but for that of nats. */
export async function openStream(
  transport: string,
  address: string,
  isNear: boolean,
  onBatch: OnBatch,
): Promise<Pipe> {
  if (transport === "nats") {
    const [from, to] = isNear ? ["back", "there"] : ["there", "back"];
    return nats(await tcp(address), { from, to }, onBatch);
  }
  const stream = transport === "unix"
    ? await unix(address, isNear)
    : isNear
    ? await acceptTcp(address)
    : await tcp(address);
  return socket(stream, onBatch);
}

async function unix(path: string, isNear: boolean): Promise<Deno.Conn> {
  if (!isNear) return await Deno.connect({ transport: "unix", path });
  using listener = Deno.listen({ transport: "unix", path });
  return await listener.accept();
}

async function acceptTcp(address: string): Promise<Deno.Conn> {
  const [hostname, port] = address.split(":");
  using listener = Deno.listen({ hostname: hostname!, port: Number(port) });
  const conn = await listener.accept();
  conn.setNoDelay(true);
  return conn;
}

async function tcp(address: string): Promise<Deno.Conn> {
  const [hostname, port] = address.split(":");
  const conn = await Deno.connect({ hostname: hostname!, port: Number(port) });
  conn.setNoDelay(true);
  return conn;
}

/** The near end of a transport to a Worker, which is up when this resolves. */
export async function openWorker(transport: string, onBatch: OnBatch): Promise<Pipe> {
  const worker = new Worker(new URL("far.ts", import.meta.url), { type: "module" });
  const memory = transport === "shared_ring" ? sharedMemory() : undefined;
  const ready = new Promise((resolve) => worker.onmessage = resolve);
  worker.postMessage({ memory });
  await ready;
  const close = () => worker.terminate();
  if (memory === undefined) return messagePort(worker, onBatch, close);
  const ring = sharedRing(memory, true, onBatch);
  return { send: ring.send, close: () => (ring.close(), close()) };
}
