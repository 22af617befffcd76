/**
 * Whom a client's certificate names. Pure. Invariant: a name that is empty, that has control characters or that stands
 * there twice where one is meant is no name; doubt about one name of a kind is doubt about all of that kind.
 */
import type { Certificate } from "../../x509/certificate.ts";
import { isName } from "../../name_text.ts";
import type { PeerCertificate } from "../stream.ts";

/** The names of a certificate; an empty `commonName` means that there is none, or more than one. */
export function peerCertificate({ subject, extensions }: Certificate): PeerCertificate {
  const { emails, dnsNames, uris } = extensions.alternativeNames;
  const [commonName, ...others] = subject.commonNames;
  const isOne = commonName !== undefined && others.length === 0 && isName(commonName);
  return {
    commonName: isOne ? commonName : "",
    subject: subject.text,
    emails: namesOf(emails),
    dnsNames: namesOf(dnsNames),
    uris: namesOf(uris),
  };
}

const NAME = /^[\x21-\x7e]+$/;

/** Names of IA5String: blanks do not belong into any of them. */
function namesOf(names: readonly (string | undefined)[]): readonly string[] | undefined {
  const good = names.filter((name) => name !== undefined).filter((name) => NAME.test(name));
  return good.length > 0 && good.length === names.length ? good : undefined;
}
