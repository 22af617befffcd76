/**
 * One certificate revocation list, taken apart. Pure. Invariants: it is read whole or not at all; a list that says more
 * than which numbers are revoked (delta, partial, indirect) is not read, for it would be read wrongly.
 */
import { serialOf } from "./certificate.ts";
import { contextTag, DerError, DerReader, smallNumberOf, Tag, timeOf, wrappedList } from "./der.ts";
import { notUnderstood, readExtensions } from "./extensions.ts";
import { type DistinguishedName, readName } from "./name.ts";
import { checkAlgorithm, digestOf, readSigned, type Signed } from "./signature.ts";

const NOTHING: ReadonlySet<string> = new Set();

/** What an authority has revoked. */
export class RevocationList {
  readonly signed: Signed;
  readonly issuer: DistinguishedName;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  /** Infinity: it says no time. */
  readonly nextUpdate: number;
  /** The same digest: the same list. */
  readonly digest: string;
  readonly #revoked = new Set<string>();

  /** @throws DerError for what is no such list */
  constructor(der: Uint8Array) {
    this.signed = readSigned(der);
    this.digest = digestOf(der);
    const { body, algorithm } = this.signed;
    const version = body.takeIf(Tag.INTEGER);
    if (version !== undefined && smallNumberOf(version) !== 1) {
      throw new DerError("it is of a version that Midge does not know");
    }
    checkAlgorithm(body, algorithm);
    this.issuer = readName(body.take(Tag.SEQUENCE));
    this.thisUpdate = timeOf(body.next());
    const nextUpdate = body.takeIf(Tag.UTC_TIME, Tag.GENERALIZED_TIME);
    this.nextUpdate = nextUpdate === undefined ? Infinity : timeOf(nextUpdate);
    const entries = body.takeIf(Tag.SEQUENCE);
    if (entries !== undefined) this.#readEntries(entries.elements);
    const extensions = body.takeIf(contextTag(0));
    body.finish();
    if (extensions !== undefined) refuseCritical(wrappedList(extensions));
  }

  /** @param serial as Certificate.serial has it */
  hasRevoked(serial: string): boolean {
    return this.#revoked.has(serial);
  }

  #readEntries(entries: DerReader): void {
    while (!entries.isAtEnd) {
      const entry = entries.into(Tag.SEQUENCE);
      this.#revoked.add(serialOf(entry.take(Tag.INTEGER)));
      entry.next(); // since when makes no difference
      const extensions = entry.takeIf(Tag.SEQUENCE);
      entry.finish();
      if (extensions !== undefined) refuseCritical(extensions.elements);
    }
  }
}

function refuseCritical(list: DerReader): void {
  const oid = notUnderstood(readExtensions(list), NOTHING);
  if (oid === undefined) return;
  throw new DerError(
    `it has a critical extension that Midge does not know (${oid}); expected a complete list`,
  );
}
