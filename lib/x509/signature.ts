/**
 * Signatures of certificates and revocation lists. Invariants: what is broken (MD5, SHA-1), or not known, is told
 * before anything is computed; a key or a signature that makes the cryptography fail is a wrong one.
 */
import { Buffer } from "node:buffer";
import { constants, createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { encodeHex } from "../encoding.ts";
import { bytesOfBits, DerError, DerReader, oidOf, onlyElement, Tag } from "./der.ts";

/** What was signed, and how. */
export interface Signed {
  /** All of it. */
  readonly whole: Uint8Array;
  /** The bytes that were signed. */
  readonly tbs: Uint8Array;
  /** What they hold, to be read. */
  readonly body: DerReader;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

/** How something was signed. */
export interface SignatureAlgorithm {
  /** Why it is not taken, in words that follow "is"; undefined: it is taken. */
  readonly problem: string | undefined;
  /** AlgorithmIdentifier, in hexadecimal digits. */
  readonly id: string;
  readonly scheme: Scheme | undefined;
}

interface Scheme {
  readonly keyType: "rsa" | "ec" | "ed25519";
  readonly hash: "sha256" | "sha384" | "sha512" | null;
  /** Of RSA-PSS. */
  readonly saltLength?: number;
}

const RSA = "1.2.840.113549.1.1";
const ECDSA = "1.2.840.10045.4";

const SCHEMES: Readonly<Record<string, Scheme>> = {
  [`${RSA}.11`]: { keyType: "rsa", hash: "sha256" },
  [`${RSA}.12`]: { keyType: "rsa", hash: "sha384" },
  [`${RSA}.13`]: { keyType: "rsa", hash: "sha512" },
  [`${ECDSA}.3.2`]: { keyType: "ec", hash: "sha256" },
  [`${ECDSA}.3.3`]: { keyType: "ec", hash: "sha384" },
  [`${ECDSA}.3.4`]: { keyType: "ec", hash: "sha512" },
  "1.3.101.112": { keyType: "ed25519", hash: null },
};

/** RSA-PSS with the parameters of TLS: as long a salt as the digest. Its name says too little, so all of it is compared. */
const PSS_SCHEMES: Readonly<Record<string, Scheme>> = {
  [pssOf("1", "20")]: { keyType: "rsa", hash: "sha256", saltLength: 32 },
  [pssOf("2", "30")]: { keyType: "rsa", hash: "sha384", saltLength: 48 },
  [pssOf("3", "40")]: { keyType: "rsa", hash: "sha512", saltLength: 64 },
};

const BROKEN: Readonly<Record<string, string>> = {
  [`${RSA}.2`]: "MD2",
  [`${RSA}.4`]: "MD5",
  [`${RSA}.5`]: "SHA-1",
  [`${ECDSA}.1`]: "SHA-1",
  "1.2.840.10040.4.3": "SHA-1",
  "1.3.14.3.2.29": "SHA-1",
};

function pssOf(hash: string, saltLength: string): string {
  const digest = `300d060960864801650304020${hash}0500`;
  const mask = `a11c301a06092a864886f70d010108${digest}`;
  return `304106092a864886f70d01010a3034a00f${digest}${mask}a2030201${saltLength}`;
}

/** Takes something signed apart: what, how, the signature. @throws DerError */
export function readSigned(whole: Uint8Array): Signed {
  const reader = onlyElement(whole, Tag.SEQUENCE).elements;
  const { whole: tbs, content } = reader.take(Tag.SEQUENCE);
  const algorithm = readAlgorithm(reader.take(Tag.SEQUENCE).whole);
  const signature = bytesOfBits(reader.take(Tag.BIT_STRING));
  reader.finish();
  return { whole, tbs, body: new DerReader(content), algorithm, signature };
}

/** Reads the algorithm that stands in what was signed: it must be the one outside. @throws DerError */
export function checkAlgorithm(body: DerReader, { id }: SignatureAlgorithm): void {
  if (encodeHex(body.take(Tag.SEQUENCE).whole) === id) return;
  throw new DerError("it names two algorithms of its signature");
}

function readAlgorithm(whole: Uint8Array): SignatureAlgorithm {
  const id = encodeHex(whole);
  const reader = onlyElement(whole, Tag.SEQUENCE).elements;
  const oid = oidOf(reader.take(Tag.OID));
  const scheme = SCHEMES[oid] ?? PSS_SCHEMES[id];
  if (scheme !== undefined) return { id, scheme, problem: undefined };
  const broken = BROKEN[oid];
  const problem = broken === undefined
    ? `signed in a way that Midge does not know (${oid})`
    : `signed with ${broken}, which is broken`;
  return { id, scheme, problem };
}

/** SHA-256 in hexadecimal digits: the same digest, the same bytes. */
export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const RSA_BITS = { min: 2048, max: 8192 };
/** Also as Deno 2.6.10 calls them. */
const CURVES: ReadonlySet<unknown> = new Set(["prime256v1", "secp384r1", "p256", "p384"]);

/** A key that may have signed something. */
export class SigningKey {
  readonly id: string;
  readonly #key: KeyObject | undefined;

  /** @param spki SubjectPublicKeyInfo */
  constructor(spki: Uint8Array) {
    this.id = digestOf(spki);
    this.#key = usableKey(spki);
  }

  /** Can anything be checked with it? Not with one that is small, huge, or of a kind that is not known. */
  get isUsable(): boolean {
    return this.#key !== undefined;
  }

  /** Has this key signed it? */
  hasSigned({ tbs, algorithm: { scheme }, signature }: Signed): boolean {
    const key = this.#key;
    if (key === undefined || scheme === undefined) return false;
    const { keyType, hash, saltLength } = scheme;
    if (key.asymmetricKeyType !== keyType) return false;
    const padding = saltLength === undefined
      ? {}
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
    try {
      return verify(hash, tbs, { key, ...padding }, signature);
    } catch {
      return false;
    }
  }
}

function usableKey(spki: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
    switch (key.asymmetricKeyType) {
      case "rsa":
        return modulusLength >= RSA_BITS.min && modulusLength <= RSA_BITS.max ? key : undefined;
      case "ec":
        return CURVES.has(namedCurve) ? key : undefined;
      case "ed25519":
        return key;
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
