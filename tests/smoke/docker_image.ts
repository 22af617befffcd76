/**
 * The image without a Docker daemon: its Dockerfile's steps in a root of Debian 12, and its command in a read-only mount
 * of that root, as its user, without capabilities, in a network of its own. Run by `deno task test:docker` after
 * `deno task compile`, as root; MIDGE_ROOTFS is a folder that debootstrap has filled, else that takes two minutes.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { printLine } from "../../lib/cli/terminal.ts";
import { stagesOf, textsOf, wordsOf } from "../support/dockerfile.ts";
import {
  type ContainerTerms,
  httpStatus,
  ImageRoot,
  missingForImages,
  sh,
} from "../support/image_root.ts";
import { optionalTest } from "../support/optional.ts";

const REPOSITORY = new URL("../../", import.meta.url).pathname;
const [BUILD, FINAL] = stagesOf(
  await Deno.readTextFile(`${REPOSITORY}packaging/docker/Dockerfile`),
);
const [USER = ""] = textsOf(FINAL!, "USER");
const [FOLDER = ""] = textsOf(FINAL!, "WORKDIR");
const COMMAND = [
  ...wordsOf(textsOf(FINAL!, "ENTRYPOINT")[0]),
  ...wordsOf(textsOf(FINAL!, "CMD")[0]),
];
const HEALTH = wordsOf(textsOf(FINAL!, "HEALTHCHECK")[0]);
const ALICE = ["-u", "alice", "-P", "correct horse"];

/** All RUN of the build stage but the one that makes the executable, which is there; then each COPY. */
async function makeImage(root: ImageRoot): Promise<ContainerTerms> {
  const runs = textsOf(BUILD!, "RUN").filter((text) => !text.includes("deno task compile"));
  assertEquals(runs.length, 1);
  await root.run(runs[0]!, REPOSITORY);
  for (const text of textsOf(FINAL!, "COPY")) await copy(root.path, text);
  // What Docker does with a volume that is new: it gets what the image has there.
  const volume = root.beside("volume");
  await sh('cp -a "$1" "$2"', root.path + FOLDER, volume);
  return { user: USER, folder: FOLDER, volumes: { [FOLDER]: volume }, isReadOnly: true };
}

async function copy(root: string, text: string): Promise<void> {
  const [, owner = "0:0", from = "", to = ""] =
    /^--from=build (?:--chown=(\S+) )?(\/\S+\/) (\S+)$/.exec(text) ?? [];
  assert(from !== "", `COPY ${text}`);
  await sh('chown -R "$2" "$1$3" && cp -a "$1$3." "$1$4"', root, owner, from, to);
  if (to !== "/") await sh('chown 0:0 "$1$2"', root, to); // it was there, and stays root's
}

async function isThere({ path }: ImageRoot, { volumes }: ContainerTerms): Promise<void> {
  const stat = (name: string) => sh('stat -c "%U:%G %a" "$1"', `${path}${name}`);
  assertEquals(await stat("/usr/bin/midge"), "root:root 755");
  assertEquals(await stat("/etc/midge/config.yaml"), "root:root 644");
  assertEquals(await stat("/var/lib"), "root:root 755");
  assertMatch(await stat(FOLDER), / 750$/);
  const owners = await sh('cd "$1" && find . -printf "%U:%G\n" | sort -u', volumes[FOLDER]!);
  assertEquals(owners, USER);
  const sizes = await sh('du -sm "$1/usr/bin/midge" "$1"', path);
  printLine(`MB: ${sizes.replaceAll(path, "").replaceAll(/\s+/g, " ")}/`);
}

async function runs(root: ImageRoot, terms: ContainerTerms): Promise<void> {
  await using midge = await root.start(terms, COMMAND);
  const exec = (words: string[], stdin?: string) => root.exec(midge.pid, terms, words, stdin);
  await midge.line(/nobody may connect/);
  assertEquals((await exec(["id", "-u"])).stdout, ["1883"]);
  assertStringIncludes((await exec(["touch", "/etc/x"])).stderr.join(), "Read-only file system");
  const health = await exec(HEALTH);
  assertEquals([health.code, health.stdout[0]], [0, "ready"]);

  const to = ["-h", "127.0.0.1", "-t", "a/b", "-q", "1"];
  const refused = await exec(["midge", "pub", ...to, "-m", "x"]);
  assertStringIncludes(refused.stderr.join(), "not authorized");
  const add = ["midge", "ctl", "user", "add", "alice", "--password-stdin"];
  assertEquals((await exec(add, "correct horse\n")).code, 0);
  const sent = await exec(["midge", "pub", ...to, ...ALICE, "-m", "kept", "-r"]);
  assertEquals([sent.code, sent.stderr], [0, []]);
  assertEquals((await exec(["midge", "ctl", "token", "new"])).code, 0);
  assertEquals(await httpStatus(midge.pid, "http://127.0.0.1:18083/"), "200");

  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 0);
}

async function comesAgain(root: ImageRoot, terms: ContainerTerms): Promise<void> {
  await using midge = await root.start(terms, COMMAND);
  const sub = ["midge", "sub", "-h", "127.0.0.1", "-t", "a/b", ...ALICE, "-C", "1"];
  const got = await root.exec(midge.pid, terms, sub);
  assertEquals([got.code, got.stdout], [0, ["kept"]]);
}

optionalTest(
  await missingForImages(),
  "the image, by the steps of its Dockerfile",
  async (test) => {
    await using root = await ImageRoot.debian();
    const terms = await makeImage(root);
    await test.step("what is in it, and whose", () => isThere(root, terms));
    await test.step("it runs read-only; a user is made, publishes, and looks at the page", () =>
      runs(root, terms));
    await test.step("what was kept is there after a new start", () => comesAgain(root, terms));
  },
);
