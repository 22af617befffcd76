/**
 * Nodes of a tree by their whole paths, without the way through the tree. Invariants: few are one Map; more are spread
 * over several, for a Map copies all that it has when it grows, and a million take it 50 ms and more; keys are hashes,
 * for V8 enters each text that it looks for in a table of all texts; a path that came while another had its hash is
 * found by itself.
 */
import { isPathOf, type LevelNode } from "./level_tree.ts";

/** Up to here one Map; it is spread once, in a millisecond. */
const FEW = 8192;
const SPREAD = 64;

/** Nodes with a value. */
export class PathIndex<Value> {
  #maps: Map<number, LevelNode<Value>>[] = [new Map()];
  /** Those whose hash was another's when they came. */
  #others: Map<string, LevelNode<Value>> | undefined;
  #size = 0;
  readonly #hash: (path: string) => number;

  /** @param hash of 30 bits */
  constructor(hash = seeded()) {
    this.#hash = hash;
  }

  /** The node of a path; undefined when it is not here. */
  get(path: string): LevelNode<Value> | undefined {
    const hash = this.#hash(path);
    const node = this.#mapOf(hash).get(hash);
    return node !== undefined && isPathOf(node, path) ? node : this.#others?.get(path);
  }

  /** Adds a node that is not here. */
  add(path: string, node: LevelNode<Value>): void {
    const hash = this.#hash(path);
    const map = this.#mapOf(hash);
    if (map.has(hash)) (this.#others ??= new Map()).set(path, node);
    else map.set(hash, node);
    if (++this.#size > FEW && this.#maps.length === 1) this.#spread();
  }

  /** Removes a node that is here. */
  delete(path: string, node: LevelNode<Value>): void {
    const hash = this.#hash(path);
    const map = this.#mapOf(hash);
    if (map.get(hash) === node) map.delete(hash);
    else if (this.#others?.delete(path) && this.#others.size === 0) this.#others = undefined;
    if (--this.#size === 0) this.#maps = [new Map()];
  }

  #mapOf(hash: number): Map<number, LevelNode<Value>> {
    const maps = this.#maps;
    return maps[maps.length === 1 ? 0 : hash & (SPREAD - 1)]!;
  }

  #spread(): void {
    const [all] = this.#maps;
    this.#maps = Array.from({ length: SPREAD }, () => new Map<number, LevelNode<Value>>());
    for (const [hash, node] of all!) this.#mapOf(hash).set(hash, node);
  }
}

/** FNV-1a with a basis of its own, so that no client knows which names have one hash. */
function seeded(): (path: string) => number {
  const basis = crypto.getRandomValues(new Uint32Array(1))[0]!;
  return (path) => {
    let h = basis;
    for (let i = 0; i < path.length; i++) h = Math.imul(h ^ path.charCodeAt(i), 0x01000193);
    return (h ^ (h >>> 15)) & 0x3fffffff;
  };
}
