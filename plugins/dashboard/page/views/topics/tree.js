// @ts-check
/**
 * The tree of topics. Invariants: a branch has the numbers of all below it; topics, the bytes of their names and of
 * their payloads are bounded; what is left out is counted. `shown` is how many rows a branch takes, itself included.
 */
import { Rate } from "./rate.js";

/** @typedef {import("./message.js").Message} Message */

/** Levels below this are one level, so that a name of slashes is no tree of its own. */
const MAX_DEPTH = 64;
const LIMITS = { topics: 200_000, nameBytes: 33_554_432, payloadBytes: 67_108_864 };

/** A level of topic names; a topic where `last` is there. */
export class Branch {
  /** @type {Map<string, Branch> | undefined} */
  children;
  /** Sorted, apart from those that are new. @type {Branch[]} */
  #sorted = [];
  /** @type {Branch[]} */
  #fresh = [];
  /** Of this topic. @type {Message | undefined} */
  last;
  /** Is this a topic, or only on the way to one? */
  isTopic = false;
  isRetained = false;
  isExpanded = false;
  /** Topics in this branch. */
  topics = 0;
  /** Topics with a retained message in this branch. */
  retained = 0;
  /** Messages in this branch, since the page looks. */
  messages = 0;
  /** Messages of this very topic. */
  own = 0;
  shown = 1;
  rate = new Rate();

  /** @param {string} level @param {Branch | undefined} parent @param {number} depth */
  constructor(level, parent, depth) {
    this.level = level;
    this.parent = parent;
    this.depth = depth;
  }

  /** The topic name that ends here, or what the names below begin with. @returns {string} */
  get name() {
    const levels = [];
    for (let at = /** @type {Branch} */ (this); at.parent !== undefined; at = at.parent) {
      levels.push(at.level);
    }
    return levels.reverse().join("/");
  }

  /** @param {string} level */
  child(level) {
    this.children ??= new Map();
    const known = this.children.get(level);
    if (known !== undefined) return known;
    const child = new Branch(level, this, this.depth + 1);
    this.children.set(level, child);
    this.#fresh.push(child);
    return child;
  }

  /** The levels below, sorted. @returns {readonly Branch[]} */
  get sorted() {
    if (this.#fresh.length === 0) return this.#sorted;
    const fresh = this.#fresh.sort(byLevel);
    this.#fresh = [];
    this.#sorted = this.#sorted.length === 0 ? fresh : merged(this.#sorted, fresh);
    return this.#sorted;
  }
}

/** @param {Branch} a @param {Branch} b */
function byLevel(a, b) {
  return a.level < b.level ? -1 : 1;
}

/** @param {readonly Branch[]} a sorted @param {readonly Branch[]} b sorted */
function merged(a, b) {
  /** @type {Branch[]} */
  const all = [];
  let at = 0;
  for (const one of b) {
    for (let other = a[at]; other !== undefined && other.level < one.level; other = a[++at]) {
      all.push(other);
    }
    all.push(one);
  }
  for (let other = a[at]; other !== undefined; other = a[++at]) all.push(other);
  return all;
}

/** @param {string} topicName */
function levelsOf(topicName) {
  const levels = topicName.split("/", MAX_DEPTH);
  const length = levels.reduce((sum, level) => sum + level.length + 1, -1);
  if (length < topicName.length) levels[MAX_DEPTH - 1] += topicName.slice(length);
  return levels;
}

export class Tree {
  root = new Branch("", undefined, 0);
  /** @type {Map<string, Branch>} */
  #topics = new Map();
  /** Branches whose payload is kept, the one that changed longest ago first. @type {Set<Branch>} */
  #kept = new Set();
  #nameBytes = 0;
  #payloadBytes = 0;
  #limits;
  /** Messages of topics for which there is no room. */
  leftOut = 0;

  /** @param {Partial<typeof LIMITS>} [limits] */
  constructor(limits = {}) {
    this.#limits = { ...LIMITS, ...limits };
    this.root.isExpanded = true;
  }

  get size() {
    return this.#topics.size;
  }

