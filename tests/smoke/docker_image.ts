/**
 * The image without a Docker daemon: its Dockerfile's steps in a root of Debian 12, and its command in a read-only mount
 * of that root, as its user, without capabilities, in a network of its own. Run by `deno task test:docker` after
 * `deno task compile`, as root; MIDGE_ROOTFS is a folder that debootstrap has filled, else that takes two minutes.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { printLine } from "../../lib/cli/terminal.ts";
import { stagesOf, textsOf, wordsOf } from "../support/dockerfile.ts";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../support/midge_process.ts";
import { optionalTest } from "../support/optional.ts";

const REPOSITORY = new URL("../../", import.meta.url).pathname;
const DOCKERFILE = await Deno.readTextFile(`${REPOSITORY}packaging/docker/Dockerfile`);
const [BUILD, FINAL] = stagesOf(DOCKERFILE);
const [USER = ""] = textsOf(FINAL!, "USER");
const [UID, GID] = USER.split(":");
const [FOLDER = ""] = textsOf(FINAL!, "WORKDIR");
const ENTRYPOINT = wordsOf(textsOf(FINAL!, "ENTRYPOINT")[0]);
const COMMAND = wordsOf(textsOf(FINAL!, "CMD")[0]);
const HEALTH = wordsOf(textsOf(FINAL!, "HEALTHCHECK")[0]);

/** $1 the root, $2 the volume, then the command. */
const CONTAINER = `set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
mount --bind "$2" "$1${FOLDER}"
mount -t proc proc "$1/proc"
ip link set lo up
root=$1
shift 2
exec chroot "$root" setpriv --reuid=${UID} --regid=${GID} --clear-groups --no-new-privs \\
  --bounding-set=-all sh -c 'cd ${FOLDER} && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' sh "$@"`;

