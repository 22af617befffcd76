/**
 * Signatures that were checked before: the same client comes again, and a signature takes up to 2 ms. Invariants: only
 * what was right is remembered, by digests of both sides; how much is computed in one go is bounded.
 */
import { BoundedMap } from "../bounded_map.ts";
import type { Signed, SigningKey } from "./signature.ts";

/** Entries have about 200 bytes. */
const REMEMBERED = 2048;

/** How much one question may cost. */
export class Effort {
  #steps = 64;
  #signatures = 16;

  /** Takes a step; false when there were too many. */
  step(): boolean {
    return --this.#steps >= 0;
  }

  /** The same for a signature that is computed. */
  signature(): boolean {
    return --this.#signatures >= 0;
  }
}

/** Those of one set of authorities. */
export class CheckedSignatures {
  readonly #right = new BoundedMap<string, true>(REMEMBERED);

  /** Has this key signed it? Undefined: that would cost too much. @param digest of all that is signed */
  hasSigned(
    key: SigningKey,
    signed: Signed,
    digest: string,
    effort: Effort,
  ): boolean | undefined {
    const pair = `${key.id}${digest}`;
    if (this.#right.get(pair) === true) return true;
    if (!effort.signature()) return undefined;
    const isRight = key.hasSigned(signed);
    if (isRight) this.#right.set(pair, true);
    return isRight;
  }
}
