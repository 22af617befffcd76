/**
 * What differs between the systems that Midge runs on. Invariants: each function takes the system it is for, so that a test
 * on one system can ask for another; what no system lacks does not stand here.
 */

/** A system, as Deno names it. */
export type System = typeof Deno.build.os;

/** What a signal asks a broker for. */
export interface SignalUse {
  readonly signal: Deno.Signal;
  readonly asksFor: "interrupt" | "end" | "reload";
}

/**
 * The signals that a broker listens to. Windows has Ctrl-C and Ctrl-Break alone; what ends a service there is Ctrl-Break, and
 * what reads the configuration again `midge ctl reload`.
 */
export function signalsOf(system: System): readonly SignalUse[] {
  const interrupt = { signal: "SIGINT", asksFor: "interrupt" } as const;
  if (system === "windows") return [interrupt, { signal: "SIGBREAK", asksFor: "end" }];
  return [
    interrupt,
    { signal: "SIGTERM", asksFor: "end" },
    { signal: "SIGHUP", asksFor: "reload" },
  ];
}

/** Are there files that a process listens on, with the rights of files? Windows knows some, without the rights. */
export function hasSocketFiles(system: System): boolean {
  return system !== "windows";
}

/** Bytes that the system takes as the path of a socket file. */
export function maxSocketPath(system: System): number {
  return system === "linux" ? 107 : 103;
}

/** Do files have an owner and permissions that Deno can change? */
export function hasModes(system: System): boolean {
  return system !== "windows";
}

/**
 * Is a new file at this absolute path for its user alone? On Windows rights come from the folder: those below a profile are
 * the user's (and of the system and administrators), those elsewhere may be read by all users.
 */
export function isPrivatePlace(path: string, system: System): boolean {
  if (hasModes(system)) return true;
  const [, user] = /^[A-Za-z]:[\\/]Users[\\/]([^\\/]+)[\\/]/i.exec(path) ?? [];
  const isShared = user === undefined || /^(?:public|default|default user|all users)$/i.test(user);
  return !isShared;
}

/**
 * Names that were made, changed or removed in a folder are on the disk. Windows cannot open a folder, and keeps names in
 * its own journal.
 */
export async function syncFolder(path: string, system: System = Deno.build.os): Promise<void> {
  if (system === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}
