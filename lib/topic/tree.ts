/**
 * The subscription tree: topic filters to subscribers. Pure: a subscriber is any object, and the
 * options of its subscription are any value, compared by reference. Invariants: `generation` rises with every
 * change, so that a match made earlier can be known as stale; empty nodes are removed; nothing here recurses, so
 * that a filter of 30,000 levels is only slow.
 */
import { sharedFilter } from "./filter.ts";
import {
  findNode,
  isSame,
  keyAt,
  levelEnd,
  LevelNode,
  nodeFor,
  removeValue,
} from "./level_tree.ts";
import { SharedGroup } from "./shared_group.ts";

/** What one topic name matches: each subscriber once, with the options of its filters merged. */
export interface Matches<S, O> {
  readonly subscribers: Map<S, O>;
  readonly groups: SharedGroup<S, O>[];
}

/** The options of a subscriber's subscriptions, two at least, as one. */
type Merge<O> = (all: readonly O[]) => O;

/** Is told of every subscription that comes and goes. */
export type TreeWatcher = (topicFilter: string, group: string | undefined, by: 1 | -1) => void;

/** A match that is being made. */
interface Finding<S, O> extends Matches<S, O> {
  /** Of subscribers with several filters: the options of all, which are merged at the end, at once. */
  overlaps: Map<S, O[]> | undefined;
  /** Who is not to be found any more; undefined: no one, as nearly always. */
  readonly leaving: ReadonlySet<S> | undefined;
}

/** Who subscribes to one filter. */
class Subscribers<S, O> {
  single: Map<S, O> | undefined = undefined;
  groups: Map<string, SharedGroup<S, O>> | undefined = undefined;

  collect(into: Finding<S, O>): void {
    if (this.single !== undefined) {
      for (const [subscriber, options] of this.single) {
        if (into.leaving?.has(subscriber)) continue;
        const known = into.subscribers.get(subscriber);
        if (known === undefined) into.subscribers.set(subscriber, options);
        else addOverlap(into, subscriber, known, options);
      }
    }
    if (this.groups !== undefined) {
      for (const group of this.groups.values()) if (group.isHeard) into.groups.push(group);
    }
  }
}

type Node<S, O> = LevelNode<Subscribers<S, O>>;

/** Filters to subscribers of type S with options of type O. */
export class SubscriptionTree<S, O> {
  readonly #merge: Merge<O>;
  readonly #root: Node<S, O> = new LevelNode("", undefined);
  #generation = 0;
  #count = 0;
  #sharedCount = 0;
  readonly #leaving = new Set<S>();
  /** Undefined: no one is told. */
  watcher: TreeWatcher | undefined = undefined;

  constructor(merge: Merge<O>) {
    this.#merge = merge;
  }

  /** Rises with every change. */
  get generation(): number {
    return this.#generation;
  }

  /** What was matched is stale for a reason that lies elsewhere. */
  outdate(): void {
    this.#generation++;
  }

  /** How many subscriptions there are. */
  get count(): number {
    return this.#count;
  }

  /** How many of them are shared. */
  get sharedCount(): number {
    return this.#sharedCount;
  }

  /** No subscription and no node. */
  get isEmpty(): boolean {
    return this.#root.children === undefined;
  }

