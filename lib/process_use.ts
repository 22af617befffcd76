/** What the process and its machine use. Invariant: read when it is asked for; what may not be read is left out. */

/** Deno has cpuUsage without a type; its global loads nothing, node:process would take 2 MB. */
declare const process: typeof import("node:process");

/** Seconds of processor time so far. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/** The machine's memory, bytes; empty without the permission. */
export function systemMemory(): Record<string, number> {
  try {
    const { total, free, available } = Deno.systemMemoryInfo();
    return { total, free, available };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return {}; // without --allow-sys
    throw error;
  }
}
