/**
 * `midge service uninstall` on Linux. Invariants: a unit that midge did not write stays; configuration and data stay
 * unless --purge says otherwise.
 */
import { UserError } from "../../user_error.ts";
import { PACKAGED_UNITS, unitFile } from "./install.ts";
import type { Machine } from "./machine.ts";
import { layoutOf } from "./plan.ts";
import type { Report } from "./report.ts";
import { UNIT_MARK } from "./unit.ts";

/** Where `systemctl enable` links the unit. */
export function enabledLink(name: string): string {
  return `/etc/systemd/system/multi-user.target.wants/${name}.service`;
}

/** @throws {UserError} where there is nothing that midge has installed */
export function uninstall(name: string, isPurge: boolean, machine: Machine): Report {
  const file = unitFile(name);
  const text = machine.text(file);
  if (text === undefined) throw new UserError(`${machine.at(file)}: ${whyMissing(name, machine)}`);
  if (!text.startsWith(UNIT_MARK)) {
    throw new UserError(`${machine.at(file)} was not written by midge service install; it stays`);
  }
  machine.remove(enabledLink(name));
  machine.remove(file);
  const notes = [`removed ${machine.at(file)}`, ...rest(name, isPurge, machine)];
  notes.push("next, as root (or pipe them: sudo midge service uninstall | sudo sh):");
  return { notes, commands: commands(text, name, isPurge) };
}

function whyMissing(name: string, machine: Machine): string {
  const isPackaged = PACKAGED_UNITS.some((folder) => machine.has(`${folder}/${name}.service`));
  return isPackaged
    ? "no such file; the service is a package's: sudo apt remove midge-broker"
    : "no such file; midge service status tells what is there";
}

function rest(name: string, isPurge: boolean, machine: Machine): string[] {
  const { config, data, executable } = layoutOf(machine.os);
  const folders = [config(name).replace(/\/[^/]*$/, ""), data(name)];
  const places = folders.filter((folder) => machine.has(folder));
  if (!isPurge) {
    const kept = [...places, executable].filter((path) => machine.has(path));
    return kept.length === 0
      ? []
      : [`kept ${kept.join(", ")} (--purge removes configuration and data)`];
  }
  for (const folder of places) machine.remove(folder);
  return [...places.map((folder) => `removed ${folder}`), `kept ${executable}`];
}

function commands(unit: string, name: string, isPurge: boolean): string[] {
  const user = /^User=(\S+)$/m.exec(unit)?.[1];
  const account = isPurge && user === "midge" ? [`userdel ${user}`] : [];
  return [`systemctl stop ${name}`, "systemctl daemon-reload", ...account];
}
