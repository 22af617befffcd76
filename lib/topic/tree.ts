/**
 * The subscription tree: topic filters to subscribers, one node a level. Pure: a subscriber is any object, and the
 * options of its subscription are any value, compared by reference. Invariants: `generation` rises with every
 * change, so that a match made earlier can be known as stale; empty nodes are removed; nothing here recurses, so
 * that a filter of 30,000 levels is only slow.
 */

/** The members of one shared subscription, `$share/GROUP/FILTER`; each message goes to one of them. */
export class SharedGroup<S, O> {
  readonly members = new Map<S, O>();
  /** Members in the order they take turns; made again after a change. */
  #order: S[] | undefined;
  #turn = 0;

  /** The members, beginning with the one whose turn it is. */
  *inTurn(): Generator<S> {
    const order = this.#order ??= [...this.members.keys()];
    const first = this.#turn++ % order.length;
    for (let i = 0; i < order.length; i++) yield order[(first + i) % order.length]!;
  }

  /** Adds a member or changes its options; returns those it had. */
  set(member: S, options: O): O | undefined {
    const before = this.members.get(member);
    this.members.set(member, options);
    if (before === undefined) this.#order = undefined;
    return before;
  }

  /** Removes a member; false when it was none. */
  delete(member: S): boolean {
    this.#order = undefined;
    return this.members.delete(member);
  }
}

/** What one topic name matches: each subscriber once, with the options of its filters merged. */
export interface Matches<S, O> {
  readonly subscribers: Map<S, O>;
  readonly groups: SharedGroup<S, O>[];
}

/** The options of two subscriptions of one subscriber as one. */
type Merge<O> = (a: O, b: O) => O;

class Node<S, O> {
  readonly level: string;
  readonly parent: Node<S, O> | undefined;
  children: Map<string, Node<S, O>> | undefined;
  subscribers: Map<S, O> | undefined;
  groups: Map<string, SharedGroup<S, O>> | undefined;

  constructor(level: string, parent: Node<S, O> | undefined) {
    this.level = level;
    this.parent = parent;
  }

  get isEmpty(): boolean {
    return this.children === undefined && this.subscribers === undefined &&
      this.groups === undefined;
  }

  child(level: string): Node<S, O> {
    const children = this.children ??= new Map();
    let child = children.get(level);
    if (child === undefined) children.set(level, child = new Node(level, this));
    return child;
  }

  collect(into: Matches<S, O>, merge: Merge<O>): void {
    if (this.subscribers !== undefined) {
      for (const [subscriber, options] of this.subscribers) {
        const known = into.subscribers.get(subscriber);
        into.subscribers.set(subscriber, known === undefined ? options : merge(known, options));
      }
    }
    if (this.groups !== undefined) {
      for (const group of this.groups.values()) into.groups.push(group);
    }
  }
}

/** Filters to subscribers of type S with options of type O. */
export class SubscriptionTree<S, O> {
  readonly #merge: Merge<O>;
  readonly #root = new Node<S, O>("", undefined);
  #generation = 0;
  #count = 0;

  constructor(merge: Merge<O>) {
    this.#merge = merge;
  }

  /** Rises with every change. */
  get generation(): number {
    return this.#generation;
  }

  /** How many subscriptions there are. */
  get count(): number {
    return this.#count;
  }

  /** No subscription and no node. */
  get isEmpty(): boolean {
    return this.#root.isEmpty;
  }

  /**
   * Adds a subscription, or changes its options [MQTT-3.8.4-3].
   * @param topicFilter valid, without `$share/GROUP/`
   * @returns false when it was there already
   */
  add(topicFilter: string, subscriber: S, options: O, group?: string): boolean {
    const node = topicFilter.split("/").reduce((at, level) => at.child(level), this.#root);
    const before = group === undefined
      ? addTo(node.subscribers ??= new Map(), subscriber, options)
      : groupOf(node, group).set(subscriber, options);
    if (before !== options) this.#generation++;
    if (before === undefined) this.#count++;
    return before === undefined;
  }

  /** Removes a subscription; false when there was none. */
  remove(topicFilter: string, subscriber: S, group?: string): boolean {
    const node = this.#find(topicFilter);
    if (node === undefined) return false;
    const removed = group === undefined
      ? removeFrom(node, subscriber)
      : removeFromGroup(node, subscriber, group);
    if (!removed) return false;
    prune(node);
    this.#generation++;
    this.#count--;
    return true;
  }

  /** Who gets a message of this topic name; a leading wildcard matches no `$` topic [MQTT-4.7.2-1]. */
  match(topicName: string): Matches<S, O> {
    const found: Matches<S, O> = { subscribers: new Map(), groups: [] };
    const levels = topicName.split("/");
    const wildcards = !topicName.startsWith("$");
    let frontier = [this.#root];
    for (let i = 0; i < levels.length && frontier.length > 0; i++) {
      const next: Node<S, O>[] = [];
      for (const { children } of frontier) {
        if (children === undefined) continue;
        const exact = children.get(levels[i]!);
        if (exact !== undefined) next.push(exact);
        if (i === 0 && !wildcards) continue;
        const plus = children.get("+");
        if (plus !== undefined) next.push(plus);
        children.get("#")?.collect(found, this.#merge);
      }
      frontier = next;
    }
    for (const node of frontier) {
      node.collect(found, this.#merge);
      node.children?.get("#")?.collect(found, this.#merge); // `a/#` matches `a`, section 4.7.1.2
    }
    return found;
  }

  #find(topicFilter: string): Node<S, O> | undefined {
    let node: Node<S, O> | undefined = this.#root;
    for (const level of topicFilter.split("/")) {
      node = node.children?.get(level);
      if (node === undefined) return undefined;
    }
    return node;
  }
}

/** Removes a node and its parents as far as they are empty. */
function prune<S, O>(node: Node<S, O>): void {
  while (node.isEmpty && node.parent !== undefined) {
    const parent: Node<S, O> = node.parent;
    parent.children!.delete(node.level);
    if (parent.children!.size === 0) parent.children = undefined;
    node = parent;
  }
}

function addTo<S, O>(subscribers: Map<S, O>, subscriber: S, options: O): O | undefined {
  const before = subscribers.get(subscriber);
  subscribers.set(subscriber, options);
  return before;
}

function groupOf<S, O>(node: Node<S, O>, name: string): SharedGroup<S, O> {
  const groups = node.groups ??= new Map();
  let group = groups.get(name);
  if (group === undefined) groups.set(name, group = new SharedGroup());
  return group;
}

function removeFrom<S, O>(node: Node<S, O>, subscriber: S): boolean {
  if (!node.subscribers?.delete(subscriber)) return false;
  if (node.subscribers.size === 0) node.subscribers = undefined;
  return true;
}

function removeFromGroup<S, O>(node: Node<S, O>, subscriber: S, name: string): boolean {
  const group = node.groups?.get(name);
  if (!group?.delete(subscriber)) return false;
  if (group.members.size === 0) node.groups!.delete(name);
  if (node.groups!.size === 0) node.groups = undefined;
  return true;
}
