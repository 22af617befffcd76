/** Where the broker is that a command is for, by the options that say so. */
import { loadConfig } from "../../config/load.ts";
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
    help: "the configuration that the broker runs with; without it the\nbuilt-in one",
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

/**
 * The address.
 * @throws UsageError for options that exclude each other; UserError where no broker can be asked
 */
export async function addressOf(
  given: GivenOptions<typeof ADDRESS_OPTIONS>,
): Promise<ManagementAddress> {
  const path = given.last("socket");
  if (path === undefined) {
    const flags = { dataDir: given.last("dataDir") };
    return await addressIn((await loadConfig(given.last("config"), flags)).management);
  }
  const other = (["config", "dataDir"] as const).find((option) => given.has(option));
  if (other === undefined) return { kind: "unix", path };
  const name = given.nameOf(other);
  throw new UsageError(`${name} and --socket are both given; expected only one of them`);
}
