/**
 * Certificates for trying out and running TLS: an authority, servers, devices. No cryptography of its own: keys come
 * from WebCrypto, certificates from @peculiar/x509, which is imported when the first one is made. Invariant: every
 * certificate is X.509 v3 with a random serial number; nothing is written here.
 */
import { encodeBase64, encodeHex } from "../../encoding.ts";
import type * as X509 from "@peculiar/x509";
import { UserError } from "../../user_error.ts";
import { ALGORITHM, generateKeys, readKey } from "./keys.ts";
import { type AlternativeName, nameOf, type Subject } from "./names.ts";

/** A certificate and its private key (PKCS #8), both PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** What a server or device certificate is to say. */
export interface LeafRequest {
  readonly subject: Subject;
  readonly use: "server" | "device";
  readonly names: readonly AlternativeName[];
  readonly days: number;
}

const AUTHORITY_BITS = 4096;
const LEAF_BITS = 2048;
const DAY_MS = 86_400_000;
/** Clocks of devices are often a little slow. */
const BACKDATE_MS = 3_600_000;

/** The library; it takes 26 MB. */
export async function x509(): Promise<typeof X509> {
  return await import(new URL("../../certificate_library.ts", import.meta.url).href);
}

/** A self-signed authority: RSA 4096, may sign certificates and revocation lists. */
export async function issueAuthority(subject: Subject, days: number): Promise<Issued> {
  const lib = await x509();
  const keys = await generateKeys(AUTHORITY_BITS);
  const usages = lib.KeyUsageFlags.keyCertSign | lib.KeyUsageFlags.cRLSign;
  const certificate = await lib.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: nameOf(subject),
    ...validity(days),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new lib.BasicConstraintsExtension(true, undefined, true),
      new lib.KeyUsagesExtension(usages, true),
      await lib.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return await issued(certificate, keys);
}

/**
 * A certificate for a server or a device: RSA 2048, signed by the authority.
 * @param authority PEM; the key as PKCS #8, PKCS #1 or SEC 1
 * @throws UserError when certificate and key of the authority are none, or do not belong together
 */
export async function issueLeaf(request: LeafRequest, authority: Issued): Promise<Issued> {
  const lib = await x509();
  const issuer = readCertificate(lib, authority.certificate);
  const signingKey = await readKey(issuer, authority.key);
  const keys = await generateKeys(LEAF_BITS);
  const { digitalSignature, keyEncipherment } = lib.KeyUsageFlags;
  const { serverAuth, clientAuth } = lib.ExtendedKeyUsage;
  const certificate = await lib.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: nameOf(request.subject),
    issuer: issuer.subject,
    ...validity(request.days),
    signingAlgorithm: { ...signingKey.algorithm, hash: "SHA-256" },
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new lib.BasicConstraintsExtension(false, undefined, true),
      new lib.KeyUsagesExtension(digitalSignature | keyEncipherment, true),
      new lib.ExtendedKeyUsageExtension([request.use === "server" ? serverAuth : clientAuth]),
      new lib.SubjectAlternativeNameExtension([...request.names]),
      await lib.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await lib.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return await issued(certificate, keys);
}

/** 16 random bytes, positive and without leading zeros. */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = bytes[0]! & 0x3f | 0x40;
  return encodeHex(bytes);
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) };
}

async function issued(certificate: X509.X509Certificate, keys: CryptoKeyPair): Promise<Issued> {
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = encodeBase64(pkcs8).match(/.{1,64}/g)!.join("\n");
  return {
    certificate: certificate.toString("pem") + "\n",
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}

/** @throws UserError */
export function readCertificate(lib: typeof X509, pem: string): X509.X509Certificate {
  try {
    return new lib.X509Certificate(pem);
  } catch (cause) {
    throw new UserError("the authority's certificate is no PEM certificate", { cause });
  }
}
