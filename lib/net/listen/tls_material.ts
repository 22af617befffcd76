/**
 * What a TLS listener serves with, read from its files all together: certificates, and the authorities of its clients.
 * Invariant: it is one whole reading, and every part of it was checked; a problem anywhere is an error
 * with all of them.
 */
import type { CertificateFiles, TlsConfig } from "../../config/types.ts";
import { certificateFilesOf, readAuthorities, readPem } from "../../pem_files.ts";
import { messageOf, problemsOf, UserError } from "../../user_error.ts";
import type { ClientAuthorities } from "./client_authorities.ts";
import type { ShownCertificate } from "./listener.ts";
import { ListenerKeyError } from "./listener_error.ts";
import { readServerCertificate, type ServerCertificate } from "./server_certificate.ts";
import { ServerNames } from "./server_names.ts";

/** One reading. */
export interface TlsMaterial {
  /** In the order of the configuration. */
  readonly certificates: readonly ServerCertificate[];
  readonly names: ServerNames<ServerCertificate>;
  /** Undefined: clients are not asked for certificates. */
  readonly authorities: ClientAuthorities | undefined;
  /** What an operator should know, a line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads everything.
 * @param now milliseconds since 1970
 * @throws ListenerKeyError with every problem: `KEY: FILE: WHAT`
 */
export async function readTlsMaterial(tls: TlsConfig, now: number): Promise<TlsMaterial> {
  const problems: string[] = [];
  const noted = async <Value>(reading: Promise<Value>) => {
    try {
      return await reading;
    } catch (cause) {
      problems.push(...problemsOf(cause));
      return undefined;
    }
  };
  const isAsking = tls.verifyClient !== "none";
  const texts = isAsking ? await noted(readAuthorityTexts(tls)) : [];
  const options = { minVersion: tls.minVersion, authorities: texts ?? [] };
  const read: ServerCertificate[] = [];
  for (const [index, files] of tls.certificates.entries()) {
    const one = await noted(readServerCertificate(files, keyOf(index), options));
    if (one !== undefined) read.push(one);
  }
  const authorities = isAsking && texts !== undefined
    ? await noted(authoritiesOf(texts, tls))
    : undefined;
  const [first, ...others] = read;
  if (problems.length > 0 || first === undefined) throw new ListenerKeyError(problems);
  const certificates = [first, ...others] as const;
  return {
    certificates,
    names: new ServerNames(certificates),
    authorities,
    warnings: [
      ...certificates.flatMap((one) => [...one.warnings, ...timeWarnings(one, now)]),
      ...(authorities?.remarks(now) ?? []),
    ],
  };
}

/** For people. */
export function shownCertificates({ certificates }: TlsMaterial): ShownCertificate[] {
  return certificates.map(
    ({ certfile: file, title, names, notAfter }) => ({ file, title, names, notAfter }),
  );
}

/** Every file that a reading reads, as things are now. */
export async function tlsFilesOf(tls: TlsConfig): Promise<readonly string[]> {
  const { certificates, cafile, capath, crlfile } = tls;
  const folder = capath === undefined ? [] : await certificateFilesOf(capath).catch(() => []);
  return [
    ...certificates.flatMap(({ certfile, keyfile }: CertificateFiles) => [certfile, keyfile]),
    ...[cafile, capath, crlfile].filter((one) => one !== undefined),
    ...folder,
  ];
}

/** Where the keys of a certificate stand. */
function keyOf(index: number): string {
  return index === 0 ? "" : `certificates[${index - 1}].`;
}

/** The key of a problem is the one that is given, or cafile of several. */
async function readAuthorityTexts(tls: TlsConfig): Promise<string[]> {
  const problems: string[] = [];
  const texts: string[] = [];
  for (const key of ["cadata", "cafile", "capath"] as const) {
    try {
      texts.push(...await readAuthorities({ [key]: tls[key] }));
    } catch (cause) {
      const prefix = key === "cadata" ? "" : `${key}: `;
      problems.push(...problemsOf(cause).map((one) => prefix + one));
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return texts;
}

async function authoritiesOf(
  texts: readonly string[],
  { cafile, capath, crlfile }: TlsConfig,
): Promise<ClientAuthorities> {
  const { ClientAuthorities } = await import("./client_authorities.ts");
  try {
    new ClientAuthorities({ authorities: texts, crls: [] });
  } catch (cause) {
    const given = cafile ?? capath;
    const key = given === undefined
      ? "cadata"
      : `${given === cafile ? "cafile" : "capath"}: ${given}`;
    throw new UserError(`${key}: cannot be used: ${messageOf(cause)}`, { cause });
  }
  const crls = crlfile === undefined ? [] : [
    await readPem(crlfile, "list").catch((cause) => {
      throw new UserError(problemsOf(cause).map((one) => `crlfile: ${one}`), { cause });
    }),
  ];
  try {
    return new ClientAuthorities({ authorities: texts, crls });
  } catch (cause) {
    throw new UserError(`crlfile: ${crlfile}: cannot be used: ${messageOf(cause)}`, { cause });
  }
}

function timeWarnings({ certfile, notBefore }: ServerCertificate, now: number): string[] {
  if (now >= notBefore) return [];
  return [
    `${certfile}: the certificate is valid from ${dayOf(notBefore)} on, not yet: clients refuse it`,
  ];
}

/** `2027-02-01`, in UTC. */
export function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
