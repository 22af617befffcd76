/**
 * Bans in memory, found by what they name. Invariants: one ban for each target; their number and the bytes of what they
 * name are bounded, those of automatic ones more narrowly; a look-up costs the same for any number of bans.
 */
import { maskAddress, parseAddress, parseNetwork } from "../cidr.ts";
import { UserError } from "../user_error.ts";
import { type Ban, type BanSubject, type BanTarget, isFor, isInForce, keyOf } from "./ban.ts";

/** All bans, and those that were put automatically. */
export const MAX_BANS = 10_000;
const MAX_AUTOMATIC = 1000;
/** Characters that they name. */
const MAX_SIZE = 1024 * 1024;
const MAX_AUTOMATIC_SIZE = 128 * 1024;

/** How many there are, and how much they say. */
interface Amount {
  count: number;
  size: number;
}

/** A place of the index. */
interface Place {
  readonly index: Map<string, Ban[]>;
  readonly key: string;
}

/** The bans of one broker. */
export class BanList {
  readonly #bans = new Map<string, Ban>();
  readonly #byClientId = new Map<string, Ban[]>();
  readonly #byUsername = new Map<string, Ban[]>();
  /** By prefix length and address without the bits behind it; an IPv4 network is never an IPv6 one. */
  readonly #byNetwork = new Map<string, Ban[]>();
  /** How many networks have this prefix length. */
  readonly #lengths = new Map<number, number>();
  readonly #all: Amount = { count: 0, size: 0 };
  readonly #automatic: Amount = { count: 0, size: 0 };
  /** No ban ends before, milliseconds since 1970. */
  #firstEnd = Infinity;

  get size(): number {
    return this.#bans.size;
  }

  /** In the order in which they were put. */
  values(): IterableIterator<Ban> {
    return this.#bans.values();
  }

  /** The ban of exactly this target. */
  get(target: BanTarget): Ban | undefined {
    return this.#bans.get(keyOf(target));
  }

  /** The ban of this address, whatever client comes from there. @param now milliseconds since 1970 */
  ofAddress(address: string, now: number): Ban | undefined {
    if (this.#lengths.size === 0) return undefined;
    const words = parseAddress(address);
    if (words === undefined) return undefined;
    for (const length of this.#lengths.keys()) {
      const found = this.#byNetwork.get(networkKey(length, maskAddress(words, length)));
      const ban = found?.find((one) => isInForce(one, now));
      if (ban !== undefined) return ban;
    }
    return undefined;
  }

  /** A ban that this client falls under. @param now milliseconds since 1970 */
  ofClient(subject: BanSubject, now: number): Ban | undefined {
    if (this.#bans.size === 0) return undefined;
    const named = [
      ...this.#byClientId.get(subject.clientId) ?? [],
      ...this.#byUsername.get(subject.username ?? "") ?? [],
    ];
    return named.find((ban) => isInForce(ban, now) && isFor(ban, subject)) ??
      this.ofAddress(subject.address, now);
  }

  /**
   * Puts a ban, in the place of one for the same target.
   * @throws {UserError} when there are too many
   */
  put(ban: Ban): void {
    const before = this.get(ban);
    if (before !== undefined) this.delete(before);
    if (!this.#hasRoom(ban)) {
      if (before !== undefined) this.put(before);
      throw new UserError(`there are too many bans${ban.by === "admin" ? "" : " by flapping"}`);
    }
    this.#bans.set(keyOf(ban), ban);
    const { index, key } = this.#placeOf(ban);
    index.set(key, [...index.get(key) ?? [], ban]);
    this.#count(ban, 1);
    this.#firstEnd = Math.min(this.#firstEnd, ban.until ?? Infinity);
  }

  /** The same of one that is left out where there is no room. */
  putIfRoom(ban: Ban): void {
    if (this.#hasRoom(ban)) this.put(ban);
  }

  /** Takes a ban away; false: there is none for exactly this target. */
  delete(target: BanTarget): boolean {
    const ban = this.get(target);
    if (ban === undefined) return false;
    this.#bans.delete(keyOf(ban));
    const { index, key } = this.#placeOf(ban);
    const others = (index.get(key) ?? []).filter((one) => one !== ban);
    if (others.length > 0) index.set(key, others);
    else index.delete(key);
    this.#count(ban, -1);
    return true;
  }

  /** Takes away the bans that have ended, and gives them. @param now milliseconds since 1970 */
  takeEnded(now: number): Ban[] {
    if (now < this.#firstEnd) return [];
    const ended = [...this.values()].filter((ban) => !isInForce(ban, now));
    for (const ban of ended) this.delete(ban);
    this.#firstEnd = Infinity;
    for (const { until = Infinity } of this.values()) {
      this.#firstEnd = Math.min(this.#firstEnd, until);
    }
    return ended;
  }

  #hasRoom(ban: Ban): boolean {
    const size = sizeOf(ban);
    if (this.#all.count >= MAX_BANS || this.#all.size + size > MAX_SIZE) return false;
    if (ban.by === "admin") return true;
    return this.#automatic.count < MAX_AUTOMATIC &&
      this.#automatic.size + size <= MAX_AUTOMATIC_SIZE;
  }

  #count(ban: Ban, sign: 1 | -1): void {
    const amounts = ban.by === "admin" ? [this.#all] : [this.#all, this.#automatic];
    for (const amount of amounts) {
      amount.count += sign;
      amount.size += sign * sizeOf(ban);
    }
    const length = this.#placeOf(ban).index === this.#byNetwork ? lengthOf(ban) : undefined;
    if (length === undefined) return;
    const count = (this.#lengths.get(length) ?? 0) + sign;
    if (count > 0) this.#lengths.set(length, count);
    else this.#lengths.delete(length);
  }

  /** Under the narrowest name that it has. */
  #placeOf({ clientId, username, network = "" }: Ban): Place {
    if (clientId !== undefined) return { index: this.#byClientId, key: clientId };
    if (username !== undefined) return { index: this.#byUsername, key: username };
    const { prefixLength = 0, base = [] } = parseNetwork(network) ?? {};
    return { index: this.#byNetwork, key: networkKey(prefixLength, base) };
  }
}

function networkKey(prefixLength: number, base: readonly number[]): string {
  return `${prefixLength} ${base.join()}`;
}

function lengthOf({ network = "" }: Ban): number | undefined {
  return parseNetwork(network)?.prefixLength;
}

function sizeOf({ clientId = "", username = "", network = "", reason = "" }: Ban): number {
  return clientId.length + username.length + network.length + reason.length;
}
