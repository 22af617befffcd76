/**
 * Is a broker at work where a restore wants to write? Invariant: what cannot be asked counts as no broker, but a lock that is
 * held as one.
 */
import { dirname, join } from "node:path";
import { FolderInUseError, lockFolder } from "../storage/files/folder_lock.ts";
import { addressIn, isAnswering } from "../manage/client.ts";
import { SYSTEM_CLOCK } from "../clock.ts";
import { UserError } from "../user_error.ts";
import { pause } from "../wait.ts";
import type { ManagementConfig } from "../config/types.ts";
import { lookAt } from "./looking.ts";
import { ENDPOINT_NAMES, LOCK } from "./own_names.ts";
import type { Places } from "./places.ts";
import type { Standing } from "./standing.ts";

/** Where the service of `midge service install` and of the Debian package has what a broker has in one folder. */
const SERVICE = { data: "/var/lib/midge", socket: "/run/midge/midge.sock" } as const;
const STOP_IT = "stop it first";
const TRIES = 20;
const POLL_MS = 100;
const NEVER = new AbortController().signal;

/** @throws UserError where a broker answers at the endpoints of data_dir */
export async function refuseRunning({ data }: Places): Promise<void> {
  const [name = "", file = ""] = ENDPOINT_NAMES;
  const sockets = data === SERVICE.data ? [join(data, name), SERVICE.socket] : [join(data, name)];
  const configs: [path: string, ManagementConfig][] = sockets.map((
    path,
  ) => [path, { kind: "unix", path }]);
  const endpointFile = join(data, file);
  const port = { hostname: "", port: 0, token: undefined };
  configs.push([endpointFile, { kind: "tcp", ...port, endpointFile }]);
  for (const [path, config] of configs) {
    if (await lookAt(path) === undefined) continue;
    const address = await addressIn(config).catch(() => undefined); // no one can be asked there
    if (address === undefined || !await isAnswering(address)) continue;
    throw new UserError(
      `${data}: a broker runs on it; ${STOP_IT}: midge ctl stop, or systemctl stop midge`,
    );
  }
}

/** Keeps brokers out of a store's folder. */
export class StoreLock implements AsyncDisposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** Was there none before? Then there is none afterwards, unless the store is used. */
  #isOurs: boolean;

  private constructor(path: string, file: Deno.FsFile, isOurs: boolean) {
    this.#path = path;
    this.#file = file;
    this.#isOurs = isOurs;
  }

  /**
   * Locks the folder, which is there.
   * @throws UserError where a broker has it
   */
  static async take(folder: string): Promise<StoreLock> {
    const path = join(folder, LOCK);
    const isOurs = await lookAt(path) === undefined;
    try {
      return new StoreLock(path, await lockPatiently(path), isOurs);
    } catch (cause) {
      if (!(cause instanceof FolderInUseError)) throw cause;
      throw new UserError(`${folder}: is in use by a running broker${cause.holder}; ${STOP_IT}`, {
        cause,
      });
    }
  }

  /** The broker will lock it, which may be another user: that of the folder. */
  async handOver(standing: Standing): Promise<void> {
    const { uid, gid } = await Deno.stat(dirname(this.#path));
    if (this.#isOurs) standing.give(this.#path, { mode: 0o600, uid, gid });
    this.#isOurs = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    if (this.#isOurs) await Deno.remove(this.#path).catch(() => {}); // nothing depends on it
  }
}

/** A broker that answers no more may still be about to end. */
async function lockPatiently(path: string): Promise<Deno.FsFile> {
  for (let left = TRIES;; left--) {
    try {
      return await lockFolder(path, 0o600);
    } catch (cause) {
      if (left <= 1 || !(cause instanceof FolderInUseError)) throw cause;
      await pause(SYSTEM_CLOCK, POLL_MS, NEVER);
    }
  }
}
