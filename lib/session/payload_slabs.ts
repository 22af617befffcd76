/**
 * Where the payloads of messages under way lie: one behind the other in slabs of 64 KiB, for an ArrayBuffer of its own
 * for each takes longer to make and to free than all the rest of a small message. Invariants: bytes in a slab are written
 * once, and a slab is never used again, so that whatever still points into it sees what it saw; at most MOST_PINNED slabs
 * are kept in memory by what is under way: before, what still lies in the oldest is copied out, and where that does not
 * come about, the next payloads have buffers of their own.
 */
import { OWN } from "./message.ts";

const SLAB_BYTES = 65_536;
/** From this size on a payload has a buffer of its own. */
const LARGE = 4096;
/** After this number of slabs what lies in all but the newest YOUNG is to be copied out. */
const ENOUGH = 64;
const YOUNG = 32;
/** 8 MiB. */
const MOST_PINNED = 128;
const NO_SLAB = new Uint8Array(0);

/** What keeps messages that may lie in slabs: a session. */
export interface SlabUser {
  /** It is known as one. */
  isInSlabs: boolean;
  /**
   * Gives messages that lie in older slabs than this one bytes of their own.
   * @param isOver asked after each message that is looked at: is it time to stop?
   * @returns does anything of it still lie in slabs? Also where it has stopped
   */
  settle(before: number, isOver: () => boolean): boolean;
}

/** The slabs of one owner of sessions. */
export class PayloadSlabs {
  /** The slab that is being filled. */
  bytes = NO_SLAB;
  /** Its number. */
  number: number = OWN;
  #used = 0;
  /** What lies in earlier slabs was copied out. */
  #settled: number = OWN + 1;
  /** At the last look. */
  #seen: number = OWN;
  #users: SlabUser[] = [];
  /** Those that are still to be settled, and up to which slab. */
  #left: SlabUser[] = [];
  #before: number = OWN;
  /** Called when it is time for `settle`. */
  onEnough: () => void = () => {};

  /**
   * Takes a payload in, if it is small and there is room: it then lies in `bytes`, and the user has to be added.
   * @param from bytes that end with the payload
   * @returns where the payload begins; negative: it has to have bytes of its own
   */
  put(from: Uint8Array, payloadLength: number): number {
    const { length } = from;
    if (length >= LARGE) return -1;
    if (this.#used + length > this.bytes.length && !this.#next()) return -1;
    this.bytes.set(from, this.#used);
    this.#used += length;
    return this.#used - payloadLength;
  }

  /** Something of this user may lie in a slab from now on. */
  add(user: SlabUser): void {
    user.isInSlabs = true;
    this.#users.push(user);
  }

  /** What lies in earlier slabs is copied out: nothing of them may be kept from now on. */
  get oldest(): number {
    return Math.max(this.#settled, this.#before);
  }

  /** Slabs that may be kept in memory, the newest included. */
  get pinned(): number {
    return this.number - this.#settled + 1;
  }

  /** Called every now and then: what lay in a slab the last time, and still does, is to be copied out. */
  look(): void {
    const before = this.#seen;
    this.#seen = this.number;
    if (this.#users.length > 0 && before > OWN) this.#begin(before);
  }

  /** Copies out what is due. False: `isOver` has said that it is time to stop, and it has to be called again. */
  settle(isOver: () => boolean): boolean {
    let isStopped = false;
    const stops = () => isStopped = isOver();
    for (let user = this.#left.at(-1); user !== undefined; user = this.#left.at(-1)) {
      const stays = user.settle(this.#before, stops);
      if (isStopped) return false;
      this.#left.pop();
      if (stays) this.#users.push(user);
      else user.isInSlabs = false;
    }
    this.#settled = Math.max(this.#settled, this.#before);
    this.#before = OWN;
    return true;
  }

  #begin(before: number): void {
    if (this.#before !== OWN) return; // one is under way
    this.#before = before;
    this.#left = this.#users;
    this.#users = [];
    this.onEnough();
  }

  /** A new slab; false: too many are in use. */
  #next(): boolean {
    if (this.pinned >= MOST_PINNED) return false;
    this.bytes = new Uint8Array(SLAB_BYTES);
    this.#used = 0;
    this.number++;
    if (this.pinned > ENOUGH) this.#begin(this.number - YOUNG);
    return true;
  }
}
