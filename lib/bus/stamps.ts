/**
 * Which of two retained messages of a topic is the newer one, the same at every member, however they arrive. Pure.
 * Invariants: a stamp is higher than all that its member had seen, and no two members give the same one; what was removed
 * is remembered until every other member has seen a higher stamp, for an older message may be on its way until then.
 */

/** Members that there may be: a stamp is a clock and the member's number. */
export const MOST_MEMBERS = 1024;
/** Removed topics are looked through when there are that many more of them than the last look has left. */
const MANY = 1024;

/** The stamps of one member. */
export class Stamps {
  readonly #member: number;
  #clock = 0;
  readonly #newest = new Map<string, number>();
  readonly #removed = new Map<string, number>();
  #lookAt = MANY;

  /** @param member from 0 to 1023 */
  constructor(member: number) {
    this.#member = member;
  }

  /** How many topics are remembered that have no message. */
  get removedCount(): number {
    return this.#removed.size;
  }

  /** No stamp that this member gives later is lower. */
  get now(): number {
    return this.#clock * MOST_MEMBERS;
  }

  /** Of a message that begins here. */
  give(topicName: string, isRemoval: boolean): number {
    const stamp = ++this.#clock * MOST_MEMBERS + this.#member;
    this.#note(topicName, stamp, isRemoval);
    return stamp;
  }

  /** That of a topic's present message, for a new member; given now where there was none. */
  of(topicName: string): number {
    return this.#newest.get(topicName) ?? this.give(topicName, false);
  }

  /** One comes from another member: is it the topic's newest? */
  isNewest(topicName: string, stamp: number, isRemoval: boolean): boolean {
    this.#clock = Math.max(this.#clock, Math.floor(stamp / MOST_MEMBERS));
    const known = this.#newest.get(topicName) ?? this.#removed.get(topicName) ?? -1;
    if (stamp <= known) return false;
    this.#note(topicName, stamp, isRemoval);
    return true;
  }

  /** A topic's message has expired. */
  expired(topicName: string): void {
    const stamp = this.#newest.get(topicName);
    if (stamp !== undefined) this.#note(topicName, stamp, true);
  }

  /** The lowest stamp that every other member has sent last: what was removed before it is forgotten. */
  seen(lowest: number): void {
    if (this.#removed.size < this.#lookAt) return;
    for (const [topicName, stamp] of this.#removed) {
      if (stamp < lowest) this.#removed.delete(topicName);
    }
    this.#lookAt = this.#removed.size + MANY;
  }

  #note(topicName: string, stamp: number, isRemoval: boolean): void {
    if (isRemoval) {
      this.#newest.delete(topicName);
      this.#removed.set(topicName, stamp);
    } else {
      this.#removed.delete(topicName);
      this.#newest.set(topicName, stamp);
    }
  }
}