  /** Bytes of payloads. */
  get payloadBytes() {
    return this.#payloadBytes;
  }

  /** @param {string} topicName */
  get(topicName) {
    return this.#topics.get(topicName);
  }

  /** The branch of this name, a topic or not. @param {string} name */
  find(name) {
    let branch = /** @type {Branch | undefined} */ (this.root);
    for (const level of levelsOf(name)) branch = branch?.children?.get(level);
    return branch;
  }

  /** All topics, in the order in which they came. */
  topics() {
    return this.#topics.entries();
  }

  /**
   * Takes a message.
   * @param {Message} message
   * @param {number} count messages that it stands for
   * @param {number} now milliseconds
   */
  take(message, count, now) {
    const branch = this.#topics.get(message.topicName) ?? this.#grow(message.topicName);
    if (branch === undefined) {
      this.leftOut += count;
      return undefined;
    }
    branch.own += count;
    for (let at = /** @type {Branch | undefined} */ (branch); at !== undefined; at = at.parent) {
      at.messages += count;
      at.rate.add(count, now);
    }
    if (message.retain) this.setRetained(branch, message.bytes > 0);
    this.#keep(branch, message);
    return branch;
  }

  /**
   * A topic as the API knows it. It counts no message; what the page has seen itself is newer.
   * @param {Message} message its payload may be null
   * @param {boolean} isRetained
   */
  know(message, isRetained) {
    const branch = this.#topics.get(message.topicName) ?? this.#grow(message.topicName);
    if (branch === undefined) return undefined;
    this.setRetained(branch, isRetained);
    if (branch.own === 0) this.#keep(branch, message);
    return branch;
  }

  /** @param {Branch} branch @param {boolean} isRetained */
  setRetained(branch, isRetained) {
    if (branch.isRetained === isRetained) return;
    branch.isRetained = isRetained;
    for (let at = /** @type {Branch | undefined} */ (branch); at !== undefined; at = at.parent) {
      at.retained += isRetained ? 1 : -1;
    }
  }

  /** @param {Branch} branch @param {boolean} isExpanded */
  expand(branch, isExpanded) {
    if (branch.isExpanded === isExpanded || branch.children === undefined) return;
    const before = branch.shown;
    branch.isExpanded = isExpanded;
    branch.shown = 1;
    if (isExpanded) { for (const child of branch.children.values()) branch.shown += child.shown; }
    grew(branch.parent, branch.shown - before);
  }

  /** Makes a topic; undefined: there is no room. @param {string} topicName */
  #grow(topicName) {
    const nameBytes = this.#nameBytes + topicName.length * 2;
    if (this.size >= this.#limits.topics || nameBytes > this.#limits.nameBytes) return undefined;
    this.#nameBytes = nameBytes;
    let branch = this.root;
    for (const level of levelsOf(topicName)) {
      const before = branch.children?.size ?? 0;
      const child = branch.child(level);
      if (branch.children?.size !== before && branch.isExpanded) grew(branch, 1);
      branch = child;
    }
    branch.isTopic = true;
    this.#topics.set(topicName, branch);
    for (let at = /** @type {Branch | undefined} */ (branch); at !== undefined; at = at.parent) {
      at.topics++;
    }
    return branch;
  }

  /** @param {Branch} branch @param {Message} message */
  #keep(branch, message) {
    this.#payloadBytes += (message.payload?.length ?? 0) - (branch.last?.payload?.length ?? 0);
    branch.last = message;
    this.#kept.delete(branch);
    this.#kept.add(branch);
    for (const oldest of this.#kept) {
      if (this.#payloadBytes <= this.#limits.payloadBytes) return;
      this.#kept.delete(oldest);
      this.#payloadBytes -= oldest.last?.payload?.length ?? 0;
      if (oldest.last !== undefined) oldest.last = { ...oldest.last, payload: null };
    }
  }
}

/** A branch has more rows, and so has each above it that shows it. @param {Branch | undefined} branch @param {number} rows */
function grew(branch, rows) {
  for (let at = branch; at !== undefined; at = at.parent) {
    if (!at.isExpanded) return;
    at.shown += rows;
  }
}
