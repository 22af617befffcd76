/**
 * Accepts connections on a socket file. Invariants: who may connect is decided by the file's permissions alone, from
 * its first moment on; its clients have no address.
 */
import { hasSocketFiles, type System } from "../../platform.ts";
import { dirname } from "node:path";
import { openSocketFile, type SocketFile, SocketFileError } from "../../socket_file.ts";
import { readText } from "../../text_file.ts";
import { messageOf, UserError } from "../../user_error.ts";
import type { Peer } from "../stream.ts";
import { AcceptLoop } from "./accept_loop.ts";
import type { Incoming, Listener } from "./listener.ts";

/** Where it is, and who may connect. */
export interface UnixListenerOptions {
  /** Absolute. */
  readonly path: string;
  /** Permissions. */
  readonly mode: number;
  /** A group by its name, or its number in digits; undefined: that of the broker's user. */
  readonly group: string | undefined;
}

const GROUPS = "/etc/group";
const NO_ADDRESS: Peer = { address: "", port: 0 };

/** An open socket file. */
export class UnixListener implements Listener {
  readonly address: string;
  readonly port = 0;
  readonly #file: SocketFile;
  readonly #loop: AcceptLoop<Deno.UnixConn>;
  #closed = false;

  private constructor(path: string, file: SocketFile) {
    this.address = path;
    this.#file = file;
    this.#loop = new AcceptLoop(file.listener);
  }

  /** @throws UserError with one sentence, which follows "cannot listen on PATH: " */
  static async open(
    options: UnixListenerOptions,
    os: System = Deno.build.os,
  ): Promise<UnixListener> {
    const { path, mode, group } = options;
    if (!hasSocketFiles(os)) {
      throw new UserError("there are no socket files on Windows; use a listener of type tcp");
    }
    const groupId = group === undefined ? undefined : await groupIdOf(group);
    try {
      return new UnixListener(path, await openSocketFile({ path, mode, groupId }));
    } catch (cause) {
      throw new UserError(sentenceOf(cause, options), { cause });
    }
  }

  run(accept: (incoming: Incoming) => void, failed: (cause: unknown) => void): Promise<void> {
    return this.#loop.run((stream) => accept({ stream, peer: NO_ADDRESS }), failed);
  }

  /** Removes the file, too. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loop.stop();
    this.#file.close();
  }
}

/**
 * The number of a group, from the system's file.
 * @throws UserError when there is no such group
 */
export async function groupIdOf(group: string, file = GROUPS): Promise<number> {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  for (const line of (await readText(file)).split("\n")) {
    const [name, , id = ""] = line.split(":");
    if (name === group && /^\d+$/.test(id)) return Number(id);
  }
  throw new UserError(`there is no group ${group} in ${file}`);
}

function sentenceOf(cause: unknown, { path, group }: UnixListenerOptions): string {
  const folder = dirname(path);
  if (cause instanceof SocketFileError) {
    return cause.kind === "too long"
      ? `${cause.message}; expected a shorter one`
      : `it ${cause.message}`;
  }
  if (cause instanceof Deno.errors.NotCapable) {
    return `a socket file is made, read and removed; --allow-read and --allow-write=${folder} are needed`;
  }
  if (cause instanceof Deno.errors.NotFound) return `there is no folder ${folder}`;
  const { code } = Object(cause) as { code?: unknown };
  if (code === "EPERM" && group !== undefined) {
    return `it cannot be given to group ${group}: the broker's user must be in that group`;
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return `the broker's user may not make files in ${folder}`;
  }
  return messageOf(cause);
}
