/**
 * The Home Assistant add-on without Home Assistant: its folder as `deno task package:homeassistant` makes it, its
 * Dockerfile's steps in a root of Debian 12, its script as root without capabilities. Run by `deno task test:docker`.
 */
import { assert, assertEquals } from "@std/assert";
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
const ADDON = `${REPOSITORY}dist/homeassistant/midge`;
const ARCH = Deno.build.arch === "aarch64" ? "aarch64" : "amd64";

async function makeAddon(root: ImageRoot): Promise<ContainerTerms> {
  const made = new Deno.Command(Deno.execPath(), {
    args: ["task", "package:homeassistant"],
    cwd: REPOSITORY,
  });
  assert((await made.output()).success);
  const [stage] = stagesOf(await Deno.readTextFile(`${ADDON}/Dockerfile`));
  for (const text of textsOf(stage!, "COPY")) {
    const [from = "", to = ""] = text.replace("${BUILD_ARCH}", ARCH).split(" ");
    const isFolder = (await Deno.stat(`${ADDON}/${from}`)).isDirectory;
    await sh('cp -a "$1" "$2"', `${ADDON}/${from}${isFolder ? "/." : ""}`, `${root.path}${to}`);
  }
  const volume = root.beside("data");
  await sh('mkdir "$1" "$2/data" "$2/ssl"', volume, root.path);
  const logins = [{ username: "kitchen", password: "oven" }];
  await Deno.writeTextFile(`${volume}/options.json`, JSON.stringify({ logins }));
  const env = { SUPERVISOR_TOKEN: "a token" };
  return { user: "0:0", folder: "/", volumes: { "/data": volume }, isReadOnly: false, env };
}

async function runs(root: ImageRoot, terms: ContainerTerms): Promise<void> {
  const [stage] = stagesOf(await Deno.readTextFile(`${ADDON}/Dockerfile`));
  await using midge = await root.start(terms, wordsOf(textsOf(stage!, "CMD")[0]));
  const exec = (words: string[]) => root.exec(midge.pid, terms, words);
  const { stdout } = await exec(["stat", "-c", "%a", "/run/midge/supervisor_token"]);
  assertEquals(stdout, ["600"]);
  const to = ["-h", "127.0.0.1", "-t", "a/b", "-q", "1", "-m", "x"];
  const sent = await exec(["midge", "pub", ...to, "-u", "kitchen", "-P", "oven"]);
  assertEquals([sent.code, sent.stderr], [0, []]);
  const guessed = await exec(["midge", "pub", ...to, "-u", "paulus", "-P", "guessed"]);
  assertEquals(guessed.code, 1);
  assertEquals(await httpStatus(midge.pid, "http://127.0.0.1:8099/healthz"), "200");
  await midge.line(/the Supervisor was not told of this broker/); // there is none
  assert(!midge.log.join("\n").includes("a token"));
  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 0);
}

optionalTest(
  await missingForImages(),
  "the add-on, by the steps of its Dockerfile",
  async (test) => {
    await using root = await ImageRoot.debian();
    const terms = await makeAddon(root);
    await test.step("its script makes the configuration, and the broker serves", () =>
      runs(root, terms));
  },
);
