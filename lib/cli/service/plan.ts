/**
 * From options and the configuration to what is installed. Invariant: what the broker could not reach as a service is a
 * UserError that says what to do; nothing is written here.
 */
import { readBind } from "../../config/bind.ts";
import { loadConfig } from "../../config/load.ts";
import { dirname, join, resolve } from "../../config/paths.ts";
import type { BrokerConfig } from "../../config/types.ts";
import { UserError } from "../../user_error.ts";
import type { Machine } from "./machine.ts";
import type { ServiceGiven } from "./options.ts";
import type { UnitPlan } from "./unit.ts";

/** What is to be installed. */
export interface ServicePlan extends UnitPlan {
  /** Is the configuration to be made? */
  readonly isNew: boolean;
}

/** Where the system's folders are. */
interface Layout {
  readonly executable: string;
  readonly config: (name: string) => string;
  readonly data: (name: string) => string;
  readonly user: string;
}

const LINUX: Layout = {
  executable: "/usr/local/bin/midge",
  config: (name) => `/etc/${name}/config.yaml`,
  data: (name) => `/var/lib/${name}`,
  user: "midge",
};
const MACOS: Layout = {
  executable: "/usr/local/bin/midge",
  config: (name) => `/usr/local/etc/${name}/config.yaml`,
  data: (name) => `/usr/local/var/${name}`,
  user: "daemon",
};
/** An executable that stands here stays where it is. */
const KEPT_PLACES = ["/usr/", "/opt/"];
/** ProtectHome hides these. */
const HIDDEN_PLACES = ["/home/", "/root/", "/run/user/"];

/** The layout of this system. */
export function layoutOf(os: Machine["os"]): Layout {
  return os === "darwin" ? MACOS : LINUX;
}

/** @throws {UserError} for a configuration that is wrong, is not there, or cannot be seen by a service */
export async function planOf(given: ServiceGiven, machine: Machine): Promise<ServicePlan> {
  const layout = layoutOf(machine.os);
  const name = given.last("name");
  const file = given.last("config");
  const config = file === undefined ? layout.config(name) : resolve(file);
  if (machine.os === "linux") checkVisible(config);
  if (file !== undefined && !machine.has(config)) {
    const next = `without -c midge service install makes ${layout.config(name)}`;
    throw new UserError(`${machine.at(config)}: no such file; ${next}`);
  }
  const isNew = !machine.has(config);
  const defaults = { state: layout.data(name), runtime: `/run/${name}` };
  const read = isNew ? undefined : await loadConfig(machine.at(config), { folders: defaults });
  const dataDir = dataDirOf(given, read, layout.data(name));
  const plan = {
    name,
    user: given.last("user") ?? layout.user,
    executable: placeOf(machine.executable, layout),
    config,
    dataDir,
    writable: [...new Set([dirname(config), ...foldersOf(read, [dataDir, defaults.runtime])])],
    groups: read === undefined ? [] : groupsOf(read),
    hasLowPort: read !== undefined && portsOf(read).some((port) => port > 0 && port < 1024),
    isNew,
  };
  checkWords([config, plan.executable, ...plan.writable], /[\p{Cc}\\]|^\s|\s$/u);
  checkWords([dataDir], /[\p{Cc}\\:]|^\s|\s$/u); // STATE_DIRECTORY is a list
  checkWords(plan.groups, /[\p{Cc}\\%\s]/u);
  return plan;
}

/** The configuration may be another user's than root, who installs: a line of its own in the unit would be root's. */
function checkWords(words: readonly string[], refused: RegExp): void {
  for (const word of words) {
    const [found] = refused.exec(word) ?? [];
    if (found === undefined) continue;
    throw new UserError(
      `a service cannot have ${JSON.stringify(word)}, for ${
        JSON.stringify(found)
      } has a meaning of its own there; ` +
        "expected another name",
    );
  }
}

function checkVisible(config: string): void {
  if (!HIDDEN_PLACES.some((place) => config.startsWith(place))) return;
  const next =
    `copy it, and the files that it names, to /etc/midge: sudo install -D ${config} /etc/midge/config.yaml`;
  throw new UserError(`${config}: a service does not see home folders; ${next}`);
}

function dataDirOf(given: ServiceGiven, config: BrokerConfig | undefined, usual: string): string {
  const flag = given.last("dataDir");
  const said = config?.dataDir ?? usual;
  if (flag === undefined) return said;
  const wanted = resolve(flag);
  if (said === usual || said === wanted) return wanted;
  throw new UserError(
    `${config?.file}: data_dir is ${said}; leave out --data-dir, or take data_dir out of the file`,
  );
}

function placeOf(executable: string | undefined, layout: Layout): string {
  const isKept = KEPT_PLACES.some((place) => executable?.startsWith(place));
  return isKept ? executable! : layout.executable;
}

/** Folders of socket files, beside those that are there anyway. */
function foldersOf(config: BrokerConfig | undefined, known: readonly string[]): string[] {
  if (config === undefined) return [];
  const { listeners, management } = config;
  const files = listeners.flatMap(({ socketFile }) => socketFile?.path ?? []);
  if (management?.kind === "unix") files.push(management.path);
  const isKnown = (folder: string) =>
    known.some((one) => folder === one || folder.startsWith(join(one, "/")));
  return files.map((file) => dirname(file)).filter((folder) => !isKnown(folder));
}

/** Groups whose members can become root, or read and write what only root should. */
const POWERFUL = ["root", "sudo", "wheel", "admin", "docker", "lxd", "libvirt", "disk", "shadow"]
  .concat("kmem", "adm", "staff");

function groupsOf({ listeners }: BrokerConfig): string[] {
  const groups = new Set(listeners.flatMap(({ socketFile }) => socketFile?.group ?? []));
  const powerful = POWERFUL.find((group) => groups.has(group));
  if (powerful === undefined) return [...groups];
  throw new UserError(
    `a service must not be in the group ${powerful}, which gives the rights of root or near to them; ` +
      "expected a group of its own for the socket: sudo groupadd --system mqtt",
  );
}

function portsOf({ listeners, plugins }: BrokerConfig): number[] {
  const ports = listeners.flatMap(({ port, tls }) => [port, tls?.acme?.httpPort ?? 0]);
  for (const { options } of plugins) {
    const { bind } = Object(options) as { bind?: unknown };
    const address = typeof bind === "string" ? readBind(bind) : undefined;
    if (typeof address === "object") ports.push(address.port);
  }
  return ports;
}
