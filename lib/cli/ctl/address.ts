/** Where the broker is that a command is for, by the options that say so. */
import { loadConfig } from "../../config/load.ts";
import { DEFAULT_SOCKET } from "../../config/management.ts";
import { join } from "../../config/paths.ts";
import type { BrokerConfig } from "../../config/types.ts";
import { addressIn, type ManagementAddress } from "../../manage/client.ts";
import type { GivenOptions } from "../given_options.ts";
import type { OptionTable } from "../option_table.ts";
import { UsageError } from "../usage_error.ts";

/** The options. */
export const ADDRESS_OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help:
      "the configuration that the broker runs with; without it the\nbuilt-in one. Where it has left no socket, the service of\n" +
      "this machine is asked (/run/midge)",
  },
  dataDir: {
    names: ["data-dir"],
    value: "DIR",
    filled: true,
    help: "the folder that the broker writes to, where it was started with\n" +
      "this option; for deno task start it is data",
  },
  socket: {
    names: ["socket"],
    value: "PATH",
    filled: true,
    help: "the broker's socket file instead of both",
  },
} as const satisfies OptionTable;

/** Where the broker listens that systemd runs: RuntimeDirectory=midge. */
const SERVICE_SOCKET = `/run/midge/${DEFAULT_SOCKET}`;

/**
 * The address. Where the options name no folder and no socket, and the configuration's default one is not there, it is
 * that of the machine's service.
 * @throws UsageError for options that exclude each other; UserError where no broker can be asked
 */
export async function addressOf(
  given: GivenOptions<typeof ADDRESS_OPTIONS>,
  serviceSocket: string = SERVICE_SOCKET,
): Promise<ManagementAddress> {
  const path = given.last("socket");
  if (path === undefined) {
    const flags = { dataDir: given.last("dataDir") };
    const config = await loadConfig(given.last("config"), flags);
    const isElsewhere = !given.has("dataDir") && hasLeftNoSocket(config);
    if (isElsewhere && mayBeThere(serviceSocket)) return { kind: "unix", path: serviceSocket };
    return await addressIn(config.management);
  }
  const other = (["config", "dataDir"] as const).find((option) => given.has(option));
  if (other === undefined) return { kind: "unix", path };
  const name = given.nameOf(other);
  throw new UsageError(`${name} and --socket are both given; expected only one of them`);
}

function hasLeftNoSocket({ management, dataDir }: BrokerConfig): boolean {
  const place = join(dataDir, DEFAULT_SOCKET);
  return management?.kind === "unix" && management.path === place && !mayBeThere(place);
}

/** A folder that may not be entered may have it: then that is what is said. */
function mayBeThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}
