/** Whom certificates name: subjects and alternative names, as aMQTT's commands make them. Pure. */
import { parseAddress } from "../../cidr.ts";
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

/** What {@link isServerName} takes, for people. */
export const SERVER_NAME_FORMS =
  "a host name, a wildcard such as *.example.org, or an address without port";

/** Can clients find a server under this name? */
export function isServerName(name: string): boolean {
  return isAddress(name) || HOST.test(name);
}

const HOST = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/;

/** The names of a server, each once, addresses as addresses; and the loopback address. */
export function serverNames(names: readonly string[]): AlternativeName[] {
  return [...new Set([...names, "127.0.0.1"])]
    .map((value) => ({ type: isAddress(value) ? "ip" : "dns", value }));
}

/** The names of a device: its SPIFFE id, which certificate authentication reads, and a local host name. */
export function deviceNames(domain: string, deviceId: string): AlternativeName[] {
  return [
    { type: "url", value: `spiffe://${domain}/device/${deviceId}` },
    { type: "dns", value: `${deviceId}.local` },
  ];
}

function isAddress(name: string): boolean {
  return parseAddress(name) !== undefined && !name.includes("%");
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
