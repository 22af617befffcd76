/**
 * The way from a client's certificate up to an authority that is trusted. Invariants: every step is a signature that
 * was checked; what the client sends is material for a way, never a reason for trust; however it is arranged, the
 * search ends after a fixed number of steps.
 */
import type { Certificate } from "./certificate.ts";
import type { CheckedSignatures, Effort } from "./checked_signatures.ts";
import { authorityProblem } from "./rules.ts";

/** From the client's certificate to the last authority; or why there is no way. */
export type Way = { readonly steps: readonly Certificate[] } | { readonly refusal: string };

/** With the root: more is no one's hierarchy. */
const MAX_STEPS = 8;

const TOO_MUCH = "its chain has too many certificates to choose from";

/** The authorities that are trusted. */
export class TrustedAuthorities {
  readonly #byName: ReadonlyMap<string, readonly Certificate[]>;
  readonly #digests: ReadonlySet<string>;
  readonly #signatures: CheckedSignatures;

  constructor(authorities: readonly Certificate[], signatures: CheckedSignatures) {
    this.#byName = Map.groupBy(authorities, ({ subject }) => subject.key);
    this.#digests = new Set(authorities.map(({ digest }) => digest));
    this.#signatures = signatures;
  }

  has({ digest }: Certificate): boolean {
    return this.#digests.has(digest);
  }

  /** @param sent what the client sent beside its certificate, in any order */
  wayFrom(
    leaf: Certificate,
    sent: readonly Certificate[],
    now: number,
    effort: Effort,
  ): Way {
    const others = sent.filter((one) => !this.has(one));
    return this.#climb([leaf], { others, now, effort });
  }

  /**
   * An authority that is trusted and has an issuer that is trusted too goes on to it, so that what holds for that one
   * is looked at; without one it is the end, self-signed or not.
   */
  #climb(steps: readonly Certificate[], search: Search): Way {
    const last = steps.at(-1)!;
    const isTrusted = this.has(last);
    if (isTrusted && last.isSelfIssued) return { steps };
    let refusal: string | undefined;
    let isSigned = false;
    for (const issuer of this.#candidates(last, isTrusted, search)) {
      if (steps.some(({ digest }) => digest === issuer.digest)) continue;
      const problem = this.#signatureProblem(last, issuer, search);
      if (problem !== undefined) {
        refusal ??= problem;
        continue;
      }
      isSigned = true;
      const way = this.#through(issuer, steps, search);
      if ("steps" in way) return way;
      refusal = way.refusal;
    }
    if (isTrusted && !isSigned) return { steps };
    return { refusal: refusal ?? untrusted(steps) };
  }

  #candidates(
    { issuer }: Certificate,
    isTrusted: boolean,
    { others }: Search,
  ): readonly Certificate[] {
    const trusted = this.#byName.get(issuer.key) ?? [];
    if (isTrusted) return trusted;
    return [...trusted, ...others.filter(({ subject }) => subject.key === issuer.key)];
  }

  #signatureProblem(
    one: Certificate,
    issuer: Certificate,
    { effort, now }: Search,
  ): string | undefined {
    if (!effort.step()) return TOO_MUCH;
    const { problem } = one.signed.algorithm;
    if (problem !== undefined) return `the certificate ${one} is ${problem}`;
    if (!issuer.key.isUsable) return authorityProblem(issuer, 0, now);
    const isSigned = this.#signatures.hasSigned(issuer.key, one.signed, one.digest, effort);
    if (isSigned === undefined) return TOO_MUCH;
    return isSigned ? undefined : `the certificate ${one} was not signed by ${issuer}, as it says`;
  }

  #through(issuer: Certificate, steps: readonly Certificate[], search: Search): Way {
    const below = steps.slice(1).filter(({ isSelfIssued }) => !isSelfIssued).length;
    const problem = authorityProblem(issuer, below, search.now);
    if (problem !== undefined) return { refusal: problem };
    if (steps.length >= MAX_STEPS) {
      return { refusal: `its chain is longer than ${MAX_STEPS} certificates` };
    }
    return this.#climb([...steps, issuer], search);
  }
}

interface Search {
  readonly others: readonly Certificate[];
  readonly now: number;
  readonly effort: Effort;
}

function untrusted(steps: readonly Certificate[]): string {
  const [leaf] = steps;
  const last = steps.at(-1)!;
  const { text } = last.issuer;
  const end = last.isSelfIssued
    ? `${last} is self-signed, and is not there`
    : `its issuer ${text} is not there${steps.length > 1 ? "" : ", nor was it sent"}`;
  return `no authority of cafile has signed the certificate ${leaf}: ${end}`;
}
