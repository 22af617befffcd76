/**
 * Retained messages by topic name. Pure: a message is any value. Invariants: one message per topic; a
 * removed topic leaves no node behind; matching walks with a stack of its own, never by recursion, and
 * may be interrupted: what comes or goes meanwhile is found or not, all else is found once.
 */

class Node<M> {
  readonly level: string;
  readonly parent: Node<M> | undefined;
  children: Map<string, Node<M>> | undefined;
  message: M | undefined;
  size = 0;

  constructor(level: string, parent: Node<M> | undefined) {
    this.level = level;
    this.parent = parent;
  }
}

/** Topic names to messages of type M. */
export class RetainedTree<M> {
  readonly #root = new Node<M>("", undefined);
  #count = 0;
  #systemCount = 0;
  #bytes = 0;

  /** How many messages are kept under names that do not begin with `$`. */
  get count(): number {
    return this.#count - this.#systemCount;
  }

  /** What all messages were said to count for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** No message and no node. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.#root.children === undefined;
  }

  /** The message of one topic name. */
  get(topicName: string): M | undefined {
    return this.#find(topicName)?.message;
  }

  /**
   * Stores or replaces the message of a topic [MQTT-3.3.1-5].
   * @param size what it counts for, in bytes
   */
  set(topicName: string, message: M, size = 0): void {
    let node = this.#root;
    for (const level of topicName.split("/")) {
      const children: Map<string, Node<M>> = node.children ??= new Map();
      let child = children.get(level);
      if (child === undefined) children.set(level, child = new Node(level, node));
      node = child;
    }
    if (node.message === undefined) this.#counted(topicName, 1);
    this.#bytes += size - node.size;
    node.size = size;
    node.message = message;
  }

  /** Removes the message of a topic [MQTT-3.3.1-10]; false when there was none. */
  delete(topicName: string): boolean {
    let node = this.#find(topicName);
    if (node?.message === undefined) return false;
    node.message = undefined;
    this.#bytes -= node.size;
    node.size = 0;
    this.#counted(topicName, -1);
    while (node.message === undefined && node.children === undefined && node.parent !== undefined) {
      const parent: Node<M> = node.parent;
      parent.children!.delete(node.level);
      if (parent.children!.size === 0) parent.children = undefined;
      node = parent;
    }
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

  /** The same one after the other, so that it can be done in parts: undefined for a node that is not meant. */
  *visit(topicFilter: string): Generator<M | undefined> {
    const levels = topicFilter.split("/");
    /** The children that are still to be looked at, of the root first; their depth is their place. */
    const stack: Iterator<Node<M>>[] = [[this.#root].values()];
    while (stack.length > 0) {
      const { done, value: node } = stack.at(-1)!.next();
      if (done) {
        stack.pop();
        continue;
      }
      const depth = stack.length - 1;
      if (depth === 1 && node.level.startsWith("$") && isWildcard(levels[0]!)) continue;
      yield isMeant(levels, depth) ? node.message : undefined;
      stack.push(childrenAt(node, levels, depth));
    }
  }

  #find(topicName: string): Node<M> | undefined {
    let node: Node<M> | undefined = this.#root;
    for (const level of topicName.split("/")) {
      node = node.children?.get(level);
      if (node === undefined) return undefined;
    }
    return node;
  }

  #counted(topicName: string, by: number): void {
    this.#count += by;
    if (topicName.startsWith("$")) this.#systemCount += by;
  }
}

/** Is a node at this depth one that the filter's last level means? */
function isMeant(levels: readonly string[], depth: number): boolean {
  if (levels.at(-1) === "#") return depth >= levels.length - 1; // `a/#` matches `a`, section 4.7.1.2
  return depth === levels.length;
}

/** The children of a node at this depth that the filter can lead to. */
function childrenAt<M>(node: Node<M>, levels: readonly string[], depth: number): Iterator<Node<M>> {
  const { children } = node;
  const level = levels[Math.min(depth, levels.length - 1)]!;
  if (children === undefined || (depth >= levels.length && level !== "#")) return NONE;
  if (isWildcard(level)) return children.values();
  const child = children.get(level);
  return child === undefined ? NONE : [child].values();
}

const NONE: Iterator<never> = { next: () => ({ done: true, value: undefined }) };

function isWildcard(level: string): boolean {
  return level === "#" || level === "+";
}
