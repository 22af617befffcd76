/**
 * Shared subscriptions: each message goes to one member of the group. Invariant: who leaves has no turn, however long it
 * takes until it is removed.
 */

/** The members of one shared subscription, `$share/GROUP/FILTER`; each message goes to one of them. */
export class SharedGroup<S, O> {
  /** As subscribed: `$share/GROUP/FILTER`, or `$queue/FILTER`. */
  readonly filter: string;
  readonly members = new Map<S, O>();
  /** Members in the order they take turns; made again after a change. */
  #order: S[] | undefined;
  #turn = 0;
  readonly #leaving: ReadonlySet<S>;

  /** @param leaving members that are none any more, for a while */
  constructor(filter: string, leaving: ReadonlySet<S> = new Set()) {
    this.filter = filter;
    this.#leaving = leaving;
  }

  /** Is there a member that is not leaving? */
  get isHeard(): boolean {
    if (this.#leaving.size === 0) return true;
    for (const member of this.members.keys()) if (!this.#leaving.has(member)) return true;
    return false;
  }

  /** The members, beginning with the one whose turn it is. */
  *inTurn(): Generator<S> {
    const order = this.#order ??= [...this.members.keys()];
    const first = this.#turn++ % order.length;
    for (let i = 0; i < order.length; i++) {
      const member = order[(first + i) % order.length]!;
      if (!this.#leaving.has(member)) yield member;
    }
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
