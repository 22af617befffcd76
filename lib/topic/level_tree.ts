/**
 * A tree of paths by their levels, `a/b/c`: what the trees of filters and of retained topics stand on. Invariants: a
 * run of levels without a branch or a value is one node, so that a path costs its bytes and not its levels; a node
 * without value has two children or more (the root any); nothing recurses; no text is made to look for a short level.
 */

/** Up to here a level is found by its characters in one number. */
const SHORT = 3;
/** What one of them may be then. */
const MOST_CODE = 0xff;

/** What has more digits may be no small integer. */
const MOST_DIGITS = 9;
const ZERO = 0x30;
const SLASH = 0x2f;

/**
 * What a level is found by: of a short one and of a decimal number a number, the latter below zero; of another the text.
 * V8 looks for a text that is a key in a table of all texts, where decimal numbers crowd (several us).
 */
export type LevelKey = number | string;

/** A run of levels. */
export class LevelNode<Value> {
  /** One level or more, joined by `/`; not of the root. */
  label: string;
  parent: LevelNode<Value> | undefined;
  /** By the first level of their labels. */
  children: Map<LevelKey, LevelNode<Value>> | undefined = undefined;
  value: Value | undefined = undefined;

  constructor(label: string, parent: LevelNode<Value> | undefined) {
    this.label = label;
    this.parent = parent;
  }
}

/** Where the level that begins at `from` ends. */
export function levelEnd(path: string, from: number): number {
  const end = path.indexOf("/", from);
  return end < 0 ? path.length : end;
}

/** The key of the level `path[from, end)`. */
export function keyAt(path: string, from: number, end: number): LevelKey {
  if (end - from > SHORT) return decimalAt(path, from, end) ?? path.slice(from, end);
  let key = 0;
  for (let i = from; i < end; i++) {
    const code = path.charCodeAt(i);
    if (code > MOST_CODE) return path.slice(from, end);
    key = key << 8 | code;
  }
  return key;
}

/** Undefined: no decimal number, or one that is written in another way as well. */
function decimalAt(path: string, from: number, end: number): number | undefined {
  if (end - from > MOST_DIGITS || path.charCodeAt(from) === ZERO) return undefined;
  let value = 0;
  for (let i = from; i < end; i++) {
    const digit = path.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return -value;
}

/** The key of a level. */
export function keyOf(level: string): LevelKey {
  return keyAt(level, 0, level.length);
}

/** Does this level stand in the path at `from`, whole? */
export function isLevelAt(path: string, from: number, level: string): boolean {
  return path.startsWith(level, from) && levelEnd(path, from) === from + level.length;
}

/** The node of a path, made where there is none. */
export function nodeFor<Value>(root: LevelNode<Value>, path: string): LevelNode<Value> {
  let node = root;
  for (let at = 0; at <= path.length;) {
    const children: Map<LevelKey, LevelNode<Value>> = node.children ??= new Map();
    const key = keyAt(path, at, levelEnd(path, at));
    const child = children.get(key);
    if (child === undefined) {
      const leaf = new LevelNode<Value>(restOf(path, at, key), node);
      children.set(key, leaf);
      return leaf;
    }
    const common = commonLevels(child.label, path, at);
    node = common === child.label.length ? child : split(child, key, common);
    at += common + 1;
  }
  return node;
}

/** The node of a path; undefined when there is none. */
export function findNode<Value>(
  root: LevelNode<Value>,
  path: string,
): LevelNode<Value> | undefined {
  let node = root;
  for (let at = 0; at <= path.length;) {
    const child = node.children?.get(keyAt(path, at, levelEnd(path, at)));
    if (child === undefined) return undefined;
    const { length } = child.label;
    if (!path.startsWith(child.label, at)) return undefined;
    if (at + length < path.length && path[at + length] !== "/") return undefined;
    node = child;
    at += length + 1;
  }
  return node;
}

/** The whole path of a node. */
export function pathOf<Value>(node: LevelNode<Value>): string {
  const labels: string[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) labels.push(at.label);
  return labels.reverse().join("/");
}

/** Is this the whole path of a node? Asked from its end. */
export function isPathOf<Value>(node: LevelNode<Value>, path: string): boolean {
  let end = path.length;
  for (let at = node;;) {
    const { label, parent } = at;
    const from = end - label.length;
    if (from < 0 || !isSame(label, 0, path, from, label.length)) return false;
    const isFirst = parent!.parent === undefined;
    if (isFirst || from === 0) return isFirst && from === 0;
    if (path.charCodeAt(from - 1) !== SLASH) return false;
    end = from - 1;
    at = parent!;
  }
}

/** Takes a node's value away, and what has become superfluous. */
export function removeValue<Value>(node: LevelNode<Value>): void {
  node.value = undefined;
  const { parent } = node;
  if (parent === undefined) return;
  if (node.children !== undefined) return joinWithOnlyChild(node);
  parent.children!.delete(firstKey(node.label));
  if (parent.children!.size === 0) parent.children = undefined;
  if (parent.value === undefined && parent.children !== undefined) joinWithOnlyChild(parent);
}

/** A node without value that has a single child becomes one with it. */
function joinWithOnlyChild<Value>(node: LevelNode<Value>): void {
  const { parent, children } = node;
  if (parent === undefined || children!.size !== 1) return;
  for (const child of children!.values()) {
    child.label = `${node.label}/${child.label}`;
    child.parent = parent;
    parent.children!.set(firstKey(node.label), child);
  }
}

/** How many characters of a label the path has at `at`, in whole levels; at least its first level. */
function commonLevels(label: string, path: string, at: number): number {
  let common = 0;
  for (let from = 0; from <= label.length;) {
    const end = levelEnd(label, from);
    const pathEnd = levelEnd(path, at + from);
    if (pathEnd - at !== end || !isSame(label, from, path, at + from, end - from)) break;
    common = end;
    from = end + 1;
    if (at + from > path.length) break;
  }
  return common;
}

/** Do that many characters stand in both, there and there? */
export function isSame(
  a: string,
  fromA: number,
  b: string,
  fromB: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(fromA + i) !== b.charCodeAt(fromB + i)) return false;
  }
  return true;
}

/** Puts a node above a child, with the first `at` characters of its label. */
function split<Value>(child: LevelNode<Value>, key: LevelKey, at: number): LevelNode<Value> {
  const upper = new LevelNode(child.label.slice(0, at), child.parent);
  child.parent!.children!.set(key, upper);
  child.label = child.label.slice(at + 1);
  child.parent = upper;
  upper.children = new Map([[firstKey(child.label), child]]);
  return upper;
}

function firstKey(label: string): LevelKey {
  return keyAt(label, 0, levelEnd(label, 0));
}

/** The path from `at` on; where that is one level, it is the text of its key. */
function restOf(path: string, at: number, key: LevelKey): string {
  return typeof key === "string" && at + key.length === path.length ? key : path.slice(at);
}
