/**
 * Nodes of a tree by their whole paths, without the way through the tree. Invariants: few are one Map; more are spread
 * over several, for a Map copies all that it has when it grows, and a million take it 50 ms and more; keys are hashes,
 * for V8 enters each text that it looks for in a table of all texts; paths with the hash of another are found by
 * themselves.
 */
import { isPathOf, type LevelNode } from "./level_tree.ts";

/** Up to here one Map; it is spread once, in a millisecond. */
const FEW = 8192;
const SPREAD = 64;

/** Nodes with a value. */
export class PathIndex<Value> {
  #maps: Map<number, LevelNode<Value>>[] = [new Map()];
  /** Those whose hash is another's. */
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
    return node === undefined || isPathOf(node, path) ? node : this.#others?.get(path);
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
    if (map.get(hash) !== node) this.#others!.delete(path);
    else {
      map.delete(hash);
      if (this.#others !== undefined) this.#moveUp(hash, map);
    }
    if (--this.#size === 0) this.#maps = [new Map()];
  }

  #mapOf(hash: number): Map<number, LevelNode<Value>> {
    const maps = this.#maps;
    return maps[maps.length === 1 ? 0 : hash & (SPREAD - 1)]!;
  }

  /** A hash is free again: one that was in its way takes it. */
  #moveUp(hash: number, map: Map<number, LevelNode<Value>>): void {
    for (const [path, node] of this.#others!) {
      if (this.#hash(path) !== hash) continue;
      this.#others!.delete(path);
      return void map.set(hash, node);
    }
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
