/**
 * `management`: where `midge ctl` reaches the broker. Invariants: off is undefined; a TCP address is one of this
 * machine alone.
 */
import type { BindAddress } from "./bind.ts";
import { MANAGEMENT_KEYS } from "./broker_keys.ts";
import { hasSocketFiles, type System } from "../platform.ts";
import { join, resolve } from "./paths.ts";
import type { Problems } from "./problems.ts";
import { readSection, type Values } from "./table.ts";
import type { ManagementConfig } from "./types.ts";
import { readSwitch } from "./units.ts";

/** The socket file in the broker's folder. */
export const DEFAULT_SOCKET = "midge.sock";
/** Where a broker that makes its own token leaves it, with its address. */
const ENDPOINT_FILE = "management.json";
const ANY_PORT: BindAddress = { hostname: "127.0.0.1", port: 0 };

type Given = Values<typeof MANAGEMENT_KEYS>;

/** What `management` needs to know of the configuration it stands in. */
interface Place {
  readonly directory: string;
  readonly dataDir: string;
  /** Where the socket file is by default. */
  readonly socketFolder: string;
  /** Is it on when the key is absent? So it is in a file, and is not in an object. */
  readonly isDefaultOn: boolean;
  /** Absent: the one that this runs on. */
  readonly system?: System;
}

/** Reads the section; undefined: off. */
export function readManagement(
  raw: unknown,
  place: Place,
  problems: Problems,
): ManagementConfig | undefined {
  if (raw === null || readSwitch(raw) === false) return undefined;
  if (raw === undefined && !place.isDefaultOn) return undefined;
  const found = problems.errors.length;
  const given = readSection(MANAGEMENT_KEYS, raw, ["management"], problems);
  if (problems.errors.length > found) return undefined;
  checkTogether(given, problems);
  const { bind = withoutSocketFiles(given, place, problems) } = given;
  return bind === undefined ? unixOf(given.path, place) : tcpOf(bind, given.token, place);
}

/** Where there are no socket files a port with a token stands in for one, whatever its path. */
function withoutSocketFiles(
  { path }: Given,
  { system = Deno.build.os }: Place,
  problems: Problems,
): BindAddress | undefined {
  if (hasSocketFiles(system)) return undefined;
  if (path !== undefined) {
    problems.warn(
      ["management", "path"],
      "there are no socket files on Windows; a port of 127.0.0.1 stands in, with a token in management.json in data_dir",
    );
  }
  return ANY_PORT;
}

function checkTogether({ path, bind, token }: Given, problems: Problems): void {
  if (bind === undefined && token !== undefined) {
    problems.add(["management", "token"], "a token goes with bind; a socket file needs none");
  }
  if (bind !== undefined && path !== undefined) {
    problems.add(["management"], "path and bind are both given; expected only one of them");
  }
  if (bind?.port === 0 && token !== undefined) {
    problems.add(["management", "bind"], "got port 0, expected a port: a token is given");
  }
}

function unixOf(path: string | undefined, { directory, socketFolder }: Place): ManagementConfig {
  const isDefault = path === undefined;
  return {
    kind: "unix",
    path: isDefault ? join(socketFolder, DEFAULT_SOCKET) : resolve(directory, path),
  };
}

function tcpOf(
  address: BindAddress,
  token: string | undefined,
  { dataDir }: Place,
): ManagementConfig {
  const endpointFile = token === undefined ? join(dataDir, ENDPOINT_FILE) : undefined;
  return { kind: "tcp", ...address, token, endpointFile };
}
