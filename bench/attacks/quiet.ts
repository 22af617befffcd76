/**
 * A client that only pings, every 20 ms unless told otherwise, and notes how long each answer takes: what the others feel of an attack. A
 * process of its own, so that it shares no event loop with the attacker: `quiet.ts HOST PORT [MS]`. It prints a line when
 * it is connected, and its times as JSON, in milliseconds, when its standard input ends. A ping without an answer
 * counts with the time that it has waited by then.
 */
import { writeAll } from "../../lib/io.ts";
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Times } from "../../lib/cli/load/percentiles.ts";
import type { Measured } from "../../lib/cli/load/run.ts";
import { type TcpAddress, tcpTarget } from "../../lib/cli/load/target.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { startScript } from "../script.ts";

const EVERY_MS = 20;
const PINGREQ = Uint8Array.of(0xc0, 0);
const PINGRESP = 0xd0;

/** A quiet client that runs. */
export interface Quiet {
  /** Ends it: `p50`, `p90`, `p99`, `p999` and `max` in milliseconds, `lost`: 1 when its connection ended. */
  stop(): Promise<Measured>;
}

/**
 * Starts the process and waits until it is connected.
 * @param everyMs milliseconds between two pings
 */
export async function startQuiet(address: TcpAddress, everyMs = EVERY_MS): Promise<Quiet> {
  const { process, output } = await startScript(import.meta.url, address, `${everyMs}`);
  return {
    async stop() {
      await process.stdin.close();
      let text = "";
      for (let piece = await output.read(); !piece.done; piece = await output.read()) {
        text += piece.value;
      }
      await process.status;
      return JSON.parse(text);
    },
  };
}

async function ping(address: TcpAddress, everyMs: number): Promise<void> {
  const connection = await LoadConnection.open(tcpTarget(address), "quiet");
  const times = new Times();
  const waiting: number[] = [];
  let isOpen = true;
  const note = () => times.add(performance.now() - waiting.shift()!);
  const reading = connection.consume((header) => {
    if (header === PINGRESP) note();
  }, () => {}).catch(() => {}).then(() => isOpen = false);
  let isOver = false;
  const over = untilInputEnds().then(() => isOver = true);
  await print("connected\n");
  while (isOpen && !isOver) {
    waiting.push(performance.now());
    await connection.write(PINGREQ);
    await Promise.race([delay(everyMs), over]);
  }
  await over;
  while (waiting.length > 0) note();
  const lost = isOpen ? 0 : 1;
  if (isOpen) connection.close();
  await reading;
  const { p50, p90, p99, p999, max } = inMilliseconds(times.percentiles());
  await print(JSON.stringify({ p50, p90, p99, p999, max, lost }) + "\n");
}

/** {@link Times} answers in microseconds. */
function inMilliseconds(times: Measured): Measured {
  return Object.fromEntries(
    Object.entries(times).map(([name, value]) => [name, Math.round(value / 10) / 100]),
  );
}

async function untilInputEnds(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

function print(text: string): Promise<void> {
  return writeAll(Deno.stdout, new TextEncoder().encode(text));
}

if (import.meta.main) {
  const [hostname, port, everyMs = EVERY_MS] = Deno.args;
  if (hostname === undefined || port === undefined) throw new Error("quiet.ts HOST PORT [MS]");
  await ping({ hostname, port: Number(port) }, Number(everyMs));
}
