/**
 * `deno task bench:limits`: how near Midge comes to what Deno itself costs. A bare program that only moves the bytes,
 * Midge and mosquitto take turns under the same loads, each in a process that it keeps, so that all but the first run
 * find compiled code.
 *
 *     deno task bench:limits [--only LOAD]... [--runs N] [--duration MS] [--fresh]
 *
 * With `--fresh` each run has a new process.
 */
import { parseArgs } from "node:util";
import { messageOf } from "../../lib/user_error.ts";
import { type BrokerKind, midge, mosquitto, type RunningBroker } from "../brokers.ts";
import { measure } from "../measure.ts";
import { type Side, takeTurns } from "../storage/part.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { bareProgram } from "./bare_program.ts";
import { limitPart, LIMITS, limitsNamed } from "./table.ts";

const DEFAULT_RUNS = "5";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: Object.keys(LIMITS) },
    runs: { type: "string", default: DEFAULT_RUNS },
    duration: { type: "string" },
    fresh: { type: "boolean", default: false },
  },
});

async function main(stop: AbortSignal): Promise<void> {
  for (const [load, limit] of limitsNamed(values.only)) {
    await using kinds = new Kinds([bareProgram(limit.bare), midge(), mosquitto()]);
    const sides = kinds.sides(load, stop);
    const runs = await takeTurns(load, Number(values.runs), sides, { note, stop });
    print(`${limitPart(load, limit, runs)}\n`);
  }
}

/** Brokers that keep their process, or with `--fresh` have a new one for each run. */
class Kinds {
  readonly #kinds: readonly BrokerKind[];
  readonly #running = new Map<BrokerKind, RunningBroker>();

  constructor(kinds: readonly BrokerKind[]) {
    this.#kinds = kinds;
  }

  sides(load: string, stop: AbortSignal): Side[] {
    const how = { duration: values.duration, mqtt: undefined, stop };
    return this.#kinds.map((kind) => ({
      name: kind.name,
      measure: async () => {
        if (values.fresh) await this.#stop(kind);
        const broker = this.#running.get(kind) ?? await kind.start();
        this.#running.set(kind, broker);
        return await measure(load, broker, how);
      },
    }));
  }

  async #stop(kind: BrokerKind): Promise<void> {
    await this.#running.get(kind)?.stop();
    this.#running.delete(kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const kind of this.#kinds) await this.#stop(kind);
  }
}

try {
  await main(stopSignal());
} catch (error) {
  note(`limits: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
