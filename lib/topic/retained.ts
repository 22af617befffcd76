/**
 * Retained messages by topic name. Pure: a message is any value. Invariants: one message per topic; a
 * removed topic leaves no node behind; matching walks with a stack of its own, never by recursion.
 */

class Node<M> {
  readonly level: string;
  readonly parent: Node<M> | undefined;
  children: Map<string, Node<M>> | undefined;
  message: M | undefined;

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

  /** How many messages are kept under names that do not begin with `$SYS`. */
  get count(): number {
    return this.#count - this.#systemCount;
  }

  /** No message and no node. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.#root.children === undefined;
  }

  /** The message of one topic name. */
  get(topicName: string): M | undefined {
    return this.#find(topicName)?.message;
  }

  /** Stores or replaces the message of a topic [MQTT-3.3.1-5]. */
  set(topicName: string, message: M): void {
    let node = this.#root;
    for (const level of topicName.split("/")) {
      const children: Map<string, Node<M>> = node.children ??= new Map();
      let child = children.get(level);
      if (child === undefined) children.set(level, child = new Node(level, node));
      node = child;
    }
    if (node.message === undefined) this.#counted(topicName, 1);
    node.message = message;
  }

  /** Removes the message of a topic [MQTT-3.3.1-10]; false when there was none. */
  delete(topicName: string): boolean {
    let node = this.#find(topicName);
    if (node?.message === undefined) return false;
    node.message = undefined;
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
    const levels = topicFilter.split("/");
    const found: M[] = [];
    const stack: [Node<M>, number][] = [[this.#root, 0]];
    while (stack.length > 0) {
      const [node, depth] = stack.pop()!;
      const level = levels[depth];
      if (level === undefined) {
        if (node.message !== undefined) found.push(node.message);
      } else if (level === "#") {
        collectBelow(node, depth === 0, found);
      } else if (level === "+") {
        for (const child of node.children?.values() ?? []) {
          if (depth > 0 || !child.level.startsWith("$")) stack.push([child, depth + 1]);
        }
      } else {
        const child = node.children?.get(level);
        if (child !== undefined) stack.push([child, depth + 1]);
      }
    }
    return found;
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
    if (topicName.startsWith("$SYS")) this.#systemCount += by;
  }
}

/** The messages of a node and of everything below it. */
function collectBelow<M>(top: Node<M>, isRoot: boolean, found: M[]): void {
  const stack = [top];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node.message !== undefined) found.push(node.message);
    for (const child of node.children?.values() ?? []) {
      if (!(isRoot && node === top && child.level.startsWith("$"))) stack.push(child);
    }
  }
}
