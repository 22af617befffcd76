/**
 * Keys, requests and certificates for names, over WebCrypto and @peculiar/x509. Invariants: every request has a new key
 * (P-256); a chain is taken only where its first certificate is for that key and all the names.
 */
import type * as X509 from "@peculiar/x509";
import { encodeBase64Url, encodeHex } from "../encoding.ts";
import { keyPem } from "./account_key.ts";
import { AcmeProblem } from "./problem.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
/** Of a placeholder. */
const PLACEHOLDER_DAYS = 365;
/** Clocks of devices are often a little slow. */
const BACKDATE_MS = 3_600_000;

/** A certificate with its chain, its key (both PEM), and what is known of it. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
  readonly domains: readonly string[];
  /** Valid from and until, milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
}

async function x509(): Promise<typeof X509> {
  return await import(new URL("../certificate_library.ts", import.meta.url).href);
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** A certificate that no one trusts, for the time until there is one. @param now milliseconds since the epoch */
export async function makePlaceholder(domains: readonly string[], now: number): Promise<Certified> {
  const lib = await x509();
  const keys = await newKeys();
  const [from, until] = [now - BACKDATE_MS, now + PLACEHOLDER_DAYS * DAY_MS];
  const certificate = await lib.X509CertificateGenerator.createSelfSigned({
    serialNumber: encodeHex(crypto.getRandomValues(new Uint8Array(16))).replace(/^./, "4"),
    name: [{ CN: ["placeholder of Midge"] }],
    notBefore: new Date(from),
    notAfter: new Date(until),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [alternativeNames(lib, domains)],
  });
  const text = `${certificate.toString("pem")}\n`;
  return { certificate: text, key: await keyPem(keys.privateKey), domains, from, until };
}

/** What is asked of an authority, and what it answers to. */
export interface CertificateRequest {
  /** PKCS #10, DER in base64url. */
  readonly csr: string;
  /** The certificate out of the authority's chain (PEM); throws an AcmeProblem where it is not the one asked for. */
  accept(chain: string): Promise<Certified>;
}

/** A request for these names, with a new key. */
export async function makeRequest(domains: readonly string[]): Promise<CertificateRequest> {
  const lib = await x509();
  const keys = await newKeys();
  const request = await lib.Pkcs10CertificateRequestGenerator.create({
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [alternativeNames(lib, domains)],
  });
  return {
    csr: encodeBase64Url(new Uint8Array(request.rawData)),
    accept: async (chain) => {
      const { notBefore, notAfter } = await checkedLeaf(lib, chain, { keys, domains });
      const [from, until] = [notBefore.getTime(), notAfter.getTime()];
      return { certificate: chain, key: await keyPem(keys.privateKey), domains, from, until };
    },
  };
}

function alternativeNames(lib: typeof X509, domains: readonly string[]) {
  return new lib.SubjectAlternativeNameExtension(
    domains.map((value) => ({ type: "dns" as const, value })),
  );
}

async function checkedLeaf(
  lib: typeof X509,
  chain: string,
  { keys, domains }: { readonly keys: CryptoKeyPair; readonly domains: readonly string[] },
): Promise<X509.X509Certificate> {
  const leaf = firstOf(lib, chain);
  const own = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  if (encodeHex(own) !== encodeHex(new Uint8Array(leaf.publicKey.rawData))) {
    throw new AcmeProblem("the authority's certificate is for another key");
  }
  const names = leaf.getExtension(lib.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const missing = domains.filter((name) =>
    !names.some(({ type, value }) => type === "dns" && value.toLowerCase() === name)
  );
  if (missing.length === 0) return leaf;
  throw new AcmeProblem(`the authority's certificate is not for ${missing.join(", ")}`);
}

function firstOf(lib: typeof X509, chain: string): X509.X509Certificate {
  const [pem = ""] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(chain) ?? [];
  try {
    return new lib.X509Certificate(pem);
  } catch {
    throw new AcmeProblem("the authority's answer is no certificate");
  }
}
