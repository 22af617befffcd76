/** One scenario on a fresh process of one broker. Invariant: neither it nor the generator is left, whatever happens. */
import type { Measured } from "../../lib/cli/load/run.ts";
import type { BrokerKind, RunningBroker } from "../brokers.ts";
import { MemoryProbe } from "../memory.ts";
import type { Scenario } from "./list.ts";

/** A scenario that takes longer than this is told as one that did not end. Milliseconds. */
const PATIENCE = 45_000;
const RELOAD_EVERY = 500;

/** What the generator measured, and `peak` and `end` of the broker's memory, in MB (10^6 bytes). */
export async function runOn(
  kind: BrokerKind,
  scenario: Scenario,
  duration: string,
  stop: AbortSignal,
): Promise<Measured> {
  const { transport = "tcp" } = scenario;
  const broker = await kind.start(transport === "tcp" ? ["tcp"] : ["tcp", transport]);
  try {
    const probe = new MemoryProbe(broker.pid!);
    const stopReloads = scenario.traffic?.beside === "reload" ? reloads(broker.pid!) : () => {};
    try {
      const measured = await generate(broker, scenario, duration, stop);
      const { highest, last } = probe.stop();
      return { ...measured, peak: highest, end: last };
    } finally {
      stopReloads();
      probe.stop();
    }
  } finally {
    await broker.stop();
  }
}

/** Has the configuration read again and again. */
function reloads(pid: number): () => void {
  const timer = setInterval(() => Deno.kill(pid, "SIGHUP"), RELOAD_EVERY);
  return () => clearInterval(timer);
}

async function generate(
  broker: RunningBroker,
  { name, transport = "tcp" }: Scenario,
  duration: string,
  stop: AbortSignal,
): Promise<Measured> {
  const { hostname, port } = broker.addressOf(transport);
  const generator = new URL("generator.ts", import.meta.url).href;
  const patience = AbortSignal.timeout(PATIENCE);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", generator, name, `${hostname}:${port}`]
      .concat(["--pid", `${broker.pid}`, "--duration", duration]),
    stdin: "null",
    signal: AbortSignal.any([patience, stop]),
  }).output();
  // JSON has no NaN.
  const number = (_key: string, value: unknown) => value ?? NaN;
  if (success) return JSON.parse(new TextDecoder().decode(stdout), number) as Measured;
  if (patience.aborted) throw new Error(`not done within ${PATIENCE / 1000} s`);
  throw new Error(new TextDecoder().decode(stderr).trim().split("\n")[0] || "failed");
}
