/** Whom certificates name: subjects and alternative names, as aMQTT's commands make them. Pure. */
import type { JsonName } from "@peculiar/x509";

/** Who a certificate is for; what is absent is left out. */
export interface Subject {
  /** Two letters. */
  readonly country?: string | undefined;
  readonly state?: string | undefined;
  readonly locality?: string | undefined;
  readonly orgName?: string | undefined;
  readonly commonName: string;
}

/** A name that a certificate is valid for. */
export interface AlternativeName {
  readonly type: "dns" | "ip" | "url";
  readonly value: string;
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

/** The subject as the library takes it. */
export function nameOf(subject: Subject): JsonName {
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
