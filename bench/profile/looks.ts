/** What is looked at in a row: time, system calls, allocations. Invariant: what cannot be had is one line, and the rest is done. */
import { messageOf } from "../../lib/user_error.ts";
import { startLooked } from "./broker.ts";
import { CodeMap } from "./code_map.ts";
import { type Calls, type Collected, collectedOf } from "./counts.ts";
import { type Allocating, allocatorsOf } from "./heap.ts";
import { Inspector } from "./inspector.ts";
import { type Under, underLoad } from "./load.ts";
import type { Row } from "./rows.ts";
import { samplesOf, type Spent, spentOf } from "./samples.ts";
import { MemoryProbes, sampled, systemCalls } from "./tools.ts";

/** Seconds of each look. */
const SAMPLED = 4;
const COUNTED = 2;
const COLLECTED = 3;
/** Bytes between two samples of the heap profiler. */
const INTERVAL = 16_384;

/** What a row showed; a text says why something was not to be had. */
export interface Looks {
  readonly spent: Under<Spent> | string;
  readonly calls: Under<Calls> | string;
  readonly memory: Under<Calls> | string;
  readonly collected: Under<Collected> | string;
  readonly allocators: Under<{ name: string; size: number }[]> | string;
}

/** All looks of one load. */
export async function looksOf({ load }: Row): Promise<Looks> {
  const name = load!;
  const native = await nativeLooks(name);
  await using inspected = await startLooked(",--trace-gc", true);
  const now = () => performance.now() - inspected.from;
  const collected = await attempt(() =>
    underLoad(name, inspected, COLLECTED, async () => {
      const from = now();
      await new Promise((resolve) => setTimeout(resolve, COLLECTED * 1000));
      return collectedOf(await inspected.printed(), from, now());
    })
  );
  const allocators = await attempt(async () => {
    using inspector = await Inspector.connect(inspected.inspectorPort);
    return await underLoad(name, inspected, COLLECTED, () => allocating(inspector));
  });
  return { ...native, collected, allocators };
}

async function nativeLooks(load: string): Promise<Pick<Looks, "spent" | "calls" | "memory">> {
  await using mapped = await startLooked(",--perf-basic-prof");
  const { pid, folder } = mapped;
  const spent = await attempt(() =>
    underLoad(load, mapped, SAMPLED, async () => {
      const samples = samplesOf(await sampled(pid, SAMPLED, folder));
      if (samples.length === 0) throw new Error("perf saw nothing");
      return spentOf(samples, pid, new CodeMap(await Deno.readTextFile(`/tmp/perf-${pid}.map`)));
    })
  );
  const calls = await attempt(() =>
    underLoad(load, mapped, COUNTED, () => systemCalls(pid, COUNTED, folder))
  );
  const memory = await attempt(async () => {
    await using probes = await MemoryProbes.set();
    return await underLoad(load, mapped, COUNTED, () => probes.count(pid, COUNTED));
  });
  return { spent, calls, memory };
}

async function allocating(inspector: Inspector): Promise<{ name: string; size: number }[]> {
  await inspector.ask("HeapProfiler.startSampling", {
    samplingInterval: INTERVAL,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await new Promise((resolve) => setTimeout(resolve, COLLECTED * 1000));
  const { profile } = await inspector.ask("HeapProfiler.stopSampling") as {
    profile: { head: Allocating };
  };
  return allocatorsOf(profile.head);
}

/** The result, or why there is none. */
async function attempt<T>(look: () => Promise<T>): Promise<T | string> {
  try {
    return await look();
  } catch (error) {
    return messageOf(error);
  }
}
