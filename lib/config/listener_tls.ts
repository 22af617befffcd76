/**
 * The TLS of a listener from its keys. Invariants: a certificate never goes without its key; who is asked for a
 * certificate is checked against authorities that were given, never against the system's.
 */
import { isMapping } from "./keys.ts";
import { CERTIFICATE_KEYS, type ListenerKeys } from "./listener_keys.ts";
import { resolve } from "./paths.ts";
import type { KeyPath, Problems } from "./problems.ts";
import { readGiven, type Values } from "./table.ts";
import type { CertificateFiles, CertificateNames, TlsConfig } from "./types.ts";

type All = Values<ListenerKeys>;

/** Where a listener stands. */
interface Place {
  readonly path: KeyPath;
  readonly directory: string;
}

/** Reads what concerns TLS; notes what does not go together. */
export function readTls(all: All, place: Place, problems: Problems): TlsConfig {
  const { cadata, minVersion, alpn } = all;
  const file = (path: string | undefined) =>
    path === undefined ? undefined : resolve(place.directory, path);
  const hasAuthorities = [all.cafile, all.capath, cadata].some((one) => one !== undefined);
  const { verifyClient = hasAuthorities ? "optional" : "none" } = all;
  reportContradictions({ ...all, verifyClient }, hasAuthorities, place.path, problems);
  if (all.ciphers !== undefined) {
    problems.warn(
      [...place.path, "ciphers"],
      "not used: Deno chooses the ciphers, and has only good ones",
    );
  }
  return {
    certificates: readCertificates(all, place, problems),
    cafile: file(all.cafile),
    capath: file(all.capath),
    cadata,
    crlfile: file(all.crlfile),
    verifyClient,
    minVersion,
    alpn,
  };
}

/** Which names a listener takes from certificates; a proxy tells of one part of them. */
export function readCertificateNames(
  { certAsUsername: username, certAsClientid: clientId, proxyProtocol }: All,
  isTls: boolean,
  path: KeyPath,
  problems: Problems,
): CertificateNames | undefined {
  if (username === undefined && clientId === undefined) return undefined;
  if (isTls) return { username, clientId };
  if (!proxyProtocol) return undefined;
  for (const [key, value] of [["cert_as_username", username], ["cert_as_clientid", clientId]]) {
    if (value === undefined || value === "cn") continue;
    problems.add(
      [...path, key!],
      `got ${value}, expected cn: a proxy tells the common name alone, and this listener has no ssl`,
    );
  }
  return { username, clientId };
}

function reportContradictions(
  { verifyClient, certAsUsername, certAsClientid, crlfile }: All,
  hasAuthorities: boolean,
  path: KeyPath,
  problems: Problems,
): void {
  if (verifyClient !== "none" && !hasAuthorities) {
    problems.add(
      [...path, "verify_client"],
      `got ${verifyClient}, expected cafile, capath or cadata beside it: the authorities of the clients`,
    );
  }
  if (verifyClient !== "none") return;
  const unused = { cert_as_username: certAsUsername, cert_as_clientid: certAsClientid, crlfile };
  for (const [key, value] of Object.entries(unused)) {
    if (value === undefined) continue;
    problems.add(
      [...path, key],
      "expected verify_client optional or required: no client is asked for a certificate",
    );
  }
}

function readCertificates(all: All, place: Place, problems: Problems): CertificateFiles[] {
  const { path } = place;
  const first = filesOf(all, place, path, problems);
  const { certificates = [] } = all;
  if (!Array.isArray(certificates)) {
    problems.addValue(
      [...path, "certificates"],
      certificates,
      "a list of mappings with certfile and keyfile",
    );
    return [];
  }
  const further = certificates.map((one: unknown, index) => {
    const at = [...path, "certificates", index];
    if (!isMapping(one)) {
      problems.addValue(at, one, "a mapping with certfile and keyfile");
      return undefined;
    }
    const given = readGiven(CERTIFICATE_KEYS, one, at, problems);
    if (given.certfile === undefined && given.keyfile === undefined) {
      problems.add(at, "expected certfile and keyfile");
    }
    return filesOf(given, place, at, problems);
  });
  const both = [first, ...further].filter((one) => one !== undefined);
  if (
    both.length === 0 && all.certfile === undefined && all.keyfile === undefined &&
    further.length === 0
  ) {
    problems.add(
      [...path, "certfile"],
      "expected a certificate: ssl is true (docs/TLS.md; midge certs makes one)",
    );
  }
  return both;
}

function filesOf(
  { certfile, keyfile, keyPassphrase }: Partial<
    Pick<All, "certfile" | "keyfile" | "keyPassphrase">
  >,
  { directory }: Place,
  at: KeyPath,
  problems: Problems,
): CertificateFiles | undefined {
  if (certfile === undefined && keyfile === undefined) return undefined;
  if (certfile === undefined || keyfile === undefined) {
    const [there, missing] = certfile === undefined
      ? ["keyfile", "certfile"]
      : ["certfile", "keyfile"];
    problems.add(
      [...at, missing],
      `expected a path: ${there} is given, and one goes with the other`,
    );
    return undefined;
  }
  return {
    certfile: resolve(directory, certfile),
    keyfile: resolve(directory, keyfile),
    keyPassphrase,
  };
}
