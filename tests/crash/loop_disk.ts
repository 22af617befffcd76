/**
 * A disk whose power can be cut: ext4 in a file, on a loop device. Invariants: what was not flushed before the cut is not
 * there after it; once disposed nothing is mounted and no loop device is left.
 */

/** MB; ext4's journal and the store of a few rounds fit well. */
const SIZE_MB = 256;
const CUT = new URL("power_cut.py", import.meta.url).pathname;

/** A mounted disk. */
export class LoopDisk implements AsyncDisposable {
  /** Where it is mounted. */
  readonly mount: string;
  readonly #folder: string;
  readonly #image: string;
  #isMounted = false;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#image = `${folder}/disk.img`;
    this.mount = `${folder}/disk`;
  }

  /** Makes and mounts one. Throws where this cannot be done here: no root, no loop device, no ext4. */
  static async make(): Promise<LoopDisk> {
    await sweep();
    const disk = new LoopDisk(await Deno.makeTempDir({ prefix: `midge_power_${Deno.pid}_` }));
    try {
      await Deno.mkdir(disk.mount);
      await Deno.create(disk.#image).then((file) => file.close());
      await Deno.truncate(disk.#image, SIZE_MB * 2 ** 20);
      await run("mkfs.ext4", "-q", "-F", disk.#image);
      await disk.#doMount();
      return disk;
    } catch (error) {
      await disk[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Cuts the power; the broker ends in the same moment. It must have been waited for before `repair`. */
  async cut(pid: number): Promise<void> {
    await run(Deno.env.get("MIDGE_PYTHON") ?? "python3", CUT, this.mount, `${pid}`);
  }

  /** The power is back: the file system's own journal is played, and it is mounted again. */
  async repair(): Promise<void> {
    await this.#unmount();
    // Exit code 1: errors were corrected, which is what it is there for.
    await run("e2fsck", "-f", "-p", this.#image);
    await this.#doMount();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unmount();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #doMount(): Promise<void> {
    await run("mount", "-t", "ext4", "-o", "loop", this.#image, this.mount);
    this.#isMounted = true;
  }

  /** The loop device goes with its mount. */
  async #unmount(): Promise<void> {
    if (!this.#isMounted) return;
    await run("umount", this.mount);
    this.#isMounted = false;
  }
}

/** Takes away what runs that were killed have left mounted. */
async function sweep(): Promise<void> {
  const mounts = (await Deno.readTextFile("/proc/mounts")).split("\n");
  for (const mount of mounts.map((line) => line.split(" ")[1] ?? "")) {
    const [, folder, pid] = /^(.*\/midge_power_(\d+)_[^/]*)\/disk$/.exec(mount) ?? [];
    if (folder === undefined || await isThere(`/proc/${pid}`)) continue;
    await run("umount", "--lazy", mount);
    await Deno.remove(folder, { recursive: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}

/** Why there can be no such disk here; undefined where there can. */
export async function whyNoDisk(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "power cuts need Linux";
  if (Deno.uid() !== 0) return "power cuts need root";
  try {
    await (await LoopDisk.make())[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    return `no loop device with ext4: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function run(program: string, ...args: string[]): Promise<void> {
  const command = new Deno.Command(program, { args, stdin: "null", stdout: "null" });
  const { code, stderr } = await command.output();
  if (code === 0 || code === 1 && program === "e2fsck") return;
  throw new Error(`${program}: exit code ${code}: ${new TextDecoder().decode(stderr).trim()}`);
}
