/**
 * The command line of `deno task conformance`. Used by run.ts. Invariant: what is wrong with it is one
 * line that says what was expected.
 */
import { parseArgs } from "@std/cli/parse-args";
import type { BrokerAddress } from "../support/raw_client.ts";
import type { Target } from "./stage.ts";
import type { Version } from "./words.ts";

/** Printed by --help. */
export const USAGE = `deno task conformance [options]

  --broker HOST:PORT            the broker to test; Midge is started where it is absent
  --websocket HOST:PORT[/PATH]  its WebSocket listener
  --login USER:PASSWORD         a user it lets in, and refuses with another password
  --scram USER:PASSWORD         a user it lets in by SCRAM-SHA-256 (version 5)
  --denied-topic TOPIC          a topic on which nobody may publish
  --only TEXT                   only sequences whose name or statements contain TEXT
  --version 4|5                 4 for MQTT 3.1.1, which is the default, 5 for MQTT 5.0
  --limited HOST:PORT           the same broker with a maximum QoS below 2 and without retained messages (version 5)
  --verbose                     also one line a sequence
  --record "NAME VERSION"       store the outcomes and write the document in docs/`;

/** The options as they were given. */
export interface Flags {
  broker?: string;
  websocket?: string;
  login?: string;
  "denied-topic"?: string;
  only?: string;
  record?: string;
  version?: string;
  limited?: string;
  scram?: string;
  verbose: boolean;
  help: boolean;
}

const KNOWN = [
  "broker",
  "websocket",
  "login",
  "denied-topic",
  "only",
  "record",
  "version",
  "limited",
];

/** Reads the options; throws a line that says what is wrong with them. */
export function readFlags(args: string[]): Flags {
  let unknown: string | undefined;
  const flags = parseArgs(args, {
    string: KNOWN,
    boolean: ["verbose", "help"],
    unknown: (name: string) => {
      unknown ??= name;
      return false;
    },
  }) as unknown as Flags;
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; see --help`);
  return flags;
}

/** `HOST:PORT[/PATH]`; throws a line that says what was expected. */
function readAddress(text: string, flag: string): BrokerAddress & { path: string } {
  const match = /^(?:\[([^\]]+)\]|([^:/]+)):(\d{1,5})(\/.*)?$/.exec(text);
  if (!match) throw new Error(`--${flag} ${text}: expected HOST:PORT`);
  return { hostname: (match[1] ?? match[2])!, port: Number(match[3]), path: match[4] ?? "/mqtt" };
}

/** `USER:PASSWORD`; throws a line that says what was expected. */
function readUser(text: string, flag: string): { username: string; password: string } {
  const at = text.indexOf(":");
  if (at < 1) throw new Error(`--${flag}: expected USER:PASSWORD`);
  return { username: text.slice(0, at), password: text.slice(at + 1) };
}

/** The version that the options name. */
export function readVersion({ version = "4" }: Flags): Version {
  if (version !== "4" && version !== "5") throw new Error(`--version ${version}: expected 4 or 5`);
  return version === "4" ? 4 : 5;
}

/** The broker that the options name. */
export function readTarget(flags: Flags): Target {
  const { hostname, port } = readAddress(flags.broker!, "broker");
  return {
    address: { hostname, port },
    shared: true,
    ...(flags.websocket === undefined
      ? {}
      : { websocket: readAddress(flags.websocket, "websocket") }),
    ...(flags.login === undefined ? {} : { login: readUser(flags.login, "login") }),
    ...(flags.scram === undefined ? {} : { scram: readUser(flags.scram, "scram") }),
    ...(flags.limited === undefined ? {} : { limited: readAddress(flags.limited, "limited") }),
    ...(flags["denied-topic"] === undefined ? {} : { deniedTopic: flags["denied-topic"] }),
  };
}
