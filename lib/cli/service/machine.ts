/**
 * What `midge service` asks the machine, below a root folder that a test may choose. Invariant: no program is run and
 * no right beyond reading files is needed.
 */
import { dirname, join } from "../../config/paths.ts";
import { giveFile, type Owner } from "../../given_file.ts";
import { hasModes } from "../../platform.ts";
import { whyUnwritable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";

/** Where a service is installed. */
export interface MachineOptions {
  /** Absolute; "": the machine itself. */
  readonly root: string;
  readonly os: typeof Deno.build.os;
  /** The executable that runs; undefined: it is `deno run`. */
  readonly executable: string | undefined;
}

/** This process on its own machine. */
export function thisMachine(root: string): MachineOptions {
  const executable = Deno.build.standalone ? Deno.execPath() : undefined;
  return { root, os: Deno.build.os, executable };
}

/** A machine's files by their paths as the service sees them. */
export class Machine {
  readonly #root: string;
  readonly os: typeof Deno.build.os;
  readonly executable: string | undefined;

  constructor({ root, os, executable }: MachineOptions) {
    this.#root = root;
    this.os = os;
    this.executable = executable;
  }

  /** Where a file of the service stands now. */
  at(path: string): string {
    return this.#root === "" ? path : join(this.#root, path);
  }

  /** Is it the machine that runs this, not a tree of files? */
  get isLive(): boolean {
    return this.#root === "";
  }

  /** Does systemd run here? */
  get hasSystemd(): boolean {
    return this.isLive && this.has("/run/systemd/system");
  }

  /** Is there anything, also a broken link? */
  has(path: string): boolean {
    try {
      Deno.lstatSync(this.at(path));
      return true;
    } catch (error) {
      return error instanceof Deno.errors.PermissionDenied;
    }
  }

  /** Undefined: there is none, or it cannot be read. */
  text(path: string): string | undefined {
    try {
      return Deno.readTextFileSync(this.at(path));
    } catch {
      return undefined;
    }
  }

  /** A user of /etc/passwd. */
  account(user: string): Owner | undefined {
    for (const line of this.text("/etc/passwd")?.split("\n") ?? []) {
      const [name, , uid, gid] = line.split(":");
      if (name === user) return { uid: Number(uid), gid: Number(gid) };
    }
    return undefined;
  }

  /** Do a file's owner, group and mode let an account read it? Undefined: one that is yet to be made. */
  mayRead(path: string, account: Owner | undefined): boolean {
    const { mode, uid, gid } = Deno.statSync(this.at(path));
    const right = uid === account?.uid ? 0o400 : gid === account?.gid ? 0o040 : 0o004;
    return ((mode ?? 0) & right) !== 0;
  }

  /** Writes a file in one step, and its folder. @throws UserError that says what to do */
  write(path: string, content: string | Uint8Array, mode: number): void {
    this.#change(path, (place) => {
      Deno.mkdirSync(dirname(place), { recursive: true });
      const draft = `${place}.${crypto.randomUUID().slice(0, 8)}`;
      try {
        if (typeof content === "string") Deno.writeTextFileSync(draft, content, { mode });
        else Deno.writeFileSync(draft, content, { mode });
        if (hasModes(this.os)) Deno.chmodSync(draft, mode);
        Deno.renameSync(draft, place);
      } catch (error) {
        if (this.#isThere(draft)) Deno.removeSync(draft);
        throw error;
      }
    });
  }

  /** Makes a folder where it is missing. @throws UserError that says what to do */
  makeFolder(path: string, mode: number): void {
    if (this.has(path)) return;
    this.#change(path, (place) => {
      Deno.mkdirSync(place, { recursive: true });
      if (hasModes(this.os)) Deno.chmodSync(place, mode);
    });
  }

  /** Gives a file or folder to a user. @throws UserError that says what to do */
  give(path: string, account: Owner): void {
    this.#change(path, (place) => giveFile(place, account));
  }

  /** False: there was nothing. @throws UserError that says what to do */
  remove(path: string): boolean {
    if (!this.has(path)) return false;
    this.#change(path, (place) => Deno.removeSync(place, { recursive: true }));
    return true;
  }

  #isThere(place: string): boolean {
    try {
      Deno.lstatSync(place);
      return true;
    } catch {
      return false;
    }
  }

  #change(path: string, change: (place: string) => void): void {
    const place = this.at(path);
    try {
      change(place);
    } catch (cause) {
      const isDenied = cause instanceof Deno.errors.PermissionDenied;
      const next = isDenied ? "; run it as root: sudo midge service ..." : "";
      throw new UserError(`${place}: ${whyUnwritable(cause)}${next}`, { cause });
    }
  }
}
