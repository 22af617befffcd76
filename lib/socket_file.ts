/**
 * Socket files that a process listens on. Invariants: from its first moment on no one can connect who may not; a living
 * process's file is never taken away, and what is no socket is never touched; closing removes the file only while it is
 * still ours.
 */
import { dirname, join } from "node:path";
import { maxSocketPath } from "./platform.ts";

const MAX_SOCKET_PATH = maxSocketPath(Deno.build.os);

/** What a socket file is to be. */
export interface SocketFileOptions {
  /** Absolute; its folder is there. */
  readonly path: string;
  /** Permissions. */
  readonly mode: number;
  /** The id of its group; undefined: that of the process. */
  readonly groupId?: number | undefined;
}

/** An open socket file. */
export interface SocketFile {
  readonly listener: Deno.UnixListener;
  /** Stops accepting and removes the file. Does not throw. */
  close(): void;
}

/** Why there can be no socket file: another process listens there, something else is there, or the path is too long. */
export class SocketFileError extends Error {
  readonly kind: "taken" | "no socket" | "too long";

  /** @param message follows the path */
  constructor(kind: SocketFileError["kind"], message: string) {
    super(message);
    this.name = "SocketFileError";
    this.kind = kind;
  }
}

/**
 * Listens on a socket file; one that a dead process has left is replaced.
 * @throws SocketFileError, or what the system says
 */
export async function openSocketFile(options: SocketFileOptions): Promise<SocketFile> {
  const { path } = options;
  checkLength(path);
  const left = await checkPlace(path);
  const listener = listenPrivately(options, left);
  const own = Deno.lstatSync(path);
  return {
    listener,
    close() {
      listener.close();
      removeIf(path, own);
    },
  };
}

/** Listening would succeed, for the socket is moved to its place, but no one could connect. */
function checkLength(path: string): void {
  const { length } = new TextEncoder().encode(path);
  if (length <= MAX_SOCKET_PATH) return;
  const text = `the path has ${length} bytes, the system takes ${MAX_SOCKET_PATH} (SUN_LEN)`;
  throw new SocketFileError("too long", text);
}

/** There may be nothing, or the socket file of a process that is gone, which is returned. */
async function checkPlace(path: string): Promise<Deno.FileInfo | undefined> {
  const found = fileAt(path);
  if (found === undefined) return undefined;
  if (found.isSocket !== true) throw noSocket();
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    const isDead = error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.NotFound;
    if (isDead) return found;
    throw error;
  }
  throw taken();
}

function noSocket(): SocketFileError {
  return new SocketFileError("no socket", "is there and is no socket file");
}

function taken(): SocketFileError {
  return new SocketFileError("taken", "is taken by another process");
}

/** Undefined: there is nothing. */
function fileAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Listens in a folder that no one else can enter, and moves the socket from there: a file made by listening alone
 * would be open to others until its mode is changed.
 */
function listenPrivately(
  { path, mode, groupId }: SocketFileOptions,
  left: Deno.FileInfo | undefined,
): Deno.UnixListener {
  // Short names, for this path has a limit too: MAX_SOCKET_PATH.
  const folder = join(dirname(path), `.m${crypto.randomUUID().slice(0, 4)}`);
  const draft = join(folder, "s");
  Deno.mkdirSync(folder, { mode: 0o700 });
  let listener: Deno.UnixListener | undefined;
  try {
    listener = Deno.listen({ transport: "unix", path: draft });
    if (groupId !== undefined) Deno.chownSync(draft, null, groupId);
    Deno.chmodSync(draft, mode);
    checkUnchanged(path, left);
    Deno.renameSync(draft, path);
    return listener;
  } catch (error) {
    listener?.close();
    throw error;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** While it was asked for a sign of life, another process may have put its own file there. */
function checkUnchanged(path: string, left: Deno.FileInfo | undefined): void {
  const now = fileAt(path);
  if (now === undefined || (left !== undefined && isSame(now, left))) return;
  throw now.isSocket === true ? taken() : noSocket();
}

function isSame(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function removeIf(path: string, own: Deno.FileInfo): void {
  try {
    if (isSame(Deno.lstatSync(path), own)) Deno.removeSync(path);
  } catch {
    // it is gone already, or the disk is: nothing depends on it
  }
}
