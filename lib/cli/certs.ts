/**
 * `midge certs`: an authority, and certificates for servers and devices, with the flags of aMQTT's ca_creds,
 * server_creds and device_creds. Invariant: see lib/cli/certs/files.ts for what is written and how.
 */
import { meantHint } from "../config/keys.ts";
import { readAuthority, writeIssued } from "./certs/files.ts";
import { issueAuthority, type Issued, issueLeaf } from "./certs/issue.ts";
import { deviceNames, serverNames, type Subject } from "./certs/names.ts";
import { AUTHORITY_DAYS, CERTS_OPTIONS, LEAF_DAYS } from "./certs/options.ts";
import type { GivenOptions } from "./given_options.ts";
import { describeOptions } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { printLine } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

const MAX_DAYS = 36_500;

/** Printed by `midge certs --help`. */
export const HELP = `Usage: midge certs ca --cn NAME [FLAGS]
       midge certs server --cn HOST [FLAGS]
       midge certs device --device-id ID --uri DOMAIN [FLAGS]

Makes X.509 certificates for TLS. ca writes ca.key and ca.crt (RSA 4096, 10 years); server writes server.key
and server.crt for HOST and 127.0.0.1; device writes ID.key and ID.crt for spiffe://DOMAIN/device/ID and
ID.local (both RSA 2048, 1 year), signed by the authority. Keys are readable by their owner only.

${describeOptions(CERTS_OPTIONS)}

Exit code 0: written; 1: a file could not be read or written; 2: the command line was not understood.`;

type Given = GivenOptions<typeof CERTS_OPTIONS>;

/** Makes what was asked for. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, CERTS_OPTIONS, ["ca, server or device"]);
  const [kind = ""] = given.operands;
  const [name, made] = await make(kind, given);
  for (const path of await writeIssued(given.last("output-dir"), name, made, given.has("force"))) {
    printLine(`wrote ${path}`);
  }
  return 0;
}

function make(kind: string, given: Given): Promise<[name: string, made: Issued]> {
  switch (kind) {
    case "ca":
      return makeAuthority(given);
    case "server":
      return makeServer(given);
    case "device":
      return makeDevice(given);
    default:
      throw new UsageError(
        `got ${JSON.stringify(kind)}, expected ca, server or device` +
          meantHint(kind, ["ca", "server", "device"]),
      );
  }
}

async function makeAuthority(given: Given): Promise<[string, Issued]> {
  const subject = subjectOf(given, given.needed("cn"));
  return ["ca", await issueAuthority(subject, daysOf(given, AUTHORITY_DAYS))];
}

async function makeServer(given: Given): Promise<[string, Issued]> {
  const commonName = given.needed("cn");
  const request = {
    subject: subjectOf(given, commonName),
    use: "server",
    names: serverNames(commonName),
    days: daysOf(given, LEAF_DAYS),
  } as const;
  return ["server", await issueLeaf(request, await authorityOf(given))];
}

async function makeDevice(given: Given): Promise<[string, Issued]> {
  const id = given.needed("device-id");
  const domain = given.needed("uri");
  if (!/^[\w.-]+$/.test(id) || id.startsWith(".")) {
    throw given.wrong("device-id", "letters, digits, dots, dashes, underscores");
  }
  const request = {
    subject: subjectOf(given, id),
    use: "device",
    names: deviceNames(domain, id),
    days: daysOf(given, LEAF_DAYS),
  } as const;
  return [id, await issueLeaf(request, await authorityOf(given))];
}

function authorityOf(given: Given): Promise<Issued> {
  return readAuthority(given.last("ca-crt"), given.last("ca-key"));
}

function subjectOf(given: Given, commonName: string): Subject {
  const country = given.last("country");
  if (country !== undefined && !/^[A-Za-z]{2}$/.test(country)) {
    throw given.wrong("country", "two letters");
  }
  return {
    country: country?.toUpperCase(),
    state: given.last("state"),
    locality: given.last("locality"),
    orgName: given.last("org-name"),
    commonName,
  };
}

function daysOf(given: Given, otherwise: number): number {
  return given.integer("days", 1, MAX_DAYS) ?? otherwise;
}
