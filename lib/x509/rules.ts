/**
 * What one certificate must be: of a client, of an authority. Pure. Invariant: a problem is one sentence that names the
 * certificate; what is not said to be allowed is not.
 */
import type { Certificate } from "./certificate.ts";

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const ANY_PURPOSE = "2.5.29.37.0";

/** Why a client's certificate is not taken; undefined: nothing in it speaks against it. */
export function clientProblem(one: Certificate, now: number): string | undefined {
  const { keyUsage } = one.extensions;
  const what = `the certificate ${one}`;
  const formal = formalProblem(one) ?? purposeProblem(one);
  if (formal !== undefined) return `${what} ${formal}`;
  const { problem } = one.signed.algorithm;
  if (problem !== undefined) return `${what} is ${problem}`;
  if (keyUsage?.digitalSignature === false) {
    return `${what} may not sign, as a client has to (keyUsage has no digitalSignature)`;
  }
  const time = timeProblem(one, now);
  return time && `${what} ${time}`;
}

/**
 * Why an authority is not taken.
 * @param below how many authorities stand between it and the client, those that renew themselves left out
 */
export function authorityProblem(
  one: Certificate,
  below: number,
  now: number,
): string | undefined {
  const problem = rankProblem(one) ?? formalProblem(one) ?? purposeProblem(one) ??
    lengthProblem(one, below) ?? timeProblem(one, now);
  return problem && `the authority ${one} ${problem}`;
}

/** Why it is no authority at all; undefined: it is one. Words that follow its name. */
export function rankProblem({ version, extensions, key }: Certificate): string | undefined {
  if (version !== 3) return `is of X.509 version ${version}, expected 3`;
  if (!extensions.isAuthority) return "may not sign certificates (basicConstraints has no CA:TRUE)";
  if (extensions.keyUsage?.keyCertSign === false) {
    return "may not sign certificates (keyUsage has no keyCertSign)";
  }
  if (!key.isUsable) {
    return "has a key that cannot be used: expected RSA of 2048 to 8192 bits, P-256, P-384 or Ed25519";
  }
  return undefined;
}

/** When it is not valid; undefined: it is. */
export function timeProblem(
  { notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">,
  now: number,
): string | undefined {
  if (now < notBefore) return `is not valid before ${new Date(notBefore).toISOString()}`;
  return now > notAfter ? `has expired on ${dayOf(notAfter)}` : undefined;
}

/** `2026-01-02`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function formalProblem({ version, extensions }: Certificate): string | undefined {
  if (version !== 3) return `is of X.509 version ${version}, expected 3`;
  return extensions.obstacle && `has ${extensions.obstacle}`;
}

/** What an authority is for binds those below it too. */
function purposeProblem({ extensions: { purposes } }: Certificate): string | undefined {
  if (purposes === undefined || purposes.includes(CLIENT_AUTH)) return undefined;
  if (purposes.includes(ANY_PURPOSE)) return undefined;
  return purposes.includes(SERVER_AUTH)
    ? "is for servers only (extendedKeyUsage has no clientAuth)"
    : "is not for clients (extendedKeyUsage has no clientAuth)";
}

function lengthProblem(
  { extensions: { pathLength } }: Certificate,
  below: number,
): string | undefined {
  if (below <= pathLength) return undefined;
  return `allows ${pathLength} authorities below it, and there are ${below} (pathLen)`;
}
