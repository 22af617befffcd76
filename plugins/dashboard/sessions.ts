/**
 * Logins that last, in memory alone. Invariants: there are at most MAX_SESSIONS, and MAX_OF_ONE of one name; one ends after
 * its time, when it is idle for too long, and at the logout; its key is 32 random bytes and is never one that was sent.
 */
import { encodeBase64Url } from "../../manage.ts";
import type { Clock } from "../../plugin.ts";
import type { Identity } from "./identity.ts";

const MAX_SESSIONS = 1000;
const MAX_OF_ONE = 50;
/** Without a request. */
export const IDLE_MS = 30 * 60 * 1000;
const KEY_BYTES = 32;

/** A login. */
export interface Session {
  /** Of the cookie. */
  readonly key: string;
  /** What a page of ours sends with all that changes something. */
  readonly csrf: string;
  readonly identity: Identity;
}

interface Kept extends Session {
  readonly endsAt: number;
  idleAt: number;
}

/** All of one server. */
export class Sessions {
  readonly #clock: Pick<Clock, "now">;
  readonly #time: number;
  /** By key; who was seen last is last. */
  readonly #kept = new Map<string, Kept>();

  /** @param time how long one lasts at most, milliseconds */
  constructor(clock: Pick<Clock, "now">, time: number) {
    this.#clock = clock;
    this.#time = time;
  }

  /** How many are kept, those that have ended unseen included. */
  get size(): number {
    return this.#kept.size;
  }

  /** Begins one. */
  begin(identity: Identity): Session {
    const now = this.#clock.now();
    this.#makeRoom(identity.name, now);
    const [key, csrf] = [randomText(), randomText()];
    const kept = { key, csrf, identity, endsAt: now + this.#time, idleAt: now + IDLE_MS };
    this.#kept.set(key, kept);
    return kept;
  }

  /** The session of a cookie, which is not idle from now on; undefined: it has ended, or there never was one. */
  get(key: string): Session | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    const now = this.#clock.now();
    this.#kept.delete(key);
    if (isOver(kept, now)) return undefined;
    kept.idleAt = now + IDLE_MS;
    this.#kept.set(key, kept);
    return kept;
  }

  /** Does it still last? To ask is no use of it. */
  lasts({ key }: Session): boolean {
    const kept = this.#kept.get(key);
    return kept !== undefined && !isOver(kept, this.#clock.now());
  }

  /** Ends one. */
  end(key: string): void {
    this.#kept.delete(key);
  }

  /** Ends those of a user of the broker, but for one. */
  endOfUser(username: string, except: string | undefined): void {
    for (const { key, identity } of this.#kept.values()) {
      const isTheirs = identity.tokenId === undefined && identity.user.username === username;
      if (isTheirs && key !== except) this.#kept.delete(key);
    }
  }

  #makeRoom(name: string, now: number): void {
    let ofOne = 0;
    for (const kept of this.#kept.values()) {
      if (isOver(kept, now)) this.#kept.delete(kept.key);
      else if (kept.identity.name === name) ofOne++;
    }
    if (this.#kept.size < MAX_SESSIONS && ofOne < MAX_OF_ONE) return;
    for (const { key, identity } of this.#kept.values()) {
      if (ofOne >= MAX_OF_ONE && identity.name !== name) continue;
      this.#kept.delete(key);
      return;
    }
  }
}

function isOver({ endsAt, idleAt }: Kept, now: number): boolean {
  return now >= endsAt || now >= idleAt;
}

function randomText(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
}
