/**
 * What a service manager says in the environment (systemd.exec(5), sd_notify(3)). Invariant: a variable that is not
 * there, is empty or may not be read is undefined, never an error.
 */

/** The folders that systemd has made for the service; absolute. */
export interface ServiceFolders {
  /** STATE_DIRECTORY: what is to stay. */
  readonly state: string | undefined;
  /** RUNTIME_DIRECTORY: what ends with the service. */
  readonly runtime: string | undefined;
}

/** Where and how often the manager wants to hear from the broker. */
export interface NotifyWishes {
  /** NOTIFY_SOCKET: a path, or `@name` for an abstract address. */
  readonly socket: string;
  /** WATCHDOG_USEC in milliseconds: without a sign of life for so long the broker is ended. Undefined: no watchdog. */
  readonly watchdogMs: number | undefined;
}

/** Reads one variable. */
export type ReadVariable = (name: string) => string | undefined;

/** The folders that systemd names; of several the first. */
export function serviceFolders(read: ReadVariable = readVariable): ServiceFolders {
  return { state: firstOf(read("STATE_DIRECTORY")), runtime: firstOf(read("RUNTIME_DIRECTORY")) };
}

/** Undefined: no one listens. */
export function notifyWishes(read: ReadVariable = readVariable): NotifyWishes | undefined {
  const socket = read("NOTIFY_SOCKET");
  if (socket === undefined || !/^[/@]./.test(socket)) return undefined;
  const microseconds = Number(read("WATCHDOG_USEC"));
  return { socket, watchdogMs: microseconds > 0 ? microseconds / 1000 : undefined };
}

function firstOf(folders: string | undefined): string | undefined {
  const first = folders?.split(":")[0];
  return first?.startsWith("/") ? first : undefined;
}

/** The flags that the program runs with may hide a variable, or refuse it. */
function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