async function sh(script: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-e", "-c", script, "sh", ...args],
  }).output();
  assert(success, `${script}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

/** The root that the Dockerfile makes, and its volume. */
class Image implements AsyncDisposable {
  readonly #folder = new TempFolder();
  readonly root = `${this.#folder.path}/root`;
  readonly volume = `${this.#folder.path}/volume`;

  static async make(): Promise<Image> {
    const image = new Image();
    const { root, volume } = image;
    const given = Deno.env.get("MIDGE_ROOTFS");
    if (given !== undefined) await sh('cp -a "$1" "$2"', given, root);
    else await sh('debootstrap --variant=minbase bookworm "$1" >&2', root);
    await image.#build();
    for (const copy of textsOf(FINAL!, "COPY")) await image.#copy(copy);
    // What Docker does with a volume that is new: it gets what the image has there.
    await sh('cp -a "$1" "$2"', root + FOLDER, volume);
    return image;
  }

  /** All RUN of the build stage but the one that makes the executable, which is there. */
  async #build(): Promise<void> {
    const runs = textsOf(BUILD!, "RUN").filter((text) => !text.includes("deno task compile"));
    assertEquals(runs.length, 1);
    await sh('mkdir -p "$1/src"', this.root);
    const mounted = 'mount --bind "$2" "$1/src"; exec chroot "$1" sh -e -c "cd /src; $3"';
    await sh(`unshare --mount sh -e -c '${mounted}' sh "$@"`, this.root, REPOSITORY, runs[0]!);
  }

  async #copy(text: string): Promise<void> {
    const [, owner = "0:0", from = "", to = ""] =
      /^--from=build (?:--chown=(\S+) )?(\/\S+\/) (\S+)$/.exec(text) ?? [];
    assert(from !== "", `COPY ${text}`);
    await sh('chown -R "$2" "$1$3" && cp -a "$1$3." "$1$4"', this.root, owner, from, to);
    if (to !== "/") await sh('chown 0:0 "$1$2"', this.root, to); // it was there, and stays root's
  }

  /** The image's command, or another. */
  start(): Promise<MidgeProcess> {
    const args = ["--mount", "--net", "sh", "-c", CONTAINER, "sh", this.root, this.volume];
    return MidgeProcess.start([...args, ...ENTRYPOINT, ...COMMAND], { executable: "unshare" });
  }

  /** `docker exec`. */
  exec(pid: number, words: readonly string[], stdin = ""): Promise<Outcome> {
    const inside = `cd ${FOLDER} && exec "$@"`;
    const args = ["-t", String(pid), "--mount", "--net", "chroot", `--userspec=${USER}`];
    return runMidge([...args, this.root, "sh", "-c", inside, "sh", ...words], {
      executable: "nsenter",
      stdin,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sh('rm -rf "$1" "$2"', this.root, this.volume);
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function isThere(image: Image): Promise<void> {
  const stat = (path: string) => sh('stat -c "%U:%G %a" "$1"', `${image.root}${path}`);
  assertEquals(await stat("/usr/bin/midge"), "root:root 755");
  assertEquals(await stat("/etc/midge/config.yaml"), "root:root 644");
  assertEquals(await stat("/var/lib"), "root:root 755");
  assertMatch(await stat(FOLDER), / 750$/);
  const owners = await sh('cd "$1" && find . -printf "%U:%G\n" | sort -u', image.volume);
  assertEquals(owners, USER);
  const sizes = await sh('du -sm "$1/usr/bin/midge" "$1"', image.root);
  printLine(`MB: ${sizes.replaceAll(image.root, "").replaceAll(/\s+/g, " ")}/`);
}

async function runs(image: Image): Promise<void> {
  await using midge = await image.start();
  const exec = (words: string[], stdin?: string) => image.exec(midge.pid, words, stdin);
  await midge.line(/nobody may connect/);
  assertEquals((await exec(["sh", "-c", "id -u; touch /etc/x /usr/x"])).stdout, ["1883"]);
  assertEquals((await exec(["sh", "-c", "touch /etc/x"])).stderr.join(), readOnly("/etc/x"));
  const health = await exec(HEALTH);
  assertEquals([health.code, health.stdout[0]], [0, "ready"]);

  const to = ["-h", "127.0.0.1", "-t", "a/b", "-q", "1"];
  const refused = await exec(["midge", "pub", ...to, "-m", "x"]);
  assertStringIncludes(refused.stderr.join(), "not authorized");
  const add = ["midge", "ctl", "user", "add", "alice", "--password-stdin"];
  assertEquals((await exec(add, "correct horse\n")).code, 0);
  const alice = ["-u", "alice", "-P", "correct horse"];
  const sent = await exec(["midge", "pub", ...to, ...alice, "-m", "kept", "-r"]);
  assertEquals([sent.code, sent.stderr], [0, []]);
  assertEquals((await exec(["midge", "ctl", "token", "new"])).code, 0);
  assertEquals(await pageStatus(midge.pid), "200");

  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 0);
}

async function comesAgain(image: Image): Promise<void> {
  await using midge = await image.start();
  const to = ["-h", "127.0.0.1", "-t", "a/b", "-u", "alice", "-P", "correct horse"];
  const got = await image.exec(midge.pid, ["midge", "sub", ...to, "-C", "1"]);
  assertEquals([got.code, got.stdout], [0, ["kept"]]);
}

function readOnly(path: string): string {
  return `touch: cannot touch '${path}': Read-only file system`;
}

/** What the page answers within the container's network. */
async function pageStatus(pid: number): Promise<string> {
  const ask = 'console.log((await fetch("http://127.0.0.1:18083/")).status)';
  return await sh('nsenter -t "$1" --net "$2" eval "$3"', String(pid), Deno.execPath(), ask);
}

async function whatIsMissing(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "only root can make a root";
  for (const program of ["debootstrap", "unshare", "setpriv", "nsenter", "ip"]) {
    const { success } = await new Deno.Command("which", { args: [program] }).output();
    if (!success) return `there is no ${program}`;
  }
  return undefined;
}

optionalTest(await whatIsMissing(), "the image, by the steps of its Dockerfile", async (test) => {
  await using image = await Image.make();
  await test.step("what is in it, and whose", () => isThere(image));
  await test.step("it runs read-only; a user is made, publishes, and looks at the page", () =>
    runs(image));
  await test.step("what was kept is there after a new start", () => comesAgain(image));
});
