/**
 * Clients that come and go all the time. Invariants: what counts is the client id together with what cannot be
 * borrowed (a user who was proven, else the network), so that no one has another's client id banned; the memory is
 * bounded.
 */
import { BoundedMap } from "../bounded_map.ts";
import { parseNetwork, showNetwork } from "../cidr.ts";
import type { FlappingConfig } from "../config/types.ts";
import { fixedKey } from "../fixed_key.ts";
import { networkOf } from "../network.ts";
import { type BanSubject, type BanTarget, keyOf } from "./ban.ts";

const MAX_CLIENTS = 10_000;

/** A client whose connection has ended. */
export interface FlappingSubject extends BanSubject {
  /** Has a source seen a proof of its username? */
  readonly isProven: boolean;
}

/** Who is to be banned, and what it has done. */
export interface Flapping {
  readonly target: BanTarget;
  readonly count: number;
  /** Milliseconds. */
  readonly within: number;
}

interface Ends {
  count: number;
  readonly since: number;
}

/** Counts ends of connections. */
export class FlappingDetector {
  readonly #ends = new BoundedMap<string, Ends>(MAX_CLIENTS);

  /** Clients that are remembered. */
  get size(): number {
    return this.#ends.size;
  }

  /**
   * A connection has ended that was let in.
   * @param now milliseconds of a clock that never goes back
   * @returns whom to ban: it was one time too many; it is counted from the beginning then
   */
  ended(client: FlappingSubject, limits: FlappingConfig, now: number): Flapping | undefined {
    const target = targetOf(client);
    if (!limits.enable || target === undefined) return undefined;
    const key = fixedKey(keyOf(target));
    const known = this.#ends.get(key);
    const isOld = known === undefined || now - known.since > limits.windowTime;
    const ends = isOld ? { count: 0, since: now } : known;
    ends.count++;
    if (ends.count <= limits.maxCount) {
      this.#ends.set(key, ends);
      return undefined;
    }
    this.#ends.delete(key);
    return { target, count: ends.count, within: now - ends.since };
  }
}

/** Undefined: nothing is known of it that no other could say as well. */
function targetOf(client: FlappingSubject): BanTarget | undefined {
  const { clientId, username, address, isProven } = client;
  if (isProven && username !== undefined) return { clientId, username };
  const network = parseNetwork(networkOf(address));
  return network === undefined ? undefined : { clientId, network: showNetwork(network) };
}
