/**
 * The unit for systemd, from one table. Invariants: it works with systemd 252 (Debian 12); what it permits beyond the
 * least is what the plan names. Pure.
 */

/** What the unit is to run. */
export interface UnitPlan {
  /** Of the service, and of its folders in /var/lib and /run. */
  readonly name: string;
  /** And group. */
  readonly user: string;
  /** Absolute. */
  readonly executable: string;
  /** The configuration; absolute. */
  readonly config: string;
  /** What the broker writes; absolute. */
  readonly dataDir: string;
  /** Folders beside dataDir in which the broker may write; absolute. */
  readonly writable: readonly string[];
  /** Groups that socket files are given to. */
  readonly groups: readonly string[];
  /** Is there a port below 1024? */
  readonly hasLowPort: boolean;
}

/** The first line of what `midge service install` writes. */
export const UNIT_MARK = "# Written by midge service install: uninstall removes it.";

/** systemd makes folders below this one itself. */
const STATE_ROOT = "/var/lib/";
const LOW_PORTS = "CAP_NET_BIND_SERVICE";

type Line = readonly [name: string, ...values: string[]];
type Section = readonly Line[];

/** The file's text. `mark`: its first line. */
export function unitText(plan: UnitPlan, mark: string = UNIT_MARK): string {
  const sections: [string, Section][] = [
    ["Unit", unitSection()],
    ["Service", [...running(plan), ...folders(plan), ...rights(plan), ...HARDENING]],
    ["Install", [["WantedBy", "multi-user.target"]]],
  ];
  const texts = sections.map(([name, lines]) => [`[${name}]`, ...lines.map(textOf)].join("\n"));
  return `${mark}\n${texts.join("\n\n")}\n`;
}

function textOf([name, ...values]: Line): string {
  return name.startsWith("#") ? name : `${name}=${values.join(" ")}`;
}

function unitSection(): Section {
  return [
    ["Description", "Midge, an MQTT broker"],
    ["After", "network-online.target"],
    ["Wants", "network-online.target"],
  ];
}

function running({ user, executable, config }: UnitPlan): Section {
  return [
    ["Type", "notify"],
    ["User", user],
    ["Group", user],
    ["ExecStart", unitWord(executable), "start", "-c", unitWord(config)],
    ["# systemd 252 knows no Type=notify-reload."],
    ["ExecReload", "/bin/kill", "-HUP", "$MAINPID"],
    ["Restart", "on-failure"],
    ["RestartSec", "2"],
    ["WatchdogSec", "30"],
    ["TimeoutStopSec", "90"],
    ["LimitNOFILE", "65536"],
  ];
}

/** The broker reads STATE_DIRECTORY and RUNTIME_DIRECTORY, which systemd sets, or which stand here. */
function folders({ name, dataDir, writable }: UnitPlan): Section {
  const state = dataDir.startsWith(STATE_ROOT) ? dataDir.slice(STATE_ROOT.length) : undefined;
  const data: Section = state === undefined
    ? [["Environment", settingWord(`STATE_DIRECTORY=${dataDir}`)]]
    : [["StateDirectory", settingWord(state)], ["StateDirectoryMode", "0750"]];
  const others = state === undefined ? [dataDir, ...writable] : writable;
  return [
    ...data,
    ["RuntimeDirectory", name],
    ["RuntimeDirectoryMode", "0750"],
    ["WorkingDirectory", dataDir.replaceAll("%", "%%")], // takes no quotes
    ["UMask", "0077"],
    ...others.map((path): Line => ["ReadWritePaths", settingWord(`-${path}`)]),
  ];
}

function rights({ hasLowPort, groups }: UnitPlan): Section {
  const capabilities: Section = hasLowPort
    ? [["AmbientCapabilities", LOW_PORTS], ["CapabilityBoundingSet", LOW_PORTS]]
    : [["CapabilityBoundingSet"]];
  return groups.length === 0 ? capabilities : [...capabilities, ["SupplementaryGroups", ...groups]];
}

const HARDENING: Section = [
  ["NoNewPrivileges", "yes"],
  ["ProtectSystem", "strict"],
  ["ProtectHome", "yes"],
  ["PrivateTmp", "yes"],
  ["PrivateDevices", "yes"],
  ["ProtectClock", "yes"],
  ["ProtectControlGroups", "yes"],
  ["ProtectHostname", "yes"],
  ["ProtectKernelLogs", "yes"],
  ["ProtectKernelModules", "yes"],
  ["ProtectKernelTunables", "yes"],
  ["ProtectProc", "invisible"],
  ["RestrictAddressFamilies", "AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"],
  ["RestrictNamespaces", "yes"],
  ["RestrictRealtime", "yes"],
  ["RestrictSUIDSGID", "yes"],
  ["RemoveIPC", "yes"],
  ["LockPersonality", "yes"],
  ["SystemCallArchitectures", "native"],
  // V8 asks for memory protection keys, which @system-service of systemd 252 does not have.
  ["SystemCallFilter", "@system-service", "@pkey"],
  ["SystemCallErrorNumber", "EPERM"],
  ["# V8 makes machine code while it runs."],
  ["MemoryDenyWriteExecute", "no"],
];

/** One word of a command in a unit: `$` means nothing in it. */
export function unitWord(text: string): string {
  return settingWord(text.replaceAll("$", "$$$$"));
}

/** One word of another setting: quoted where it must be; `%` means nothing in it, and `$` does not anyway. */
function settingWord(text: string): string {
  const plain = text.replaceAll("%", "%%");
  if (/^[\w./@:+%$=,-]+$/.test(plain)) return plain;
  return `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
