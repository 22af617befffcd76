/**
 * Whose certificates are taken from clients: authorities, and what they have revoked. Invariants: pure but for a memory
 * of signatures that were right; synchronous; whatever a client sends is answered by a sentence, in bounded time; doubt
 * denies.
 */
import { pemBlocks } from "../../pem.ts";
import { messageOf } from "../../user_error.ts";
import { Certificate } from "../../x509/certificate.ts";
import { TrustedAuthorities } from "../../x509/chain.ts";
import { CheckedSignatures, Effort } from "../../x509/checked_signatures.ts";
import { DerReader } from "../../x509/der.ts";
import { RevocationList } from "../../x509/revocation_list.ts";
import { Revocations } from "../../x509/revocations.ts";
import { clientProblem, rankProblem, timeProblem } from "../../x509/rules.ts";
import type { PeerCertificate } from "../stream.ts";
import { peerCertificate } from "./peer_certificate.ts";

/** What a listener was given. */
export interface AuthorityTexts {
  /** PEM, each with one certificate or more. */
  readonly authorities: readonly string[];
  /** PEM, each with one list or more; none: nothing was revoked. */
  readonly crls: readonly string[];
}

/** A client's certificate is taken, or why not: one sentence. */
export type ClientVerdict = { readonly certificate: PeerCertificate } | {
  readonly refusal: string;
};

/** No client needs more: its own, and the authorities between it and the root. */
const MAX_SENT = 16;

/** The authorities of a listener's clients. */
export class ClientAuthorities {
  readonly #authorities: readonly Certificate[];
  readonly #trusted: TrustedAuthorities;
  readonly #revocations: Revocations;
  /** Certificates that are there and do not count, a sentence each. */
  readonly #useless: readonly string[];

  /** @throws Error with one sentence: a text cannot be read, or no certificate of it is an authority */
  constructor({ authorities, crls }: AuthorityTexts) {
    const given = authorities.flatMap(readCertificates);
    const signatures = new CheckedSignatures();
    this.#authorities = given.filter((one) => rankProblem(one) === undefined);
    this.#useless = given.filter((one) => !this.#authorities.includes(one))
      .map((one) => `the certificate ${one} ${rankProblem(one)}; it is not used`);
    if (this.#authorities.length === 0) {
      throw new Error(this.#useless[0] ?? "there is no authority in it");
    }
    this.#trusted = new TrustedAuthorities(this.#authorities, signatures);
    this.#revocations = new Revocations(crls.flatMap(readLists), signatures);
  }

  /**
   * May this client come in as far as its certificate goes? Never throws.
   * @param chain DER, the client's own first, the others in any order
   * @param now milliseconds since 1970
   */
  judge(chain: readonly Uint8Array[], now: number): ClientVerdict {
    const [first, ...others] = chain;
    if (first === undefined) return { refusal: "no certificate was sent" };
    if (chain.length > MAX_SENT) {
      return { refusal: `${chain.length} certificates were sent, expected at most ${MAX_SENT}` };
    }
    let leaf;
    try {
      leaf = new Certificate(first);
    } catch (cause) {
      return { refusal: `the certificate cannot be read: ${messageOf(cause)}` };
    }
    const refusal = this.#problem(leaf, others, now);
    return refusal === undefined ? { certificate: peerCertificate(leaf) } : { refusal };
  }

  /** What an operator should know now, a sentence each: authorities and lists that are no use. */
  remarks(now: number): readonly string[] {
    const remarks = this.#authorities.map((one) => {
      const time = timeProblem(one, now);
      if (time !== undefined) return `the authority ${one} ${time}`;
      const lists = this.#revocations.remark(one, now, new Effort());
      return lists && `${lists}; clients that it has signed itself are refused`;
    });
    return [...this.#useless, ...remarks.filter((one) => one !== undefined)];
  }

  #problem(leaf: Certificate, others: readonly Uint8Array[], now: number): string | undefined {
    const problem = clientProblem(leaf, now);
    if (problem !== undefined) return problem;
    const effort = new Effort();
    const way = this.#trusted.wayFrom(leaf, others.flatMap(readSent), now, effort);
    if ("refusal" in way) return way.refusal;
    return this.#revocations.problem(way.steps, now, effort);
  }
}

/** What cannot be read leads nowhere, and need not. */
function readSent(der: Uint8Array): Certificate[] {
  try {
    return [new Certificate(der)];
  } catch {
    return [];
  }
}

function readCertificates(text: string): Certificate[] {
  return pemBlocks(text, "certificate").map((der, index) => {
    try {
      // OpenSSL's TRUSTED CERTIFICATE has more behind it.
      return new Certificate(new DerReader(der).next().whole);
    } catch (cause) {
      throw new Error(`certificate ${index + 1} cannot be read: ${messageOf(cause)}`, { cause });
    }
  });
}

function readLists(text: string): RevocationList[] {
  return pemBlocks(text, "list").map((der, index) => {
    try {
      return new RevocationList(der);
    } catch (cause) {
      throw new Error(`list ${index + 1} cannot be read: ${messageOf(cause)}`, { cause });
    }
  });
}
