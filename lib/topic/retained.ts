/**
 * Retained messages by topic name. Pure: a message is any value. Invariants: one message per topic; a
 * removed topic leaves no node behind; matching walks with a stack of its own, never by recursion, and
 * may be interrupted: what comes or goes meanwhile is found or not, all else is found once; a whole name leads to its
 * node without the way through the tree.
 */
import {
  isLevelAt,
  keyOf,
  levelEnd,
  LevelNode,
  nodeFor,
  pathOf,
  removeValue,
} from "./level_tree.ts";
import { PathIndex } from "./path_index.ts";

type Node<M> = LevelNode<M>;

/** Topic names to messages of type M. */
export class RetainedTree<M> {
  readonly #root: Node<M> = new LevelNode("", undefined);
  /** Those with a message. A node keeps its value as long as there is one. */
  readonly #nodes = new PathIndex<M>();
  readonly #sizeOf: (message: M) => number;
  #count = 0;
  #systemCount = 0;
  #bytes = 0;

  /** @param sizeOf what a message counts for, in bytes; always the same for one */
  constructor(sizeOf: (message: M) => number = () => 0) {
    this.#sizeOf = sizeOf;
  }

  /** How many messages are kept under names that do not begin with `$SYS`. */
  get count(): number {
    return this.#count - this.#systemCount;
  }

  /** What all messages count for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** No message and no node. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.#root.children === undefined;
  }

  /** The message of one topic name. */
  get(topicName: string): M | undefined {
    return this.#nodes.get(topicName)?.value;
  }

  /** Stores or replaces the message of a topic [MQTT-3.3.1-5]. */
  set(topicName: string, message: M): void {
    let node = this.#nodes.get(topicName);
    if (node === undefined) {
      this.#nodes.add(topicName, node = nodeFor(this.#root, topicName));
      this.#counted(topicName, 1);
    }
    this.#bytes += this.#sizeOf(message) - this.#bytesOf(node);
    node.value = message;
  }

  /** Removes the message of a topic [MQTT-3.3.1-10]; false when there was none. */
  delete(topicName: string): boolean {
    const node = this.#nodes.get(topicName);
    if (node === undefined) return false;
    this.#bytes -= this.#bytesOf(node);
    this.#counted(topicName, -1);
    this.#nodes.delete(topicName, node);
    removeValue(node);
    return true;
  }

  /** Every message whose topic name the filter matches, with `$` names kept from leading wildcards. */
  match(topicFilter: string): M[] {
    const found: M[] = [];
    for (const message of this.visit(topicFilter)) {
      if (message !== undefined) found.push(message);
    }
    return found;
  }

  /** All of them, `$` names too, one after the other as `visit`. */
  all(): Generator<M | undefined> {
    return this.#walk(["#"], false);
  }

  /** The same one after the other, so that it can be done in parts: undefined for a node that is not meant. */
  visit(topicFilter: string): Generator<M | undefined> {
    return this.#walk(topicFilter.split("/"), true);
  }

  *#walk(levels: readonly string[], hides: boolean): Generator<M | undefined> {
    const nodes: Iterator<Node<M>>[] = [childrenAt(this.#root, levels, 0)];
    /** Whose children they are, and how many levels of the filter lead there. */
    const owners = [this.#root];
    const depths = [0];
    while (nodes.length > 0) {
      const { done, value: node } = nodes.at(-1)!.next();
      if (done) {
        nodes.pop();
        owners.pop();
        depths.pop();
        continue;
      }
      const isHidden = hides && nodes.length === 1 && node.label.startsWith("$") &&
        isWildcard(levels[0]!);
      const depth = isHidden
        ? NO_MATCH
        : node.parent === owners.at(-1)
        ? follow(node.label, levels, depths.at(-1)!)
        : follow(pathOf(node), levels, 0); // it has become one with its parent meanwhile
      yield isMeant(levels, depth) ? node.value : undefined;
      if (depth === NO_MATCH || node.children === undefined) continue;
      nodes.push(childrenAt(node, levels, depth));
      owners.push(node);
      depths.push(depth);
    }
  }

  #bytesOf({ value }: Node<M>): number {
    return value === undefined ? 0 : this.#sizeOf(value);
  }

  #counted(topicName: string, by: number): void {
    this.#count += by;
    if (topicName.startsWith("$SYS")) this.#systemCount += by;
  }
}

const NO_MATCH = -1;

/** How many levels of the filter lead to the end of a label; the last one, `#`, leads everywhere. */
function follow(label: string, levels: readonly string[], depth: number): number {
  for (let at = 0; at <= label.length; at = levelEnd(label, at) + 1) {
    const level = levels[depth++];
    if (level === "#") return depth - 1;
    if (level === undefined || !(level === "+" || isLevelAt(label, at, level))) return NO_MATCH;
  }
  return depth;
}

/** Does the filter mean a node that this number of its levels leads to? `a/#` matches `a`, section 4.7.1.2. */
function isMeant(levels: readonly string[], depth: number): boolean {
  return depth === levels.length || (depth === levels.length - 1 && levels[depth] === "#");
}

/** The children that the filter can lead to. */
function childrenAt<M>(node: Node<M>, levels: readonly string[], depth: number): Iterator<Node<M>> {
  const { children } = node;
  const level = levels[depth];
  if (children === undefined || level === undefined) return NONE;
  if (isWildcard(level)) return children.values();
  const child = children.get(keyOf(level));
  return child === undefined ? NONE : [child].values();
}

const NONE: Iterator<never> = { next: () => ({ done: true, value: undefined }) };

function isWildcard(level: string): boolean {
  return level === "#" || level === "+";
}
