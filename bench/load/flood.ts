/**
 * Ten clients that publish at QoS 0 as fast as the broker takes it, to topics that no one subscribed to.
 * Runs as a process of its own, so that the client whose latency is measured shares no event loop
 * with them: `flood.ts HOST PORT` prints one line when the flood has begun, and floods until killed.
 */
import { kill } from "../../tests/support/kill.ts";
import { type TcpAddress, tcpTarget } from "../../lib/cli/load/target.ts";
import { openAll } from "../../lib/cli/load/open.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import { startScript } from "../script.ts";

const FLOODERS = 10;
const CHUNK = 65536;
/** The flood ends by itself after this, should no one be left to end it. Milliseconds. */
const AT_MOST = 120_000;

/** Starts the process and waits until it floods. */
export async function startFlood(address: TcpAddress): Promise<{ stop(): Promise<void> }> {
  const { process, output } = await startScript(import.meta.url, address);
  return {
    async stop() {
      kill(process);
      await process.status;
      await process.stdin.close();
      await output.cancel();
    },
  };
}

async function flood(address: TcpAddress): Promise<void> {
  const flooders = await openAll(tcpTarget(address), "flood", FLOODERS);
  const end = performance.now() + AT_MOST;
  let chunks = 0;
  await Promise.all(flooders.map(async (flooder, i) => {
    const chunk = chunkOf(publishFrame(`bench/flood/${i}`, 0));
    while (performance.now() < end) {
      await flooder.write(chunk);
      if (++chunks === FLOODERS) await Deno.stdout.write(new TextEncoder().encode("flooding\n"));
    }
  }));
}

function chunkOf(frame: Uint8Array): Uint8Array {
  const count = Math.floor(CHUNK / frame.length);
  const chunk = new Uint8Array(count * frame.length);
  for (let i = 0; i < count; i++) chunk.set(frame, i * frame.length);
  return chunk;
}

if (import.meta.main) {
  const [hostname, port] = Deno.args;
  if (hostname === undefined || port === undefined) throw new Error("flood.ts HOST PORT");
  await flood({ hostname, port: Number(port) });
}
