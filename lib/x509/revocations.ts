/**
 * What authorities have revoked. Invariants: a list counts where its issuer has signed it; of several the newest does;
 * where it is not known whether a client's certificate was revoked, it counts as revoked, and the sentence says why.
 */
import type { Certificate } from "./certificate.ts";
import type { CheckedSignatures, Effort } from "./checked_signatures.ts";
import type { RevocationList } from "./revocation_list.ts";
import { dayOf } from "./rules.ts";

/** All lists, of any authorities. */
export class Revocations {
  readonly #lists: ReadonlyMap<string, readonly RevocationList[]>;
  readonly #signatures: CheckedSignatures;

  constructor(lists: readonly RevocationList[], signatures: CheckedSignatures) {
    const newestFirst = lists.toSorted((a, b) => b.thisUpdate - a.thisUpdate);
    this.#lists = Map.groupBy(newestFirst, ({ issuer }) => issuer.key);
    this.#signatures = signatures;
  }

  /**
   * Why a way does not hold. The client's issuer must have a list; the authorities above it may.
   * @param steps from the client's certificate to the last authority
   */
  problem(steps: readonly Certificate[], now: number, effort: Effort): string | undefined {
    if (this.#lists.size === 0) return undefined;
    for (const [index, issuer] of steps.entries()) {
      const one = steps[index - 1];
      if (one === undefined) continue;
      const problem = this.#problemOf(one, issuer, index === 1, now, effort);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** What is wrong with the lists of an authority, for the log at the start. */
  remark(authority: Certificate, now: number, effort: Effort): string | undefined {
    if (this.#lists.size === 0) return undefined;
    const lists = this.#lists.get(authority.subject.key);
    if (lists === undefined) return `crlfile has no list of ${authority}`;
    const list = this.#newest(lists, authority, effort);
    return typeof list === "string" ? list : staleness(list, now);
  }

  #problemOf(
    one: Certificate,
    issuer: Certificate,
    isNeeded: boolean,
    now: number,
    effort: Effort,
  ): string | undefined {
    const lists = this.#lists.get(issuer.subject.key);
    const unknown = (why: string) => `it is not known whether ${one} was revoked: ${why}`;
    if (lists === undefined) {
      return isNeeded ? unknown(`crlfile has no list of ${issuer}`) : undefined;
    }
    const list = this.#newest(lists, issuer, effort);
    if (typeof list === "string") return unknown(list);
    if (list.hasRevoked(one.serial)) return `the certificate ${one} was revoked by ${issuer}`;
    const stale = staleness(list, now);
    return stale && unknown(stale);
  }

  /** The newest that the issuer has signed, or why there is none. */
  #newest(
    lists: readonly RevocationList[],
    issuer: Certificate,
    effort: Effort,
  ): RevocationList | string {
    if (issuer.extensions.keyUsage?.cRLSign === false) {
      return `${issuer} may not sign lists (keyUsage has no cRLSign)`;
    }
    const signed = lists.find(({ signed, digest }) =>
      this.#signatures.hasSigned(issuer.key, signed, digest, effort)
    );
    if (signed !== undefined) return signed;
    const problem = lists.map(({ signed }) => signed.algorithm.problem).find((one) => one);
    return problem === undefined
      ? `the list of ${issuer} in crlfile was not signed by it`
      : `the list of ${issuer} in crlfile is ${problem}`;
  }
}

function staleness(
  { issuer, thisUpdate, nextUpdate }: RevocationList,
  now: number,
): string | undefined {
  const what = `the list of ${issuer.text} in crlfile`;
  if (now < thisUpdate) return `${what} is not valid before ${new Date(thisUpdate).toISOString()}`;
  return now > nextUpdate ? `${what} is outdated since ${dayOf(nextUpdate)}` : undefined;
}
