/**
 * The subscription tree: topic filters to subscribers, one node per level. Pure: a subscriber is any
 * object. Invariants: `generation` rises with every change, so that a match made earlier can be known as
 * stale; empty nodes are removed; nothing here recurses, so that a filter of 30,000 levels is only slow.
 */
import type { QoS } from "../wire/packets.ts";

/** The members of one shared subscription, `$share/GROUP/FILTER`; each message goes to one of them. */
export class SharedGroup<S> {
  readonly members = new Map<S, QoS>();
  /** Members in the order they take turns; made again after a change. */
  #order: S[] | undefined;
  #turn = 0;

  /** The members, beginning with the one whose turn it is. */
  *inTurn(): Generator<S> {
    const order = this.#order ??= [...this.members.keys()];
    const first = this.#turn++ % order.length;
    for (let i = 0; i < order.length; i++) yield order[(first + i) % order.length]!;
  }

  /** Adds a member or changes its QoS; returns the QoS it had. */
  set(member: S, qos: QoS): QoS | undefined {
    const before = this.members.get(member);
    this.members.set(member, qos);
    if (before === undefined) this.#order = undefined;
    return before;
  }

  /** Removes a member; false when it was none. */
  delete(member: S): boolean {
    this.#order = undefined;
    return this.members.delete(member);
  }
}

/** What one topic name matches: each subscriber once, at the highest QoS of its filters. */
export interface Matches<S> {
  readonly subscribers: Map<S, QoS>;
  readonly groups: SharedGroup<S>[];
}

class Node<S> {
  readonly level: string;
  readonly parent: Node<S> | undefined;
  children: Map<string, Node<S>> | undefined;
  subscribers: Map<S, QoS> | undefined;
  groups: Map<string, SharedGroup<S>> | undefined;

  constructor(level: string, parent: Node<S> | undefined) {
    this.level = level;
    this.parent = parent;
  }

  get isEmpty(): boolean {
    return this.children === undefined && this.subscribers === undefined &&
      this.groups === undefined;
  }

  child(level: string): Node<S> {
    const children = this.children ??= new Map();
    let child = children.get(level);
    if (child === undefined) children.set(level, child = new Node(level, this));
    return child;
  }

  collect(into: Matches<S>): void {
    if (this.subscribers !== undefined) {
      for (const [subscriber, qos] of this.subscribers) {
        const known = into.subscribers.get(subscriber);
        if (known === undefined || known < qos) into.subscribers.set(subscriber, qos);
      }
    }
    if (this.groups !== undefined) {
      for (const group of this.groups.values()) into.groups.push(group);
    }
  }
}

/** Filters to subscribers of type S. */
export class SubscriptionTree<S> {
  readonly #root = new Node<S>("", undefined);
  #generation = 0;
  #count = 0;

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
   * Adds a subscription, or changes its QoS [MQTT-3.8.4-3].
   * @param topicFilter valid, without `$share/GROUP/`
   * @returns false when it was there already
   */
  add(topicFilter: string, subscriber: S, qos: QoS, group?: string): boolean {
    const node = topicFilter.split("/").reduce((at, level) => at.child(level), this.#root);
    const before = group === undefined
      ? addTo(node.subscribers ??= new Map(), subscriber, qos)
      : groupOf(node, group).set(subscriber, qos);
    if (before !== qos) this.#generation++;
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
  match(topicName: string): Matches<S> {
    const found: Matches<S> = { subscribers: new Map(), groups: [] };
    const levels = topicName.split("/");
    const wildcards = !topicName.startsWith("$");
    let frontier = [this.#root];
    for (let i = 0; i < levels.length && frontier.length > 0; i++) {
      const next: Node<S>[] = [];
      for (const { children } of frontier) {
        if (children === undefined) continue;
        const exact = children.get(levels[i]!);
        if (exact !== undefined) next.push(exact);
        if (i === 0 && !wildcards) continue;
        const plus = children.get("+");
        if (plus !== undefined) next.push(plus);
        children.get("#")?.collect(found);
      }
      frontier = next;
    }
    for (const node of frontier) {
      node.collect(found);
      node.children?.get("#")?.collect(found); // `a/#` matches `a`, section 4.7.1.2
    }
    return found;
  }

  #find(topicFilter: string): Node<S> | undefined {
    let node: Node<S> | undefined = this.#root;
    for (const level of topicFilter.split("/")) {
      node = node.children?.get(level);
      if (node === undefined) return undefined;
    }
    return node;
  }
}

/** Removes a node and its parents as far as they are empty. */
function prune<S>(node: Node<S>): void {
  while (node.isEmpty && node.parent !== undefined) {
    const parent: Node<S> = node.parent;
    parent.children!.delete(node.level);
    if (parent.children!.size === 0) parent.children = undefined;
    node = parent;
  }
}

function addTo<S>(subscribers: Map<S, QoS>, subscriber: S, qos: QoS): QoS | undefined {
  const before = subscribers.get(subscriber);
  subscribers.set(subscriber, qos);
  return before;
}

function groupOf<S>(node: Node<S>, name: string): SharedGroup<S> {
  const groups = node.groups ??= new Map();
  let group = groups.get(name);
  if (group === undefined) groups.set(name, group = new SharedGroup());
  return group;
}

function removeFrom<S>(node: Node<S>, subscriber: S): boolean {
  if (!node.subscribers?.delete(subscriber)) return false;
  if (node.subscribers.size === 0) node.subscribers = undefined;
  return true;
}

function removeFromGroup<S>(node: Node<S>, subscriber: S, name: string): boolean {
  const group = node.groups?.get(name);
  if (!group?.delete(subscriber)) return false;
  if (group.members.size === 0) node.groups!.delete(name);
  if (node.groups!.size === 0) node.groups = undefined;
  return true;
}
