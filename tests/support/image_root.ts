/**
 * A container without a daemon: the root of an image as a folder, its files by the steps of a Dockerfile, its command in
 * namespaces of its own. Invariant: what is made is below one folder, which is gone afterwards. Needs root.
 */
import { assert } from "@std/assert";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "./midge_process.ts";

/** What a container may, and what it sees. */
export interface ContainerTerms {
  /** `UID:GID` */
  readonly user: string;
  /** The working directory. */
  readonly folder: string;
  /** Folders outside, by where they are inside. */
  readonly volumes: Readonly<Record<string, string>>;
  /** May it write nothing but its volumes? */
  readonly isReadOnly: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

const PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

/** Runs a script with arguments; the result is its output. */
export async function sh(script: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-e", "-c", script, "sh", ...args],
  }).output();
  assert(success, `${script}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

/** The root of an image. */
export class ImageRoot implements AsyncDisposable {
  readonly #folder = new TempFolder();
  /** The folder of the root. */
  readonly path = `${this.#folder.path}/root`;

  /** Debian 12, from the folder MIDGE_ROOTFS or by debootstrap. */
  static async debian(): Promise<ImageRoot> {
    const root = new ImageRoot();
    const given = Deno.env.get("MIDGE_ROOTFS");
    if (given !== undefined) await sh('cp -a "$1" "$2"', given, root.path);
    else await sh('debootstrap --variant=minbase bookworm "$1" >&2', root.path);
    return root;
  }

  /** A folder beside the root: a volume. */
  beside(name: string): string {
    return `${this.#folder.path}/${name}`;
  }

  /** RUN: a script in the root, as root, with a folder outside as its working directory `/src`. */
  async run(script: string, source: string): Promise<void> {
    await sh('mkdir -p "$1/src"', this.path);
    const mounted = 'mount --bind "$2" "$1/src"; exec chroot "$1" sh -e -c "cd /src; $3"';
    await sh(`unshare --mount sh -e -c '${mounted}' sh "$@"`, this.path, source, script);
  }

  /** Starts a broker in it. */
  start(terms: ContainerTerms, words: readonly string[]): Promise<MidgeProcess> {
    const args = ["--mount", "--net", "sh", "-c", startScript(terms), "sh", this.path];
    return MidgeProcess.start([...args, ...words], { executable: "unshare" });
  }

  /** `docker exec` in the container of the process `pid`. */
  exec(
    pid: number,
    { user, folder }: ContainerTerms,
    words: readonly string[],
    stdin = "",
  ): Promise<Outcome> {
    const args = ["-t", String(pid), "--mount", "--net", "chroot", `--userspec=${user}`];
    const inside = `cd ${folder} && exec "$@"`;
    return runMidge([...args, this.path, "sh", "-c", inside, "sh", ...words], {
      executable: "nsenter",
      stdin,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sh('rm -rf "$1"', this.#folder.path);
  }
}

/** $1 is the root, then the command. */
function startScript({ user, folder, volumes, isReadOnly, env = {} }: ContainerTerms): string {
  const [uid, gid] = user.split(":");
  const mounts = Object.entries(volumes).map(([inside, outside]) =>
    `mount --bind '${outside}' "$1${inside}"`
  );
  const variables = Object.entries(env).map(([name, value]) => `'${name}=${value}'`).join(" ");
  return `set -e
mount --bind "$1" "$1"
${isReadOnly ? 'mount -o remount,ro,bind "$1"' : ""}
${mounts.join("\n")}
mount -t proc proc "$1/proc"
ip link set lo up
root=$1
shift
exec chroot "$root" setpriv --reuid=${uid} --regid=${gid} --clear-groups --no-new-privs \\
  --bounding-set=-all sh -c 'cd ${folder} && exec env -i ${PATH} "$@"' sh ${variables} "$@"`;
}

/** The status of an HTTP answer within the network of the process `pid`. */
export async function httpStatus(pid: number, url: string): Promise<string> {
  const ask = `console.log((await fetch("${url}")).status)`;
  return await sh('nsenter -t "$1" --net "$2" eval "$3"', String(pid), Deno.execPath(), ask);
}

/** Undefined: all is there. */
export async function missingForImages(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "only root can make a root";
  for (const program of ["debootstrap", "unshare", "setpriv", "nsenter", "ip"]) {
    const { success } = await new Deno.Command("which", { args: [program] }).output();
    if (!success) return `there is no ${program}`;
  }
  return undefined;
}
