/**
 * Is a broker at work where a restore wants to write? Invariant: what cannot be asked counts as no broker, but a lock that is
 * held as one.
 */
import { dirname, join } from "node:path";
import { FolderInUseError, lockFolder } from "../storage/files/folder_lock.ts";
import { addressIn, isAnswering } from "../manage/client.ts";
import { UserError } from "../user_error.ts";
import { lookAt } from "./looking.ts";
import { ENDPOINT_NAMES, LOCK } from "./own_names.ts";
import type { Places } from "./places.ts";
import type { Standing } from "./standing.ts";

const STOP_IT = "stop it first";

/** @throws UserError where a broker answers at the endpoints of data_dir */
export async function refuseRunning({ data }: Places): Promise<void> {
  const [socket = "", file = ""] = ENDPOINT_NAMES.map((name) => join(data, name));
  const configs = [
    { kind: "unix", path: socket },
    { kind: "tcp", hostname: "", port: 0, token: undefined, endpointFile: file },
  ] as const;
  for (const config of configs) {
    const path = config.kind === "unix" ? socket : file;
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
      return new StoreLock(path, await lockFolder(path, 0o600), isOurs);
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
    if (this.#isOurs) await standing.give(this.#path, { mode: 0o600, uid, gid });
    this.#isOurs = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    if (this.#isOurs) await Deno.remove(this.#path).catch(() => {}); // nothing depends on it
  }
}
