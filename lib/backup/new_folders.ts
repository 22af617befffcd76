/**
 * Folders that a restore makes. Invariants: they get the owner and mode that the backup says; those that are empty are gone
 * again where the restore came to nothing.
 */
import { dirname } from "node:path";
import { whyUnwritable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { lookAt } from "./looking.ts";
import type { Manifest, ManifestEntry } from "./manifest.ts";
import { type Places, targetOf } from "./places.ts";
import type { Standing } from "./standing.ts";

/** Of folders that the backup says nothing of. */
const MODE = 0o700;

/** Those of one restore. */
export class NewFolders implements AsyncDisposable {
  readonly #standing: Standing;
  /** By path. */
  readonly #known = new Map<string, ManifestEntry>();
  readonly #made: string[] = [];

  constructor({ entries }: Manifest, places: Places, standing: Standing) {
    this.#standing = standing;
    for (const entry of entries) {
      if (entry.kind === "folder") this.#known.set(targetOf(entry.name, places).path, entry);
    }
  }

  /** Makes one where it is missing, and those above it. @throws UserError */
  async make(path: string): Promise<void> {
    try {
      if (await lookAt(path) !== undefined) return;
      if (dirname(path) !== path) await this.make(dirname(path));
      await Deno.mkdir(path, { mode: MODE });
      this.#made.push(path);
      const known = this.#known.get(path);
      if (known !== undefined) this.#standing.give(path, known);
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(`${path}: ${whyUnwritable(cause)}`, { cause });
    }
  }

  /** They are in use now. */
  keep(): void {
    this.#made.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#made.toReversed()) {
      await Deno.remove(path).catch(() => {}); // something is in it
    }
  }
}
