/** How much memory there is for this process. Invariant: what cannot be read is no limit. */

const MIB = 1_048_576;
/** Payloads are outside V8's heap; that much of them beside a full heap is still well. */
const BESIDE_HEAP = 256 * MIB;

/** Bytes. */
export interface MemoryLimits {
  /** Of V8's heap. */
  readonly heap: number;
  /** Of the process: three quarters of the smallest of cgroup, machine, and heap with payloads. */
  readonly resident: number;
}

/** Imports node:v8, 5 MB: only when there is a reason to ask. */
export async function readMemoryLimits(): Promise<MemoryLimits> {
  const { getHeapStatistics } = await import("node:v8");
  const heap = getHeapStatistics().heap_size_limit;
  const smallest = Math.min(heap + BESIDE_HEAP, machineMemory(), cgroupMemory());
  return { heap, resident: smallest * 3 / 4 };
}

function machineMemory(): number {
  try {
    return Deno.systemMemoryInfo().total || Infinity;
  } catch {
    return Infinity; // no --allow-sys
  }
}

/** Deno lets only a process with all permissions read it; the heap limit follows the cgroup anyway. */
function cgroupMemory(): number {
  try {
    const own = /^0::(.*)$/m.exec(Deno.readTextFileSync("/proc/self/cgroup"))?.[1] ?? "/";
    const max = Number(Deno.readTextFileSync(`/sys/fs/cgroup${own}/memory.max`));
    return max > 0 ? max : Infinity; // "max" is NaN
  } catch {
    return Infinity;
  }
}
