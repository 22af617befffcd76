/**
 * The list of certificates that an authority has revoked. Invariants: what was revoked stays so; a certificate of
 * another authority is refused, for a list would say nothing about it; the file is replaced in one step.
 */
import { hasModes } from "../../platform.ts";
import type * as X509 from "@peculiar/x509";
import { encodeBase64 } from "../../encoding.ts";
import { dirname } from "../../config/paths.ts";
import { lockedFor } from "../../locked_folder.ts";
import { replaceFile } from "../../replaced_file.ts";
import { readText, whyUnreadable, whyUnwritable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { type Issued, readCertificate, x509 } from "./issue.ts";
import { readKey } from "./keys.ts";

const DAY_MS = 86_400_000;
/** Clocks of brokers are often a little slow. */
const BACKDATE_MS = 3_600_000;

/**
 * Adds certificates to a list, which is made if it is not there.
 * @param listFile PEM
 * @param files certificates, PEM
 * @param days how long the list counts
 * @throws UserError
 */
export async function revoked(
  authority: Issued,
  listFile: string,
  files: readonly string[],
  days: number,
): Promise<{ readonly count: number }> {
  const lib = await x509();
  const issuer = readCertificate(lib, authority.certificate);
  using _lock = await lockedFor(listFile, dirname(listFile)); // the second of two adds to what the first has written
  const known = await entriesOf(lib, issuer, listFile);
  const isNew = known === undefined;
  const entries = new Map(known);
  for (const file of files) {
    const serialNumber = await serialOf(lib, issuer, file);
    if (!entries.has(serialNumber)) entries.set(serialNumber, new Date());
  }
  const now = Date.now();
  const signingKey = await readKey(issuer, authority.key);
  const list = await lib.X509CrlGenerator.create({
    issuer: issuer.subject,
    thisUpdate: new Date(now - BACKDATE_MS),
    nextUpdate: new Date(now + days * DAY_MS),
    entries: [...entries].map(([serialNumber, revocationDate]) => ({
      serialNumber,
      revocationDate,
    })),
    signingAlgorithm: { ...signingKey.algorithm, hash: "SHA-256" },
    signingKey,
    extensions: [await lib.AuthorityKeyIdentifierExtension.create(issuer.publicKey)],
  });
  try {
    await replaceFile(listFile, pemOf(list));
    // It is no secret, and the broker is often another user.
    if (isNew && hasModes(Deno.build.os)) await Deno.chmod(listFile, 0o644);
  } catch (cause) {
    throw new UserError(`${listFile}: ${whyUnwritable(cause)}`, { cause });
  }
  return { count: entries.size };
}

/** By the name that openssl gives it. */
function pemOf(list: X509.X509Crl): string {
  const lines = encodeBase64(new Uint8Array(list.rawData)).match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN X509 CRL-----\n${lines}\n-----END X509 CRL-----\n`;
}

/** What is on the list already; undefined: there is none yet. */
async function entriesOf(
  lib: typeof X509,
  issuer: X509.X509Certificate,
  listFile: string,
): Promise<[serialNumber: string, date: Date][] | undefined> {
  let text;
  try {
    text = await Deno.readTextFile(listFile);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new UserError(`${listFile}: ${whyUnreadable(cause)}`, { cause });
  }
  let list;
  try {
    list = new lib.X509Crl(text);
  } catch (cause) {
    throw new UserError(`${listFile}: expected a revocation list in PEM`, { cause });
  }
  if (!await list.verify({ publicKey: issuer.publicKey })) {
    throw new UserError(
      `${listFile}: is the list of another authority; expected one of ${issuer.subject}`,
    );
  }
  return list.entries.map(({ serialNumber, revocationDate }) => [serialNumber, revocationDate]);
}

async function serialOf(
  lib: typeof X509,
  issuer: X509.X509Certificate,
  file: string,
): Promise<string> {
  let certificate;
  try {
    certificate = new lib.X509Certificate(await readText(file));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${file}: expected a certificate in PEM`, { cause });
  }
  const isOurs = await certificate.verify({ publicKey: issuer, signatureOnly: true });
  if (isOurs) return certificate.serialNumber;
  throw new UserError(`${file}: was not signed by ${issuer.subject}, which cannot revoke it`);
}
