/**
 * A root folder like this machine's in which packages can be installed: what is written there is a layer over the
 * machine's own files. Invariant: the machine itself is not changed; processes of a script end with it.
 */

/** What a script has said and how it ended. */
export interface Ended {
  readonly code: number;
  /** stdout and stderr. */
  readonly said: string;
}

/** Mounts are the script's own, and gone with it. */
const ENTER = `
set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount --rbind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
exec chroot "$1/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \\
  DEBIAN_FRONTEND=noninteractive sh -c "$2" 2>&1
`;

/** Why there can be none here; undefined: there can. */
export async function missingScratchRoot(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "root on Linux is needed";
  await using root = new ScratchRoot();
  const { code, said } = await root.run("dpkg --version >/dev/null && adduser --version >/dev/null")
    .catch((error: Error) => ({ code: 1, said: error.message }));
  return code === 0 ? undefined : `no scratch root here: ${said.split("\n", 1)[0]}`;
}

/** One of them. */
export class ScratchRoot implements AsyncDisposable {
  /** It is not in a folder that the layer shows: what is mounted over itself cannot be removed. */
  readonly folder: string = Deno.makeTempDirSync({ prefix: "midge_root_" });

  constructor() {
    for (const name of ["upper", "work", "root"]) Deno.mkdirSync(`${this.folder}/${name}`);
  }

  /** Runs a script of sh as root in it. */
  async run(script: string): Promise<Ended> {
    const args = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "sh"];
    const command = new Deno.Command("unshare", {
      args: [...args, this.folder, `cd /\n${script}`],
      stdin: "null",
    });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
