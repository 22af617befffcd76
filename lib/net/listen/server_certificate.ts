/**
 * A server's certificate from its files, checked before it is used: node:tls takes garbage, a key of another
 * certificate and a wrong passphrase without a word. Invariant: what is given back can be served; each problem is one
 * line, `KEY: FILE: WHAT`.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { CertificateFiles } from "../../config/types.ts";
import { pemBlocks } from "../../pem.ts";
import { readPem } from "../../pem_files.ts";
import { messageOf, problemsOf, UserError } from "../../user_error.ts";

/** What it is served with. */
export interface ServingOptions {
  readonly minVersion: "1.2" | "1.3";
  /** PEM texts; clients are told of them when they are asked for a certificate. */
  readonly authorities: readonly string[];
}

/** A certificate that can be served. */
export interface ServerCertificate {
  readonly certfile: string;
  readonly context: SecureContext;
  /** For people: its first name, or its subject. */
  readonly title: string;
  /** Of servers, as the certificate has them. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** What an operator should know: a line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks it.
 * @param where the keys of the configuration stand behind this: empty, or `certificates[0].`
 * @throws UserError with every problem
 */
export async function readServerCertificate(
  { certfile, keyfile, keyPassphrase }: CertificateFiles,
  where: string,
  options: ServingOptions,
): Promise<ServerCertificate> {
  const problems: string[] = [];
  const noted = async <Value>(key: string, reading: Promise<Value>) => {
    try {
      return await reading;
    } catch (cause) {
      problems.push(...problemsOf(cause).map((one) => `${where}${key}: ${one}`));
      return undefined;
    }
  };
  const chain = await noted("certfile", readChain(certfile));
  const key = await noted("keyfile", readKey(keyfile, keyPassphrase));
  if (chain === undefined || key === undefined) throw new UserError(problems);
  const [leaf] = chain.certificates;
  if (!leaf.checkPrivateKey(key)) {
    throw new UserError(
      `${where}keyfile: ${keyfile}: is not the key of ${certfile}: expected the one that the certificate was made for`,
    );
  }
  return {
    certfile,
    context: contextOf(chain.text, key, `${where}keyfile: ${keyfile}`, options),
    ...aboutLeaf(leaf),
    warnings: [...chainWarnings(chain.certificates, certfile), ...await keyWarnings(keyfile)],
  };
}

interface Chain {
  readonly text: string;
  /** The server's own first. */
  readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
}

async function readChain(file: string): Promise<Chain> {
  const text = await readPem(file, "certificate");
  try {
    const [leaf, ...others] = pemBlocks(text, "certificate").map((der) => new X509Certificate(der));
    if (leaf === undefined) throw new Error("there is none in it");
    return { text, certificates: [leaf, ...others] };
  } catch (cause) {
    throw new UserError(`${file}: cannot be used as a certificate: ${messageOf(cause)}`, { cause });
  }
}

async function readKey(file: string, passphrase: string | undefined): Promise<KeyObject> {
  const text = await readPem(file, "key");
  try {
    return createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    throw new UserError(`${file}: ${keyProblem(text, passphrase, cause)}`, { cause });
  }
}

function keyProblem(text: string, passphrase: string | undefined, cause: unknown): string {
  if (!/ENCRYPTED/.test(text)) return `cannot be used as a key: ${messageOf(cause)}`;
  if (passphrase === undefined) return "the key is encrypted: expected key_passphrase";
  if (/bad decrypt/i.test(messageOf(cause))) return "key_passphrase is wrong: it does not open it";
  return `the key is encrypted in a way that Deno does not know; expected AES: openssl pkcs8 -topk8 -v2 aes-256-cbc`;
}

/** What node:tls then takes is known to fit. */
function contextOf(
  cert: string,
  key: KeyObject,
  where: string,
  { minVersion, authorities }: ServingOptions,
): SecureContext {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const { modulusLength = Infinity, namedCurve } = details ?? {};
  const isServed = type === "rsa"
    ? modulusLength >= 2048
    : type === "ec"
    ? SERVED_CURVES.includes(namedCurve ?? "")
    : type === "ed25519";
  if (!isServed) {
    const got = [type, namedCurve ?? details?.modulusLength].filter((one) => one !== undefined);
    throw new UserError(
      `${where}: got a key of kind ${
        got.join(" ")
      }, expected RSA of 2048 bits or more, EC (P-256, P-384, P-521) or Ed25519`,
    );
  }
  try {
    return createSecureContext({
      cert,
      key: key.export({ type: "pkcs8", format: "pem" }),
      minVersion: `TLSv${minVersion}`,
      ...(authorities.length === 0 ? {} : { ca: [...authorities] }),
    });
  } catch (cause) {
    throw new UserError(`${where}: cannot be served: ${messageOf(cause)}`, { cause });
  }
}

const SERVED_CURVES: readonly string[] = ["prime256v1", "secp384r1", "secp521r1"];

function aboutLeaf(leaf: X509Certificate) {
  const alternatives = leaf.subjectAltName?.split(", ") ?? [];
  const namesOf = (kind: string) =>
    alternatives.filter((one) => one.startsWith(kind)).map((one) => one.slice(kind.length));
  const names = namesOf("DNS:");
  const [title = leaf.subject.replaceAll("\n", ", ")] = [...names, ...namesOf("IP Address:")];
  return {
    title,
    names,
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
  };
}

function chainWarnings(chain: Chain["certificates"], file: string): string[] {
  const broken = chain.findIndex((one, index) => {
    const next = chain[index + 1];
    return next !== undefined && !one.checkIssued(next);
  });
  if (broken < 0) return [];
  return [
    `${file}: certificate ${
      broken + 2
    } in it has not signed the one before: clients may not trust it; ` +
    "expected the server's certificate first, then each one's issuer",
  ];
}

/** Others' access to the key; on Windows there are no such bits. */
async function keyWarnings(file: string): Promise<string[]> {
  const { mode } = await Deno.stat(file);
  if (mode === null || (mode & 0o004) === 0) return [];
  return [`${file}: every user of this machine can read the key; expected chmod 640 or 600`];
}
