/**
 * A machine to throw away, for the length of one page: the file system of this one under an overlay, a network of its own with nothing but
 * 127.0.0.1. So pages run with the ports, folders and users that they name. Invariant: nothing that runs in it changes the machine outside, but
 * below /tmp, which both have; after disposal none of it is left.
 */
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { kill } from "../support/kill.ts";

/** The clone that the tests are in. */
export const REPOSITORY: string = fileURLToPath(new URL("../..", import.meta.url)).replace(
  /\/$/,
  "",
);

/** Milliseconds until a command that ends by itself counts as stuck. */
const PATIENCE_MS = 600_000;

/** The reader's home, by the name that pages may show. */
export const HOME_FOLDER = "/home/ann";

/** Laid out by root of the new mount namespace; it stays until it is killed. $1 is an empty folder, $2 Deno's, $3 home. */
const LAY_OUT = `set -e
mount --make-rprivate /
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
# Deno writes to its cache meanwhile, which no overlay may have beneath it.
mount --bind "$2" "$1/root$2"
mkdir -p "$1/root${HOME_FOLDER}"
mount --bind "$3" "$1/root${HOME_FOLDER}"
for folder in proc dev sys tmp; do mount --rbind "/$folder" "$1/root/$folder"; done
ip link set lo up
echo ready
exec chroot "$1/root" sleep infinity`;

/** `midge` as the tasks run it, this `deno`, and `sudo` for one who is root already. */
const PROGRAMS: Readonly<Record<string, string>> = {
  midge: `#!/bin/sh
export DENO_DIR='${denoFolder()}'
exec '${Deno.execPath()}' ${flagsOfTask()} --config '${REPOSITORY}/deno.json' '${REPOSITORY}/main.ts' "$@"
`,
  deno: `#!/bin/sh
export DENO_DIR='${denoFolder()}'
exec '${Deno.execPath()}' "$@"
`,
  sudo: `#!/bin/sh
exec "$@"
`,
};

/** How the task `midge` runs the program: `run`, and its rights. */
function flagsOfTask(): string {
  const { command } = manifest.tasks.midge;
  return command.replace(/^deno /, "").replace("--lock=", `--lock=${REPOSITORY}/`).replace(
    / main\.ts$/,
    "",
  );
}

/** Where Deno keeps its modules: a reader's home has none. */
function denoFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return Deno.env.get("DENO_DIR") ?? `${cache}/deno`;
}

/** Why no such machine can be made here; undefined: it can. */
export async function missingMachine(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return "a page is followed on a machine to throw away, which needs Linux and root";
  }
  try {
    await using _machine = await Machine.start();
    return undefined;
  } catch (error) {
    return `no machine to throw away: ${error instanceof Error ? error.message : error}`;
  }
}

/** The machine. */
export class Machine implements AsyncDisposable {
  /** The reader's home, as this side sees it. */
  readonly folder: string;
  readonly #holder: Deno.ChildProcess;
  readonly #place: string;

  private constructor(holder: Deno.ChildProcess, place: string, folder: string) {
    this.#holder = holder;
    this.#place = place;
    this.folder = folder;
  }

  /** Lays it out, with `midge` on the PATH. */
  static async start(): Promise<Machine> {
    const place = await Deno.makeTempDir({ prefix: "midge_machine_" });
    const folder = await Deno.makeTempDir({ prefix: "midge_reader_" });
    const args = ["--net", "--mount", "bash", "-c", LAY_OUT, "bash", place, denoFolder(), folder];
    const holder = new Deno.Command("unshare", { args, stdout: "piped", stderr: "inherit" })
      .spawn();
    const machine = new Machine(holder, place, folder);
    const reader = holder.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    if (value === undefined) {
      await machine[Symbol.asyncDispose]();
      throw new Error("unshare has failed");
    }
    for (const [name, text] of Object.entries(PROGRAMS)) await machine.install(name, text);
    return machine;
  }

  /** The program and the arguments with which a command runs in it. */
  command(args: readonly string[]): [string, string[]] {
    const within = ["--target", `${this.#holder.pid}`, "--net", "--mount", "--root"];
    return ["nsenter", [...within, "--wd", "--", ...args]];
  }

  /** Runs a script in it to its end, with this input. */
  async run(script: string, input = ""): Promise<{ code: number; output: string }> {
    const [program, args] = this.command(["bash", "-c", `exec 2>&1\n${script}`]);
    const child = new Deno.Command(program, {
      args,
      env: this.variables,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    const writing = writer.write(new TextEncoder().encode(input))
      .then(() => writer.close()).catch(() => {});
    const timer = setTimeout(() => kill(child), PATIENCE_MS);
    const { code, stdout } = await child.output();
    clearTimeout(timer);
    await writing;
    return { code, output: new TextDecoder().decode(stdout) };
  }

  /** The same; anything but exit code 0 is an error with what it said. */
  async mustRun(script: string): Promise<string> {
    const { code, output } = await this.run(script);
    if (code !== 0) throw new Error(`exit code ${code}: ${script}:\n${output}`);
    return output;
  }

  /** What a reader's terminal has in its environment. */
  get variables(): Record<string, string> {
    // First the folder of its programs: npx, which starts these tests in CI, may have put another deno in front.
    const PATH = `/usr/local/bin:${Deno.env.get("PATH")}`;
    return { HOME: HOME_FOLDER, NO_COLOR: "1", PATH, PYTHONUNBUFFERED: "1", TZ: "UTC" };
  }

  /** Puts a program on the PATH. */
  async install(name: string, text: string): Promise<void> {
    const path = `/usr/local/bin/${name}`;
    await this.run(`rm -f ${path}; cat >${path}; chmod +x ${path}`, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whatever has gone into the background there, and what that has started meanwhile; the holder at last.
    const theirs = await mountsOf(this.#holder.pid);
    let left: number[];
    do {
      left = (await processesIn(theirs)).filter((pid) => pid !== this.#holder.pid);
      for (const pid of left) killPid(pid);
    } while (left.length > 0);
    kill(this.#holder);
    await this.#holder.status;
    await Deno.remove(this.#place, { recursive: true });
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** All processes that see the file system of a mount namespace. */
async function processesIn(namespace: string | undefined): Promise<number[]> {
  const pids = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) =>
    pid > 0
  );
  const mounts = await Promise.all(pids.map(mountsOf));
  return pids.filter((_, at) => namespace !== undefined && mounts[at] === namespace);
}

/** The mount namespace of a process; undefined: it has ended. */
function mountsOf(pid: number): Promise<string | undefined> {
  return Deno.readLink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
}

function killPid(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
