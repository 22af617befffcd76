/**
 * `midge certs`: an authority, and certificates for servers and devices, with the flags of aMQTT's ca_creds,
 * server_creds and device_creds; and lists of what is revoked. Invariant: see lib/cli/certs/files.ts for what is written and how.
 */
import { meantHint } from "../config/keys.ts";
import { join } from "../config/paths.ts";
import { readAuthority, writeIssued } from "./certs/files.ts";
import { issueAuthority, type Issued, issueLeaf } from "./certs/issue.ts";
import {
  deviceNames,
  isServerName,
  SERVER_NAME_FORMS,
  serverNames,
  type Subject,
} from "./certs/names.ts";
import { AUTHORITY_DAYS, CERTS_OPTIONS, LEAF_DAYS } from "./certs/options.ts";
import { revoked } from "./certs/revoke.ts";
import type { GivenOptions } from "./given_options.ts";
import { describeOptions } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { printLine } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

const MAX_DAYS = 36_500;

const KINDS = ["ca", "server", "device", "revoke"];
const WHAT = "ca, server, device or revoke";

/** Printed by `midge certs --help`. */
export const HELP = `Usage: midge certs ca --cn NAME [FLAGS]
       midge certs server --cn HOST [--san NAME]... [FLAGS]
       midge certs device --device-id ID --uri DOMAIN [FLAGS]
       midge certs revoke [FILE.crt]... [FLAGS]

Makes X.509 certificates for TLS. ca writes ca.key and ca.crt (RSA 4096, 10 years); server writes server.key
and server.crt for HOST, every NAME and 127.0.0.1; device writes ID.key and ID.crt for spiffe://DOMAIN/device/ID
and ID.local (both RSA 2048, 1 year), signed by the authority. Keys are readable by their owner only. revoke
adds certificates to the list of what the authority has revoked; without any it renews the list, which keeps
every client out when it has run out. In this order: ca, server, device; each says what comes next.

${describeOptions(CERTS_OPTIONS)}

Examples:
  midge certs ca --cn Home
  midge certs server --cn broker.lan --san 192.168.1.10
  midge certs device --device-id sensor-1 --uri home.lan
  midge certs revoke sensor-1.crt

Exit code 0: written; 1: a file could not be read or written; 2: the command line was not understood.`;

/** What it takes. */
export const SHAPE: CommandShape = {
  commands: {
    ca: { summary: "an authority: ca.key and ca.crt", options: CERTS_OPTIONS },
    server: { summary: "a certificate for a broker", options: CERTS_OPTIONS },
    device: { summary: "a certificate for a client", options: CERTS_OPTIONS },
    revoke: {
      summary: "the list of what the authority has revoked",
      operands: ["[FILE]..."],
      options: CERTS_OPTIONS,
    },
  },
};

type Given = GivenOptions<typeof CERTS_OPTIONS>;

/** Makes what was asked for. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, CERTS_OPTIONS, [WHAT, "[FILE]..."]);
  const [kind = "", ...files] = given.operands;
  if (kind === "revoke") return await revoke(given, files);
  if (files.length > 0) {
    throw new UsageError(`unexpected argument ${JSON.stringify(files[0])}`);
  }
  const [name, made, next] = await make(kind, given);
  for (const path of await writeIssued(given.last("output-dir"), name, made, given.has("force"))) {
    printLine(`wrote ${path}`);
  }
  printLine(`next: ${next}`);
  return 0;
}

async function revoke(given: Given, files: readonly string[]): Promise<number> {
  const file = given.last("crl");
  const days = daysOf(given, AUTHORITY_DAYS);
  const list = await revoked(await authorityOf(given), file, files, days);
  printLine(`wrote ${file}: ${list.count} revoked; it runs out in ${days} days`);
  printLine(`next: crlfile: ${file} at the listener; a broker that has it follows the file`);
  return 0;
}

/** What was made, under which name, and what its maker is to do next. */
type Made = [name: string, made: Issued, next: string];

function make(kind: string, given: Given): Promise<Made> {
  switch (kind) {
    case "ca":
      return makeAuthority(given);
    case "server":
      return makeServer(given);
    case "device":
      return makeDevice(given);
    default:
      throw new UsageError(
        `got ${JSON.stringify(kind)}, expected ${WHAT}${meantHint(kind, KINDS)}`,
      );
  }
}

async function makeAuthority(given: Given): Promise<Made> {
  const subject = subjectOf(given, given.needed("cn"));
  const next = "midge certs server --cn HOST, the name or address that clients connect to";
  return ["ca", await issueAuthority(subject, daysOf(given, AUTHORITY_DAYS)), next];
}

async function makeServer(given: Given): Promise<Made> {
  const commonName = given.needed("cn");
  for (
    const [option, name] of [
      ["cn", commonName],
      ...given.all("san").map((san) => ["san", san]),
    ] as const
  ) {
    if (isServerName(name)) continue;
    throw new UsageError(`--${option} got ${JSON.stringify(name)}, expected ${SERVER_NAME_FORMS}`);
  }
  const request = {
    subject: subjectOf(given, commonName),
    use: "server",
    names: serverNames([commonName, ...given.all("san")]),
    days: daysOf(given, LEAF_DAYS),
  } as const;
  const listener = `{bind: "0.0.0.0:8883", ssl: true, certfile: ${written(given, "server.crt")}, ` +
    `keyfile: ${written(given, "server.key")}}`;
  const next = `a listener in config.yaml: ${listener}; clients trust ${given.last("ca-crt")}`;
  return ["server", await issueLeaf(request, await authorityOf(given)), next];
}

async function makeDevice(given: Given): Promise<Made> {
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
  const authority = given.last("ca-crt");
  const device = `${written(given, `${id}.key`)}, ${written(given, `${id}.crt`)}`;
  const next =
    `cafile: ${authority} at the listener, plugins: {auth_cert: {uri_domain: ${domain}}}; ` +
    `the device gets ${device} and ${authority}`;
  return [id, await issueLeaf(request, await authorityOf(given)), next];
}

function written(given: Given, name: string): string {
  return join(given.last("output-dir"), name);
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
