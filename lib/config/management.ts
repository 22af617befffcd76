/**
 * `management`: where `midge ctl` reaches the broker. Called by normalize.ts. Invariants: off is undefined; a TCP
 * address is one of this machine alone; a token is never shown in an error line.
 */
import * as v from "valibot";
import { BIND_FORMS, DEFAULT_HOSTNAME, readBind } from "./bind.ts";
import { field, readSection } from "./fields.ts";
import { resolve } from "./paths.ts";
import { type Problems, show } from "./problems.ts";
import type { ManagementConfig } from "./types.ts";
import { readSwitch } from "./units.ts";

/** Where the socket is when nobody says otherwise, relative to the configuration. */
export const DEFAULT_SOCKET = "data/midge.sock";
/** Where a broker that makes its own token leaves it, with its address. */
const ENDPOINT_FILE = "data/management.json";
const SHORTEST_TOKEN = 16;

const text = field(
  (value) => typeof value === "string" && value !== "" ? value : undefined,
  "a path such as data/midge.sock",
);

const MANAGEMENT = v.object({
  path: v.nullish(text),
  bind: v.optional(v.unknown()),
  token: v.optional(v.unknown()),
});

type Given = v.InferOutput<typeof MANAGEMENT>;

/** What `management` needs to know of the configuration it stands in. */
interface Place {
  readonly directory: string;
  /** Is it on when the key is absent? So it is in a file, and is not in an object. */
  readonly isDefaultOn: boolean;
}

/** Reads the section; undefined: off. */
export function readManagement(
  raw: unknown,
  place: Place,
  problems: Problems,
): ManagementConfig | undefined {
  if (raw === null || readSwitch(raw) === false) return undefined;
  if (raw === undefined && !place.isDefaultOn) return undefined;
  const given = readSection(MANAGEMENT, raw, ["management"], problems);
  const isTcp = given.bind !== undefined && given.bind !== null;
  if (isTcp) return readTcp(given, place, problems);
  if (given.token !== undefined && given.token !== null) {
    problems.add(["management", "token"], "a token goes with bind; a socket file needs none");
  }
  return { kind: "unix", path: resolve(place.directory, given.path ?? DEFAULT_SOCKET) };
}

function readTcp(given: Given, { directory }: Place, problems: Problems): ManagementConfig {
  if (given.path) {
    problems.add(["management"], "path and bind are both given; expected only one of them");
  }
  const token = readToken(given.token, problems);
  const { hostname, port } = readAddress(given.bind, problems);
  if (port === 0 && token !== undefined) {
    problems.add(["management", "bind"], "got port 0, expected a port: a token is given");
  }
  const endpointFile = token === undefined ? resolve(directory, ENDPOINT_FILE) : undefined;
  return { kind: "tcp", hostname, port, token, endpointFile };
}

function readToken(value: unknown, problems: Problems): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.length >= SHORTEST_TOKEN) return value;
  problems.add(["management", "token"], `expected a text of ${SHORTEST_TOKEN} characters or more`);
  return undefined;
}

/** A bare port is one of 127.0.0.1. */
function readAddress(bind: unknown, problems: Problems): { hostname: string; port: number } {
  const address = readBind(bind);
  const path = ["management", "bind"];
  const none = { hostname: "127.0.0.1", port: 0 };
  if (typeof address === "string") {
    problems.add(path, `got ${show(bind)}, ${address}`);
    return none;
  }
  const written = String(bind).trim();
  if (!/(^|:)\d+$/.test(written)) {
    problems.add(path, `got ${show(bind)}, which has no port; expected ${BIND_FORMS}`);
  }
  const hostname = address.hostname === DEFAULT_HOSTNAME && !written.startsWith(DEFAULT_HOSTNAME)
    ? "127.0.0.1"
    : address.hostname;
  if (!/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(hostname)) {
    problems.add(path, `got ${show(bind)}, expected an address of this machine alone: 127.0.0.1`);
  }
  return { hostname, port: address.port };
}
