/**
 * What lies on V8's heap and who put it there, from the inspector's JSON. Pure. Invariant: sizes are an object's own, so
 * that the sums of all constructors are the heap.
 */

import { placeOf } from "./place.ts";

/** Objects of one kind. */
export interface Kept {
  count: number;
  /** Bytes. */
  size: number;
}

interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; node_types: [string[]] } };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** Objects by constructor; what V8 keeps for itself by its kind, in parentheses. */
export function constructorsOf(json: string): Map<string, Kept> {
  const { snapshot: { meta }, nodes, strings } = JSON.parse(json) as Snapshot;
  const width = meta.node_fields.length;
  const [type, name, size] = ["type", "name", "self_size"].map((f) => meta.node_fields.indexOf(f));
  const kept = new Map<string, Kept>();
  for (let at = 0; at < nodes.length; at += width) {
    const kind = meta.node_types[0][nodes[at + type!]!]!;
    const text = strings[nodes[at + name!]!]!;
    const isNamed = kind === "object" || kind === "native" || kind === "closure";
    const key = isNamed
      ? `${kind === "closure" ? "function " : ""}${text || "(no name)"}`
      : `(${kind})`;
    const known = kept.get(key) ?? { count: 0, size: 0 };
    known.count++;
    known.size += nodes[at + size!]!;
    kept.set(key, known);
  }
  return kept;
}

/** What came between two looks, for each of `count`; the largest first. */
export function grownBy(
  before: ReadonlyMap<string, Kept>,
  after: ReadonlyMap<string, Kept>,
  count: number,
): { name: string; count: number; size: number }[] {
  const rows = [...after].map(([name, kept]) => ({
    name,
    count: (kept.count - (before.get(name)?.count ?? 0)) / count,
    size: (kept.size - (before.get(name)?.size ?? 0)) / count,
  }));
  return rows.filter(({ size }) => Math.abs(size) >= 1).sort((a, b) => b.size - a.size);
}

/** A node of the sampling heap profiler's tree. */
export interface Allocating {
  readonly callFrame: { readonly functionName: string; readonly url: string; lineNumber: number };
  readonly selfSize: number;
  readonly children: readonly Allocating[];
}

/** Bytes by the function that asked for them, the largest first. */
export function allocatorsOf(root: Allocating): { name: string; size: number }[] {
  const sizes = new Map<string, number>();
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    waiting.push(...node.children);
    if (node.selfSize === 0) continue;
    const { functionName, url, lineNumber } = node.callFrame;
    const place = placeOf(url);
    const name = `${functionName || "(anonymous)"} ${place}${url ? `:${lineNumber + 1}` : ""}`
      .trim();
    sizes.set(name, (sizes.get(name) ?? 0) + node.selfSize);
  }
  return [...sizes].map(([name, size]) => ({ name, size })).sort((a, b) => b.size - a.size);
}
