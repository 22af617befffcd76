/**
 * Entries that wait, by key, where keys take turns: a key with a thousand entries delays only itself. Invariant:
 * within a key the entry that came first goes first.
 */

/** Turns within turns: groups take turns, and within each its keys. */
export class GroupedTurns<Entry> {
  /** Insertion order is the order of turns; no group is empty. */
  readonly #groups = new Map<string, Turns<Entry>>();
  #size = 0;

  /** Entries of all groups. */
  get size(): number {
    return this.#size;
  }

  /** Behind the others of this key. */
  add(group: string, key: string, entry: Entry): void {
    let turns = this.#groups.get(group);
    if (turns === undefined) this.#groups.set(group, turns = new Turns());
    turns.add(key, entry);
    this.#size++;
  }

  /** The next entry of the group whose turn it is, which is the last group then. */
  next(): Entry | undefined {
    for (const [group, turns] of this.#groups) {
      this.#groups.delete(group);
      const entry = turns.next();
      if (turns.size > 0) this.#groups.set(group, turns);
      this.#size--;
      return entry;
    }
    return undefined;
  }

  /** Takes an entry out; false: it is not there. */
  remove(group: string, key: string, entry: Entry): boolean {
    const turns = this.#groups.get(group);
    if (turns === undefined || !turns.remove(key, entry)) return false;
    this.#left(group, turns);
    return true;
  }

  /** Takes out the newest entry of the key that has most, in the group that has most. */
  removeFromLongest(): Entry | undefined {
    let longest: [string, Turns<Entry>] | undefined;
    for (const one of this.#groups) if (one[1].size > (longest?.[1].size ?? 0)) longest = one;
    if (longest === undefined) return undefined;
    const entry = longest[1].removeFromLongest();
    this.#left(...longest);
    return entry;
  }

  /** Takes out all. */
  drain(): Entry[] {
    const entries = [...this.#groups.values()].flatMap((turns) => turns.drain());
    this.#groups.clear();
    this.#size = 0;
    return entries;
  }

  #left(group: string, turns: Turns<Entry>): void {
    this.#size--;
    if (turns.size === 0) this.#groups.delete(group);
  }
}

/** A list for each key that has entries. */
export class Turns<Entry> {
  /** Insertion order is the order of turns; no list is empty. */
  readonly #lists = new Map<string, Entry[]>();
  #size = 0;

  /** Entries of all keys. */
  get size(): number {
    return this.#size;
  }

  /** Behind the others of this key. */
  add(key: string, entry: Entry): void {
    const list = this.#lists.get(key);
    if (list === undefined) this.#lists.set(key, [entry]);
    else list.push(entry);
    this.#size++;
  }

  /** The first entry of the key whose turn it is, which is the last key then. */
  next(): Entry | undefined {
    for (const [key, list] of this.#lists) {
      this.#lists.delete(key);
      const entry = list.shift();
      if (list.length > 0) this.#lists.set(key, list);
      this.#size--;
      return entry;
    }
    return undefined;
  }

  /** Takes an entry out; false: it is not there. */
  remove(key: string, entry: Entry): boolean {
    const list = this.#lists.get(key);
    const index = list?.indexOf(entry) ?? -1;
    if (list === undefined || index < 0) return false;
    list.splice(index, 1);
    this.#size--;
    if (list.length === 0) this.#lists.delete(key);
    return true;
  }

  /** Takes out the newest entry of the key that has most; of several such keys, the last. */
  removeFromLongest(): Entry | undefined {
    let longest: [string, Entry[]] | undefined;
    for (const candidate of this.#lists) {
      if (longest === undefined || candidate[1].length >= longest[1].length) longest = candidate;
    }
    if (longest === undefined) return undefined;
    const [key, list] = longest;
    const entry = list.at(-1)!;
    this.remove(key, entry);
    return entry;
  }

  /** Takes out all. */
  drain(): Entry[] {
    const entries = [...this.#lists.values()].flat();
    this.#lists.clear();
    this.#size = 0;
    return entries;
  }
}
