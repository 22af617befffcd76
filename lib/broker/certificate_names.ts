/**
 * Names that a listener takes from certificates. Invariants: what is taken stands in a certificate that was checked; a
 * certificate that does not have it lets no one in under another name; a client without a certificate keeps its own
 * names, which are claims.
 */
import type { CertificateField, CertificateNames } from "../config/types.ts";
import type { PeerCertificate } from "../net/stream.ts";
import { isName } from "../name_text.ts";
import { byteLength } from "../wire/utf8.ts";
import type { ClientInfo } from "./client_info.ts";

const WORDS: Readonly<Record<CertificateField, string>> = {
  cn: "single common name",
  dn: "subject",
  san_email: "e-mail address in its subjectAltName",
  san_dns: "DNS name in its subjectAltName",
  san_uri: "URI in its subjectAltName",
};

/**
 * Gives a client its certificate's names.
 * @param maxLength of a name, in bytes
 * @returns why it cannot come in; undefined: it has its names
 */
export function takeCertificateNames(
  info: ClientInfo,
  { username, clientId }: CertificateNames,
  maxLength: number,
): string | undefined {
  const { certificate } = info;
  if (certificate === undefined) return undefined;
  const problem = (field: CertificateField, key: string) =>
    problemOf(certificate, field, maxLength, key);
  if (username !== undefined) {
    const refusal = problem(username, "cert_as_username");
    if (refusal !== undefined) return refusal;
    info.username = nameOf(certificate, username);
    info.isNamedByCertificate = true;
  }
  if (clientId !== undefined) {
    const refusal = problem(clientId, "cert_as_clientid");
    if (refusal !== undefined) return refusal;
    info.clientId = nameOf(certificate, clientId)!;
  }
  return undefined;
}

function problemOf(
  certificate: PeerCertificate,
  field: CertificateField,
  maxLength: number,
  key: string,
): string | undefined {
  const name = nameOf(certificate, field);
  if (name === undefined) return `its certificate has no ${WORDS[field]} (${key}: ${field})`;
  const bytes = byteLength(name);
  if (bytes <= maxLength) return undefined;
  return `the ${WORDS[field]} of its certificate has ${bytes} bytes, max_client_id_length is ` +
    `${maxLength} (${key}: ${field})`;
}

/** Of several names of a kind the first one; undefined: it has none. What a proxy tells is looked at here first. */
function nameOf(certificate: PeerCertificate, field: CertificateField): string | undefined {
  const name = textOf(certificate, field);
  return name !== undefined && isName(name) ? name : undefined;
}

function textOf(certificate: PeerCertificate, field: CertificateField): string | undefined {
  switch (field) {
    case "cn":
      return certificate.commonName;
    case "dn":
      return certificate.subject;
    case "san_email":
      return certificate.emails?.[0];
    case "san_dns":
      return certificate.dnsNames?.[0];
    case "san_uri":
      return certificate.uris?.[0];
  }
}
