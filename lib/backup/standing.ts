/**
 * Owners and modes of what a backup has. Invariants: only a process that may give files away does; bits that give rights to
 * who runs a file are never set.
 */
import { giveWithMode } from "../given_file.ts";
import { hasModes, type System } from "../platform.ts";
import type { ManifestEntry } from "./manifest.ts";

const PERMISSION_BITS = 0o777;

/** Gives drafts the modes and owners that the list says. */
export class Standing {
  readonly #system: System;
  /** Of files whose owner could not be kept, how many, by owner. */
  readonly #kept = new Map<number, number>();

  constructor(system: System = Deno.build.os) {
    this.#system = system;
  }

  /** Of a file or folder that this process has just made. @throws what the system says */
  give(
    path: string,
    { mode, uid, gid }: Pick<ManifestEntry, "mode" | "uid" | "gid">,
  ): void {
    if (!hasModes(this.#system)) return;
    const owner = uid === null || gid === null ? undefined : { uid, gid };
    if (giveWithMode(path, owner, mode & PERMISSION_BITS) || owner === undefined) return;
    this.#kept.set(owner.uid, (this.#kept.get(owner.uid) ?? 0) + 1);
  }

  /** A line for each owner that could not be kept. */
  get notes(): string[] {
    return [...this.#kept].map(([uid, count]) =>
      `${count} files and folders belonged to user ${uid}, and are yours now: only root can give them back`
    );
  }
}
