/**
 * What `perf script` says of a process, by share and by function. Pure. Invariant: each sample counts in one share and
 * under one function, so that shares add up to all of the processor's time.
 */
import type { CodeMap } from "./code_map.ts";
import { placeOf } from "./place.ts";

/** Where the processor was at one moment. */
export interface Sample {
  /** The thread's name, which may hold spaces. */
  readonly thread: string;
  readonly tid: number;
  readonly address: number;
  /** Undefined where perf knows none. */
  readonly symbol: string | undefined;
  /** The file that was mapped there. */
  readonly file: string;
}

const LINE = /^\s*(.+?)\s+(\d+)\s+([0-9a-f]+)\s+(.*)\s\((.*)\)$/;

/** The samples of `perf script -F comm,tid,ip,sym,dso`; lines of another form are none. */
export function samplesOf(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const [, thread, tid, address, symbol, file] = LINE.exec(line) ?? [];
    if (thread === undefined) continue;
    samples.push({
      thread,
      tid: Number(tid),
      address: parseInt(address!, 16),
      symbol: symbol === "[unknown]" ? undefined : symbol!,
      file: file!,
    });
  }
  return samples;
}

/** What time can be spent on, in the order of the table. */
export const SHARES = [
  "Midge's JavaScript",
  "Deno's JavaScript",
  "V8's builtins and stubs",
  "deno's binary (V8 and Rust, without names)",
  "libc: malloc and free",
  "libc: copying",
  "libc: the rest",
  "kernel",
] as const;
/** One of them. */
export type Share = typeof SHARES[number];

/** One sample, told. */
export interface Told {
  readonly share: Share;
  /** Whose time it was, for the list of functions. */
  readonly name: string;
}

/** Names of libc's functions that take and give back memory, those inside of malloc.c too. */
const MALLOC =
  /^(_int_(malloc|free|realloc|memalign)|malloc|malloc_consolidate|calloc|free|cfree|realloc|memalign|aligned_alloc|__libc_(malloc|calloc|free|realloc|memalign)|unlink_chunk|sysmalloc|systrim|tcache_\w+|arena_get\w*|mtrim|posix_memalign|munmap_chunk|__malloc\w*)\b/;
const COPYING = /^_*(mem(move|cpy|set|cmp|chr)|bzero|wmem)/;
const KERNEL = 0xffff_0000_0000_0000;

/** Says which share a sample belongs to, and which function. */
export function tell(sample: Sample, map: CodeMap): Told {
  const { address, file, symbol } = sample;
  if (address >= KERNEL || file.startsWith("[kernel") || file === "[vdso]") {
    return { share: "kernel", name: symbol ?? "kernel" };
  }
  const name = map.nameAt(address) ?? symbol;
  if (name !== undefined && /^\w+:/.test(name)) return tellCode(name);
  if (file.includes("libc")) {
    const known = symbol?.replace(/\..*$/, "") ?? "libc";
    const share = MALLOC.test(known)
      ? "libc: malloc and free"
      : COPYING.test(known)
      ? "libc: copying"
      : "libc: the rest";
    return { share, name: known };
  }
  return { share: "deno's binary (V8 and Rust, without names)", name: symbol ?? "deno" };
}

/** What V8's map calls code: `JS:*'name file:///...:12:3`, `Builtin:Name`, `BytecodeHandler:Name`. */
function tellCode(text: string): Told {
  if (!text.startsWith("JS:")) return { share: "V8's builtins and stubs", name: text };
  const [, name, url] = /^JS:[*^~+'"]*(.*?)\s*((?:file|ext|node|npm|https?):\S*|)$/.exec(text) ??
    [];
  const place = /\/((?:lib|plugins)\/[^?#]*?)(:\d+)?(:\d+)?$/.exec(url ?? "");
  const isOurs = url !== undefined && (place !== null || /\/\w+\.ts:\d+:\d+$/.test(url));
  const where = place === null ? placeOf(url ?? "") : `${place[1]}${place[2] ?? ""}`;
  return {
    share: isOurs && url.startsWith("file:") ? "Midge's JavaScript" : "Deno's JavaScript",
    name: `${name === "" || name === undefined ? "(anonymous)" : name} ${where}`.trim(),
  };
}

/** How a process's time was spent, all as parts of one. */
export interface Spent {
  readonly samples: number;
  /** The main thread's. */
  readonly shares: ReadonlyMap<Share, number>;
  /** Other threads by their names; of each, its shares. */
  readonly threads: ReadonlyMap<string, ReadonlyMap<Share, number>>;
  /** The main thread's functions, the dearest first. */
  readonly functions: readonly { share: Share; name: string; part: number }[];
}

/** Adds up samples of the process `pid`, whose main thread has that number too. */
export function spentOf(samples: readonly Sample[], pid: number, map: CodeMap): Spent {
  const shares = new Map<Share, number>();
  const threads = new Map<string, Map<Share, number>>();
  const functions = new Map<string, { share: Share; name: string; part: number }>();
  const one = 1 / samples.length;
  const add = (to: Map<Share, number>, share: Share) => to.set(share, (to.get(share) ?? 0) + one);
  for (const sample of samples) {
    const told = tell(sample, map);
    if (sample.tid !== pid) {
      const name = sample.thread.replace(/[-\d]+$/, "");
      if (!threads.has(name)) threads.set(name, new Map());
      add(threads.get(name)!, told.share);
      continue;
    }
    add(shares, told.share);
    const key = `${told.share} ${told.name}`;
    const known = functions.get(key) ?? { ...told, part: 0 };
    functions.set(key, { ...known, part: known.part + one });
  }
  const dearest = [...functions.values()].sort((a, b) => b.part - a.part);
  return { samples: samples.length, shares, threads, functions: dearest };
}
