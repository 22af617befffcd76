/**
 * A tree of paths by their levels, `a/b/c`: what the trees of filters and of retained topics stand on. Invariants: a
 * run of levels without a branch or a value is one node, so that a path costs its bytes and not its levels; a node
 * without value has two children or more (the root any); nothing recurses.
 */

/** A run of levels. */
export class LevelNode<Value> {
  /** One level or more, joined by `/`; not of the root. */
  label: string;
  parent: LevelNode<Value> | undefined;
  /** By the first level of their labels. */
  children: Map<string, LevelNode<Value>> | undefined = undefined;
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

/** Does this level stand in the path at `from`, whole? */
export function isLevelAt(path: string, from: number, level: string): boolean {
  return path.startsWith(level, from) && levelEnd(path, from) === from + level.length;
}

/** The node of a path, made where there is none. */
export function nodeFor<Value>(root: LevelNode<Value>, path: string): LevelNode<Value> {
  let node = root;
  for (let at = 0; at <= path.length;) {
    const children: Map<string, LevelNode<Value>> = node.children ??= new Map();
    const level = path.slice(at, levelEnd(path, at));
    const child = children.get(level);
    if (child === undefined) {
      const leaf = new LevelNode<Value>(path.slice(at), node);
      children.set(level, leaf);
      return leaf;
    }
    const common = commonLevels(child.label, path, at);
    node = common === child.label.length ? child : split(child, level, common);
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
    const child = node.children?.get(path.slice(at, levelEnd(path, at)));
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

/** Takes a node's value away, and what has become superfluous. */
export function removeValue<Value>(node: LevelNode<Value>): void {
  node.value = undefined;
  const { parent } = node;
  if (parent === undefined) return;
  if (node.children !== undefined) return joinWithOnlyChild(node);
  parent.children!.delete(firstLevel(node.label));
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
    parent.children!.set(firstLevel(node.label), child);
  }
}

/** How many characters of a label the path has at `at`, in whole levels; at least its first level. */
function commonLevels(label: string, path: string, at: number): number {
  let common = 0;
  for (let from = 0; from <= label.length;) {
    const end = levelEnd(label, from);
    const pathEnd = levelEnd(path, at + from);
    if (pathEnd - at !== end || !path.startsWith(label.slice(from, end), at + from)) break;
    common = end;
    from = end + 1;
    if (at + from > path.length) break;
  }
  return common;
}

/** Puts a node above a child, with the first `at` characters of its label. */
function split<Value>(child: LevelNode<Value>, level: string, at: number): LevelNode<Value> {
  const upper = new LevelNode(child.label.slice(0, at), child.parent);
  child.parent!.children!.set(level, upper);
  child.label = child.label.slice(at + 1);
  child.parent = upper;
  upper.children = new Map([[firstLevel(child.label), child]]);
  return upper;
}

function firstLevel(label: string): string {
  return label.slice(0, levelEnd(label, 0));
}
