/**
 * Certificates for trying out and running TLS: an authority, servers, devices, with aMQTT's subjects and names.
 * No cryptography of its own: keys come from WebCrypto, certificates from @peculiar/x509, which is imported
 * when the first one is made. Invariant: every certificate is X.509 v3 with a random serial number; nothing is
 * written here.
 */
import { encodeBase64 } from "../../encoding.ts";
import type * as X509 from "@peculiar/x509";
import { UserError } from "../../user_error.ts";

/** Who a certificate is for; what is absent is left out. */
export interface Subject {
  /** Two letters. */
  readonly country?: string | undefined;
  readonly state?: string | undefined;
  readonly locality?: string | undefined;
  readonly orgName?: string | undefined;
  readonly commonName: string;
}

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

/** A name that a certificate is valid for. */
export interface AlternativeName {
  readonly type: "dns" | "ip" | "url";
  readonly value: string;
}

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const PUBLIC_EXPONENT = Uint8Array.of(1, 0, 1);
const AUTHORITY_BITS = 4096;
const LEAF_BITS = 2048;
const DAY_MS = 86_400_000;
/** Clocks of devices are often a little slow. */
const BACKDATE_MS = 3_600_000;

async function x509(): Promise<typeof X509> {
  await import("reflect-metadata"); // @peculiar/x509 asks for it
  return await import("@peculiar/x509");
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

/** The names of a server: its common name, as address where it is one, and the loopback address. */
export function serverNames(commonName: string): AlternativeName[] {
  const own: AlternativeName = { type: isAddress(commonName) ? "ip" : "dns", value: commonName };
  const loopback: AlternativeName = { type: "ip", value: "127.0.0.1" };
  return own.value === loopback.value ? [own] : [own, loopback];
}

/** The names of a device: its SPIFFE id, which certificate authentication reads, and a local host name. */
export function deviceNames(domain: string, deviceId: string): AlternativeName[] {
  return [
    { type: "url", value: `spiffe://${domain}/device/${deviceId}` },
    { type: "dns", value: `${deviceId}.local` },
  ];
}

function isAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(":");
}

function generateKeys(bits: number): Promise<CryptoKeyPair> {
  const algorithm = { ...ALGORITHM, modulusLength: bits, publicExponent: PUBLIC_EXPONENT };
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** 16 random bytes, positive and without leading zeros. */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = bytes[0]! & 0x3f | 0x40;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) };
}

function nameOf(subject: Subject): X509.JsonName {
  const { country, state, locality, orgName, commonName } = subject;
  const parts: [string, string | undefined][] = [
    ["C", country],
    ["ST", state],
    ["L", locality],
    ["O", orgName],
    ["CN", commonName],
  ];
  return parts.flatMap(([type, value]) => value === undefined ? [] : [{ [type]: [value] }]);
}

async function issued(certificate: X509.X509Certificate, keys: CryptoKeyPair): Promise<Issued> {
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = encodeBase64(pkcs8).match(/.{1,64}/g)!.join("\n");
  return {
    certificate: certificate.toString("pem") + "\n",
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}

function readCertificate(lib: typeof X509, pem: string): X509.X509Certificate {
  try {
    return new lib.X509Certificate(pem);
  } catch (cause) {
    throw new UserError("the authority's certificate is no PEM certificate", { cause });
  }
}

/** The authority's key in whatever form it is; checked to be the one of its certificate. */
async function readKey(issuer: X509.X509Certificate, pem: string): Promise<CryptoKey> {
  const { createPrivateKey, createPublicKey } = await import("node:crypto");
  let pkcs8: Uint8Array<ArrayBuffer>, spki: Uint8Array;
  try {
    const key = createPrivateKey(pem);
    pkcs8 = new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
    spki = new Uint8Array(createPublicKey(pem).export({ type: "spki", format: "der" }));
  } catch (cause) {
    throw new UserError("the authority's key is no unencrypted PEM private key", { cause });
  }
  const certified = new Uint8Array(issuer.publicKey.rawData);
  if (spki.length !== certified.length || spki.some((byte, at) => byte !== certified[at])) {
    throw new UserError("the authority's key is not the one of its certificate");
  }
  const { name, namedCurve } = issuer.publicKey.algorithm as { name: string; namedCurve?: string };
  const algorithm = namedCurve === undefined ? ALGORITHM : { name, namedCurve };
  return await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
}
