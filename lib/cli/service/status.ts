/**
 * `midge service status`: the unit, whether it starts with the machine, and whether the broker answers. Invariant:
 * no program is run; what only systemctl can tell is said as what to type.
 */
import { ask } from "../../manage/client.ts";
import { messageOf } from "../../user_error.ts";
import { PACKAGED_UNITS, unitFile } from "./install.ts";
import type { Machine } from "./machine.ts";
import { enabledLink } from "./uninstall.ts";

/** What is there. */
export interface ServiceStatus {
  /** Lines for people. */
  readonly lines: readonly string[];
  /** Does the broker answer? */
  readonly isRunning: boolean;
}

/** Looks. */
export async function statusOf(name: string, machine: Machine): Promise<ServiceStatus> {
  const places = [unitFile(name), ...PACKAGED_UNITS.map((folder) => `${folder}/${name}.service`)];
  const unit = places.find((place) => machine.has(place));
  if (unit === undefined) {
    const line = `unit     none: ${
      machine.at(unitFile(name))
    } is not there; sudo midge service install`;
    return { lines: [line], isRunning: false };
  }
  const why = await whyNotAnswering(machine.at(`/run/${name}/midge.sock`));
  return {
    lines: [
      `unit     ${machine.at(unit)}`,
      `at boot  ${
        machine.has(enabledLink(name)) ? "started" : `not started; sudo systemctl enable ${name}`
      }`,
      `broker   ${why ?? `answers at ${machine.at(`/run/${name}/midge.sock`)}`}`,
      `more     systemctl status ${name}; journalctl -u ${name} -n 50; sudo midge ctl status`,
    ],
    isRunning: why === undefined,
  };
}

async function whyNotAnswering(path: string): Promise<string | undefined> {
  try {
    await ask({ kind: "unix", path }, "ping", {});
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
