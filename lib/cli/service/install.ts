/**
 * `midge service install` on Linux: executable, folders, configuration and unit. Invariants: what others have written is
 * not overwritten; no program is run, so what needs one (a user, systemctl) is printed.
 */
import { dirname } from "../../config/paths.ts";
import { UserError } from "../../user_error.ts";
import { makeConfig } from "./first_config.ts";
import type { Machine } from "./machine.ts";
import { layoutOf, type ServicePlan } from "./plan.ts";
import type { Report } from "./report.ts";
import { shellWord } from "../shell_word.ts";
import { UNIT_MARK, unitText } from "./unit.ts";

/** What midge writes. */
export function unitFile(name: string): string {
  return `/etc/systemd/system/${name}.service`;
}

/** Where packages have theirs. */
export const PACKAGED_UNITS = ["/usr/lib/systemd/system", "/lib/systemd/system"];

/** @throws {UserError} where it cannot be done, with what to do */
export async function install(plan: ServicePlan, machine: Machine): Promise<Report> {
  checkFree(plan.name, machine);
  const notes = [...copyExecutable(plan, machine)];
  const account = machine.account(plan.user);
  const folder = dirname(plan.config);
  const isNewFolder = !machine.has(folder);
  const isOwnData = isData(plan, machine);
  machine.makeFolder(folder, 0o750);
  machine.makeFolder(plan.dataDir, 0o750);
  if (plan.isNew) notes.push(...await makeConfig(plan, machine));
  if (!isOwnData) notes.push(stays(plan));
  const own = [...isOwnData ? [plan.dataDir] : [], ...isNewFolder || plan.isNew ? [folder] : []];
  if (account !== undefined) {
    for (const path of [...own, ...plan.isNew ? [plan.config, `${folder}/passwords`] : []]) {
      machine.give(path, account);
    }
  }
  const isForeign = isUnreadable(plan, machine);
  if (!plan.isNew && !isForeign) {
    notes.push(`the user ${plan.user} must be able to read ${plan.config}`);
  }
  machine.write(unitFile(plan.name), unitText(plan), 0o644);
  notes.push(`wrote ${machine.at(unitFile(plan.name))}`, ...next(machine));
  const given = [...account === undefined ? own : [], ...isForeign ? [folder] : []];
  return { notes, commands: commands(plan, account === undefined, given) };
}

/**
 * May the user be given the folder for data? Its usual one, or one that is not there yet: the configuration, which may
 * be another user's than root, could name any folder of the machine.
 */
function isData({ name, dataDir }: ServicePlan, machine: Machine): boolean {
  return dataDir === layoutOf("linux").data(name) || !machine.has(dataDir);
}

function stays({ user, dataDir }: ServicePlan): string {
  return `${dataDir} is there and stays whose it is; the user ${user} must be able to write to it: ` +
    `sudo chown -R ${user}:${user} ${shellWord(dataDir)}`;
}

/** Is there a configuration in the service's own folder that its user cannot read, as `sudo midge init` leaves it? */
function isUnreadable({ name, config, user, isNew }: ServicePlan, machine: Machine): boolean {
  if (isNew || config !== layoutOf("linux").config(name)) return false;
  return !machine.mayRead(config, machine.account(user));
}

function checkFree(name: string, machine: Machine): void {
  const packaged = PACKAGED_UNITS.find((folder) => machine.has(`${folder}/${name}.service`));
  if (packaged !== undefined) {
    throw new UserError(
      `${packaged}/${name}.service is there already, from a package; start it: sudo systemctl enable --now ${name}`,
    );
  }
  const text = machine.text(unitFile(name));
  if (text === undefined || text.startsWith(UNIT_MARK)) return;
  throw new UserError(
    `${
      machine.at(unitFile(name))
    } is there and is not midge's; move it away, or give another --name`,
  );
}

/** Written beside and moved: an executable that runs cannot be written to. */
function* copyExecutable({ executable }: ServicePlan, machine: Machine): Generator<string> {
  if (machine.executable === undefined) {
    throw new UserError(
      "this is deno run, and a service needs the executable: deno task compile, then sudo dist/midge service install",
    );
  }
  if (machine.executable === executable) return;
  machine.write(executable, Deno.readFileSync(machine.executable), 0o755);
  yield `copied ${machine.executable} to ${machine.at(executable)}`;
}

function next(machine: Machine): string[] {
  if (machine.hasSystemd) {
    return ["next, as root (or pipe them: sudo midge service install | sudo sh):"];
  }
  const where = machine.isLive ? "systemd does not run here; " : "";
  return [`${where}next, as root, on the machine where systemd runs:`];
}

/** @param given folders that the user is to have */
function commands(
  { name, user, dataDir }: ServicePlan,
  isNewUser: boolean,
  given: readonly string[],
): string[] {
  const home = shellWord(dataDir);
  const account = [
    `useradd --system --user-group --no-create-home --home-dir ${home} --shell /usr/sbin/nologin ${user}`,
  ];
  const folders = [`chown -R ${user}:${user} ${given.map(shellWord).join(" ")}`];
  return [
    ...isNewUser ? account : [],
    ...given.length > 0 ? folders : [],
    "systemctl daemon-reload",
    `systemctl enable --now ${name}`,
  ];
}
