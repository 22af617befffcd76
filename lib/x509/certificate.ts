/**
 * One certificate, taken apart. Pure but for its key. Invariant: it is read whole or not at all; nothing here says that
 * any of it is true.
 */
import { encodeHex } from "../encoding.ts";
import {
  contextTag,
  DerError,
  DerReader,
  type Element,
  smallNumberOf,
  Tag,
  timeOf,
  wrappedList,
} from "./der.ts";
import { type CertificateExtensions, certificateExtensions, readExtensions } from "./extensions.ts";
import { type DistinguishedName, readName } from "./name.ts";
import { checkAlgorithm, digestOf, readSigned, type Signed, SigningKey } from "./signature.ts";
import { shown } from "../shown.ts";

/** Larger ones are no one's: a certificate has 1 to 3 KB. */
const MAX_SIZE = 16_384;
const MAX_SERIAL_BYTES = 64;

/** A certificate. */
export class Certificate {
  readonly signed: Signed;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Hexadecimal digits without leading zeros. */
  readonly serial: string;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  /** Milliseconds since 1970; both belong to the time in which it is valid. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: CertificateExtensions;
  readonly #spki: Uint8Array;
  #key: SigningKey | undefined;
  #digest: string | undefined;

  /** @throws DerError for what is no certificate */
  constructor(der: Uint8Array) {
    if (der.length > MAX_SIZE) {
      throw new DerError(`it has ${der.length} bytes, at most ${MAX_SIZE} are read`);
    }
    this.signed = readSigned(der);
    const { body, algorithm } = this.signed;
    const version = body.takeIf(contextTag(0));
    this.version = version === undefined ? 1 : 1 + versionOf(version);
    this.serial = serialOf(body.take(Tag.INTEGER));
    checkAlgorithm(body, algorithm);
    this.issuer = readName(body.take(Tag.SEQUENCE));
    const validity = body.into(Tag.SEQUENCE);
    this.notBefore = timeOf(validity.next());
    this.notAfter = timeOf(validity.next());
    validity.finish();
    this.subject = readName(body.take(Tag.SEQUENCE));
    this.#spki = body.take(Tag.SEQUENCE).whole;
    this.extensions = certificateExtensions(readExtensions(extensionsAt(body)));
  }

  /** What it can have signed. */
  get key(): SigningKey {
    return this.#key ??= new SigningKey(this.#spki);
  }

  /** The same digest: the same certificate. */
  get digest(): string {
    return this.#digest ??= digestOf(this.signed.whole);
  }

  /** Has it been signed in its own name? Says nothing about by which key. */
  get isSelfIssued(): boolean {
    return this.subject.key === this.issuer.key;
  }

  /** For people: `CN=d7,O=Org`, or its number. */
  toString(): string {
    const { text } = this.subject;
    return text === "" ? `number ${shown(this.serial, 40)}` : shown(text, 200);
  }
}

function versionOf({ content }: Element): number {
  const reader = new DerReader(content);
  const version = smallNumberOf(reader.take(Tag.INTEGER));
  reader.finish();
  if (version > 2) throw new DerError(`it is X.509 version ${version + 1}, expected 3`);
  return version;
}

/** Numbers are compared, never computed with. */
export function serialOf({ content }: Element): string {
  if (content.length > MAX_SERIAL_BYTES) throw new DerError("its number is too long");
  return encodeHex(content).replace(/^(?:00)+(?=..)/, "");
}

/** What stands behind the key: two identifiers that no one uses, and the extensions. */
function extensionsAt(body: DerReader): DerReader {
  body.takeIf(contextTag(1, false));
  body.takeIf(contextTag(2, false));
  const extensions = body.takeIf(contextTag(3));
  body.finish();
  return extensions === undefined ? new DerReader(new Uint8Array()) : wrappedList(extensions);
}