  /**
   * Adds a subscription, or changes its options [MQTT-3.8.4-3].
   * @param topicFilter valid, without `$share/GROUP/`
   * @returns false when it was there already
   */
  add(topicFilter: string, subscriber: S, options: O, group?: string): boolean {
    const subscribers = nodeFor(this.#root, topicFilter).value ??= new Subscribers();
    const before = group === undefined
      ? addTo(subscribers.single ??= new Map(), subscriber, options)
      : this.#groupOf(subscribers, group, topicFilter).set(subscriber, options);
    if (before !== options) this.#generation++;
    if (before === undefined) this.#counted(1, group);
    if (before === undefined) this.watcher?.(topicFilter, group, 1);
    return before === undefined;
  }

  /** Removes a subscription; false when there was none. */
  remove(topicFilter: string, subscriber: S, group?: string): boolean {
    const node = findNode(this.#root, topicFilter);
    const subscribers = node?.value;
    if (subscribers === undefined) return false;
    const removed = group === undefined
      ? removeFrom(subscribers, subscriber)
      : removeFromGroup(subscribers, subscriber, group);
    if (!removed) return false;
    if (subscribers.single === undefined && subscribers.groups === undefined) removeValue(node!);
    this.#generation++;
    this.#counted(-1, group);
    this.watcher?.(topicFilter, group, -1);
    return true;
  }

  /** From now on nothing matches this subscriber, whose subscriptions are removed little by little until `hasLeft`. */
  leaves(subscriber: S): void {
    this.#leaving.add(subscriber);
    this.#generation++;
  }

  /** All its subscriptions are removed. */
  hasLeft(subscriber: S): void {
    this.#leaving.delete(subscriber);
  }

  /** The members of a shared subscription; undefined where there is none. */
  group(topicFilter: string, name: string): SharedGroup<S, O> | undefined {
    return findNode(this.#root, topicFilter)?.value?.groups?.get(name);
  }

  /** Who gets a message of this topic name; a leading wildcard matches no `$` topic [MQTT-4.7.2-1]. */
  match(topicName: string): Matches<S, O> {
    const leaving = this.#leaving.size === 0 ? undefined : this.#leaving;
    const found: Finding<S, O> = {
      subscribers: new Map(),
      groups: [],
      overlaps: undefined,
      leaving,
    };
    const nodes: Node<S, O>[] = [this.#root];
    /** Where the level of the name begins that is next for the node in the same place; behind its end: there is none. */
    const places = [0];
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      const at = places.pop()!;
      const isWhole = at > topicName.length;
      if (isWhole) node.value?.collect(found);
      const { children } = node;
      if (children === undefined) continue;
      const end = isWhole ? at : levelEnd(topicName, at);
      const below = (child: Node<S, O> | undefined) => {
        const next = child === undefined
          ? NO_MATCH
          : this.#follow(child, topicName, end + 1, found);
        if (next === NO_MATCH) return;
        nodes.push(child!);
        places.push(next);
      };
      if (!isWhole) below(children.get(keyAt(topicName, at, end)));
      if (at === 0 && topicName.startsWith("$")) continue;
      if (!isWhole) below(children.get(PLUS));
      children.get(HASH)?.value?.collect(found); // `a/#` matches `a`, section 4.7.1.2
    }
    if (found.overlaps !== undefined) {
      for (const [subscriber, all] of found.overlaps) {
        found.subscribers.set(subscriber, this.#merge(all));
      }
    }
    return found;
  }

  #groupOf(node: Subscribers<S, O>, name: string, topicFilter: string): SharedGroup<S, O> {
    const groups = node.groups ??= new Map();
    let group = groups.get(name);
    if (group === undefined) {
      group = new SharedGroup(sharedFilter(name, topicFilter), this.#leaving);
      groups.set(name, group);
    }
    return group;
  }

  #counted(by: 1 | -1, group: string | undefined): void {
    this.#count += by;
    if (group !== undefined) this.#sharedCount += by;
  }

  /**
   * Where the level of the name begins that comes behind a child's label, whose first level stands before `at`; what
   * ends in `#` there is collected.
   */
  #follow(child: Node<S, O>, topicName: string, at: number, found: Finding<S, O>): number {
    const { label } = child;
    let from = levelEnd(label, 0) + 1; // its first level is the key that it was found by
    while (from <= label.length) {
      if (label.charCodeAt(from) === HASH && from === label.length - 1) {
        child.value?.collect(found);
        return NO_MATCH;
      }
      if (at > topicName.length) return NO_MATCH;
      const [labelEnd, end] = [levelEnd(label, from), levelEnd(topicName, at)];
      const isPlus = labelEnd === from + 1 && label.charCodeAt(from) === PLUS;
      const length = labelEnd - from;
      if (!isPlus && (length !== end - at || !isSame(label, from, topicName, at, length))) {
        return NO_MATCH;
      }
      from = labelEnd + 1;
      at = end + 1;
    }
    return at;
  }
}

/** The characters, which are their levels' keys as well. */
const HASH = 0x23;
const PLUS = 0x2b;
const NO_MATCH = -1;

function addOverlap<S, O>(found: Finding<S, O>, subscriber: S, first: O, options: O): void {
  const all = found.overlaps?.get(subscriber);
  if (all !== undefined) all.push(options);
  else if (first !== options) (found.overlaps ??= new Map()).set(subscriber, [first, options]);
}

function addTo<S, O>(subscribers: Map<S, O>, subscriber: S, options: O): O | undefined {
  const before = subscribers.get(subscriber);
  subscribers.set(subscriber, options);
  return before;
}

function removeFrom<S, O>(node: Subscribers<S, O>, subscriber: S): boolean {
  if (!node.single?.delete(subscriber)) return false;
  if (node.single.size === 0) node.single = undefined;
  return true;
}

function removeFromGroup<S, O>(node: Subscribers<S, O>, subscriber: S, name: string): boolean {
  const group = node.groups?.get(name);
  if (!group?.delete(subscriber)) return false;
  if (group.members.size === 0) node.groups!.delete(name);
  if (node.groups!.size === 0) node.groups = undefined;
  return true;
}
