/**
 * `midge certs`: an authority, and certificates for servers and devices, with the flags of aMQTT's ca_creds,
 * server_creds and device_creds. Invariant: see lib/cli/certs/files.ts for what is written and how.
 */
import { readAuthority, writeIssued } from "./certs/files.ts";
import {
  deviceNames,
  issueAuthority,
  type Issued,
  issueLeaf,
  serverNames,
  type Subject,
} from "./certs/issue.ts";
import { readFlags, UsageError } from "./flags.ts";
import { printLine } from "./terminal.ts";

/** Printed by `midge certs --help`. */
export const HELP = `Usage: midge certs ca --cn NAME [FLAGS]
       midge certs server --cn HOST [FLAGS]
       midge certs device --device-id ID --uri DOMAIN [FLAGS]

Makes X.509 certificates for TLS. ca writes ca.key and ca.crt (RSA 4096, 10 years); server writes server.key
and server.crt for HOST and 127.0.0.1; device writes ID.key and ID.crt for spiffe://DOMAIN/device/ID and
ID.local (both RSA 2048, 1 year), signed by the authority. Keys are readable by their owner only.

  --cn NAME            the common name; of a server its host name or address
  --device-id ID       the device's id: the client id that certificate authentication compares
  --uri DOMAIN         the domain in the device's SPIFFE id
  --country CC, --state NAME, --locality NAME, --org-name NAME
                       more about the subject
  --output-dir FOLDER  where to write; default: here
  --ca-crt FILE, --ca-key FILE
                       the authority that signs; default: ca.crt and ca.key here
  --days N             how long it is valid
  --force              replace files that are there

Exit code 0: written; 1: a file could not be read or written; 2: the command line was not understood.`;

const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 365;
const MAX_DAYS = 36_500;

const TEXTS = {
  cn: "",
  "device-id": "",
  uri: "",
  country: "",
  state: "",
  locality: "",
  "org-name": "",
  "output-dir": "",
  "ca-crt": "",
  "ca-key": "",
  days: "",
} as const;

type Texts = Partial<Record<keyof typeof TEXTS, string>>;

/** Makes what was asked for. */
export async function run(args: readonly string[]): Promise<number> {
  const { switches, texts, operands } = readFlags(args, {
    switches: { force: "" },
    texts: TEXTS,
    operands: ["ca, server or device"],
  });
  const [kind = ""] = operands;
  const [name, made] = await make(kind, texts);
  const folder = texts["output-dir"] ?? ".";
  for (const path of await writeIssued(folder, name, made, switches.force)) {
    printLine(`wrote ${path}`);
  }
  return 0;
}

function make(kind: string, texts: Texts): Promise<[name: string, made: Issued]> {
  switch (kind) {
    case "ca":
      return makeAuthority(texts);
    case "server":
      return makeServer(texts);
    case "device":
      return makeDevice(texts);
    default:
      throw new UsageError(`got ${JSON.stringify(kind)}, expected ca, server or device`);
  }
}

async function makeAuthority(texts: Texts): Promise<[string, Issued]> {
  const subject = subjectOf(texts, needed(texts, "cn"));
  return ["ca", await issueAuthority(subject, daysOf(texts, AUTHORITY_DAYS))];
}

async function makeServer(texts: Texts): Promise<[string, Issued]> {
  const commonName = needed(texts, "cn");
  const request = {
    subject: subjectOf(texts, commonName),
    use: "server",
    names: serverNames(commonName),
    days: daysOf(texts, LEAF_DAYS),
  } as const;
  return ["server", await issueLeaf(request, await authorityOf(texts))];
}

async function makeDevice(texts: Texts): Promise<[string, Issued]> {
  const id = needed(texts, "device-id");
  const domain = needed(texts, "uri");
  if (!/^[\w.-]+$/.test(id) || id.startsWith(".")) {
    throw new UsageError(
      `--device-id got ${JSON.stringify(id)}, expected letters, digits, dots, dashes, underscores`,
    );
  }
  const request = {
    subject: subjectOf(texts, id),
    use: "device",
    names: deviceNames(domain, id),
    days: daysOf(texts, LEAF_DAYS),
  } as const;
  return [id, await issueLeaf(request, await authorityOf(texts))];
}

function authorityOf(texts: Texts): Promise<Issued> {
  return readAuthority(texts["ca-crt"] ?? "ca.crt", texts["ca-key"] ?? "ca.key");
}

function subjectOf(texts: Texts, commonName: string): Subject {
  const { country, state, locality } = texts;
  if (country !== undefined && !/^[A-Za-z]{2}$/.test(country)) {
    throw new UsageError(`--country got ${JSON.stringify(country)}, expected two letters`);
  }
  return {
    country: country?.toUpperCase(),
    state,
    locality,
    orgName: texts["org-name"],
    commonName,
  };
}

function daysOf({ days }: Texts, otherwise: number): number {
  if (days === undefined) return otherwise;
  const count = /^\d+$/.test(days) ? Number(days) : 0;
  if (count >= 1 && count <= MAX_DAYS) return count;
  throw new UsageError(`--days got ${JSON.stringify(days)}, expected 1 to ${MAX_DAYS}`);
}

function needed(texts: Texts, name: keyof Texts): string {
  const value = texts[name];
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}
