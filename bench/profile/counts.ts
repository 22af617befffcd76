/**
 * Tables that tools print of a process: system calls (perf trace -s, strace -c), calls of probes (perf stat), V8's
 * collections (--trace-gc). Pure. Invariant: lines of another form are passed over.
 */

/** How often each was called. */
export type Calls = ReadonlyMap<string, number>;

/** `perf trace -s`: a block a thread, a line a system call; all threads together. */
export function callsOfPerfTrace(text: string): Calls {
  return added(text.matchAll(/^\s+([a-z]\w+)\s+(\d+)\s+\d+\s+[\d.]+\s+[\d.]+\s/gm));
}

/** `strace -c -f`: `% time seconds usecs/call calls [errors] syscall`. */
export function callsOfStrace(text: string): Calls {
  const lines = text.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z]\w+)$/gm);
  return added(
    [...lines].filter(([, , name]) => name !== "total").map(([, n, name]) => ["", name!, n!]),
  );
}

/** `perf stat -x ,`: `COUNT,,EVENT,...`; an event's name is what stands behind its last `__` or `:`. */
export function callsOfPerfStat(text: string): Calls {
  const lines = text.matchAll(/^(\d+),[^,]*,([^,]+),/gm);
  return added(
    [...lines].map(([, count, event]) => ["", event!.replace(/^.*(?:__|:)/, ""), count!]),
  );
}

function added(lines: Iterable<readonly string[]>): Calls {
  const calls = new Map<string, number>();
  for (const [, name, count] of lines) {
    calls.set(name!, (calls.get(name!) ?? 0) + Number(count));
  }
  return calls;
}

/** What V8's collector did in a window of time. */
export interface Collected {
  /** Bytes that were put on V8's heap meanwhile. */
  readonly bytes: number;
  readonly scavenges: number;
  readonly markSweeps: number;
  /** Milliseconds in which JavaScript stood still. */
  readonly paused: number;
}

const COLLECTION =
  /^\[\d+:0x[0-9a-f]+(?::\d+)?\]\s+([\d.]+) ms: (\S+).*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB,.*? ([\d.]+) \/ [\d.]+ ms/;

/**
 * `--trace-gc`: what a heap grew by from one collection to the next, added up.
 * @param from only collections at that time or later count, in milliseconds since the process began
 */
export function collectedOf(text: string, from = 0, to = Infinity): Collected {
  const MEBI = 2 ** 20;
  let [bytes, scavenges, markSweeps, paused] = [0, 0, 0, 0];
  let left: number | undefined;
  for (const line of text.split("\n")) {
    const [, at, kind, before, after, pause] = COLLECTION.exec(line) ?? [];
    if (at === undefined) continue;
    if (Number(at) >= from && Number(at) <= to) {
      if (left !== undefined) bytes += Math.max(0, Number(before) - left) * MEBI;
      if (kind === "Scavenge") scavenges++;
      else markSweeps++;
      paused += Number(pause);
    }
    left = Number(after);
  }
  return { bytes, scavenges, markSweeps, paused };
}
