/**
 * One load on one broker: the load generator as a process of its own. Invariant: it ends with the run, with the signal,
 * or when it has hung.
 */
import type { Measured } from "../lib/cli/load/run.ts";
import type { RunningBroker } from "./brokers.ts";
import { partsOf } from "./rows.ts";

/** A load that takes longer than this has hung. Milliseconds. */
const LOAD_PATIENCE = 180_000;

/** How a load is run. */
export interface HowToMeasure {
  /** Milliseconds. */
  readonly duration: string | undefined;
  /** What its clients speak; undefined: MQTT 3.1.1. */
  readonly mqtt: string | undefined;
  /** Fires when someone wants it to end. */
  readonly stop: AbortSignal;
}

/** What a load of that name, which may end with a transport, measures on the broker. */
export async function measure(
  load: string,
  broker: RunningBroker,
  { duration, mqtt, stop }: HowToMeasure,
): Promise<Measured> {
  const { load: name, transport } = partsOf(load);
  const { hostname, port } = broker.addressOf(transport);
  const generator = new URL("load/main.ts", import.meta.url).href;
  // Deno lets no one read /proc, where memory is told, without --allow-all.
  const args = ["run", "--allow-all", generator];
  args.push(name, `${hostname}:${port}`, "--transport", transport);
  if (broker.pid !== undefined) args.push("--pid", `${broker.pid}`);
  if (duration !== undefined) args.push("--duration", duration);
  if (mqtt !== undefined) args.push("--mqtt", mqtt);
  if (broker.keepAlive !== undefined) args.push("--keep-alive", `${broker.keepAlive}`);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.any([AbortSignal.timeout(LOAD_PATIENCE), stop]),
  }).output();
  stop.throwIfAborted();
  if (success) return JSON.parse(new TextDecoder().decode(stdout)) as Measured;
  const said = new TextDecoder().decode(stderr).trim().split("\n")[0];
  throw new Error(`${load} on ${broker.name} failed: ${said}`);
}
