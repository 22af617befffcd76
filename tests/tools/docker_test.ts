/** The image and the compose files: not root, no shell at work, no open door, versions of deno.json, linted. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parse } from "@std/yaml";
import manifest from "../../deno.json" with { type: "json" };
import { loadConfig } from "../../lib/config/load.ts";
import { DENO_VERSION } from "../../tools/npm/manifest.ts";
import { instructionsOf, stagesOf, textsOf, wordsOf } from "../support/dockerfile.ts";
import { optionalTest } from "../support/optional.ts";

const FOLDER = new URL("../../packaging/docker/", import.meta.url).pathname;
const TEXT = await Deno.readTextFile(`${FOLDER}Dockerfile`);
const [BUILD, FINAL] = stagesOf(TEXT);

async function programMissing(program: string): Promise<string | undefined> {
  const { success } = await new Deno.Command("which", { args: [program] }).output();
  return success ? undefined : `there is no ${program}`;
}

Deno.test("a Dockerfile is read: continued lines, comments, stages, JSON forms", () => {
  const text = "# a\nARG V=1\nFROM --platform=$P a:1 AS b\nRUN one \\\n # why\n  && two\nFROM c\n" +
    'CMD ["d", "e f"]\n';
  const [first, last] = stagesOf(text);
  assertEquals([first?.base, first?.name, last?.base, last?.name], ["a:1", "b", "c", undefined]);
  assertEquals(textsOf(first!, "RUN"), ["one && two"]);
  assertEquals(wordsOf(textsOf(last!, "CMD")[0]), ["d", "e f"]);
  assertThrows(() => wordsOf("d e"), Error, "expected a JSON array");
  assertThrows(() => instructionsOf("FROM a\nHURRY up"), Error, "HURRY up");
});

Deno.test("the image is not root's, starts without a shell, and runs nothing of the kind it is made for", () => {
  assertEquals(textsOf(FINAL!, "USER"), ["1883:1883"]);
  assertEquals(textsOf(FINAL!, "RUN"), []);
  assertEquals(wordsOf(textsOf(FINAL!, "ENTRYPOINT")[0]), ["midge"]);
  assertEquals(wordsOf(textsOf(FINAL!, "CMD")[0])[0], "start");
  assertEquals(wordsOf(textsOf(FINAL!, "HEALTHCHECK")[0]).slice(0, 2), ["midge", "ctl"]);
  assertEquals(textsOf(FINAL!, "STOPSIGNAL"), ["SIGTERM"]);
  assertEquals(textsOf(FINAL!, "VOLUME"), ["/var/lib/midge"]);
  assertEquals(textsOf(FINAL!, "EXPOSE"), ["1883 8883 18083"]);
  assertEquals(FINAL!.base, "debian:12-slim");
});

Deno.test("versions are those of the project", async () => {
  assertMatch(TEXT, new RegExp(`ARG DENO_VERSION=${DENO_VERSION.replaceAll(".", "\\.")}\n`));
  assertEquals(BUILD!.base, "denoland/deno:debian-${DENO_VERSION}");
  const [labels = ""] = textsOf(FINAL!, "LABEL");
  const label = (name: string) => new RegExp(`image\\.${name}="([^"]*)"`).exec(labels)?.[1];
  assertEquals([label("version"), label("licenses")], [manifest.version, manifest.license]);
  const compose = await Deno.readTextFile(`${FOLDER}compose.yaml`);
  assert(compose.includes(`image: midge:${manifest.version}\n`), compose);
});

Deno.test("what the image is made of is sent to the builder, and is there", async () => {
  const ignore = await Deno.readTextFile(`${FOLDER}Dockerfile.dockerignore`);
  const [all, ...kept] = ignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assertEquals(all, "*");
  const isKept = (path: string) => kept.some((line) => `!${path}`.startsWith(line));
  const names = /(?:^| )((?:packaging\/docker\/)\w[\w.]*|LICENSE) \/image/g;
  const used = [...textsOf(BUILD!, "RUN").join(" ").matchAll(names)].map(([, path = ""]) => path);
  assertEquals(used.length, 3);
  const command = manifest.tasks.compile.command;
  const included = [...command.matchAll(/--include (\S+)/g)].map(([, path = ""]) => path);
  for (
    const path of [...used, ...included, "main.ts", "deno.json", "deno.lock", "import_map.json"]
  ) {
    assert(isKept(path), `${path} is ignored`);
    await Deno.stat(new URL(`../../${path}`, import.meta.url));
  }
  for (const path of ["tests/all.ts", "docs/DOCKER.md", ".git/config", "data/store"]) {
    assert(!isKept(path), `${path} is sent`);
  }
});

for (const name of ["config.yaml", "config.tls.yaml"]) {
  Deno.test(`${name} of the image: only who has a password comes in, all is kept in the volume`, async () => {
    const config = await loadConfig(`${FOLDER}${name}`);
    assertEquals(config.plugins.map((one) => one.name), ["auth_file", "broker_sys", "dashboard"]);
    assertEquals(config.storage?.path, "/var/lib/midge/data/store");
    assertEquals(config.warnings, []);
    const passwords = await Deno.readTextFile(`${FOLDER}passwords`);
    assertEquals(passwords.split("\n").filter((line) => !/^(#.*)?$/.test(line)), []);
  });
}

Deno.test("compose: read-only, no capabilities, limits, and the page for this machine alone", async () => {
  const { services } = parse(await Deno.readTextFile(`${FOLDER}compose.yaml`)) as {
    services: { midge: Record<string, unknown> };
  };
  const { midge } = services;
  assertEquals([midge.read_only, midge.cap_drop, midge.mem_limit], [true, ["ALL"], "512m"]);
  assertEquals(midge.security_opt, ["no-new-privileges:true"]);
  assertEquals(midge.ports, ["1883:1883", "127.0.0.1:18083:18083"]);
});

const HADOLINT = Deno.env.get("MIDGE_HADOLINT") ?? "hadolint";

for (const file of ["docker/Dockerfile", "homeassistant/Dockerfile"]) {
  optionalTest(
    await programMissing(HADOLINT),
    `hadolint has nothing to say of ${file}`,
    async () => {
      const path = new URL(`../../packaging/${file}`, import.meta.url).pathname;
      const { code, stdout } = await new Deno.Command(HADOLINT, { args: [path] }).output();
      assertEquals([new TextDecoder().decode(stdout), code], ["", 0]);
    },
  );
}

optionalTest(
  await programMissing("docker-compose"),
  "docker-compose reads both compose files",
  async () => {
    const files = ["-f", "compose.yaml", "-f", "compose.tls.yaml"];
    const { code, stderr } = await new Deno.Command("docker-compose", {
      args: [...files, "config", "-q"],
      cwd: FOLDER,
    }).output();
    assertEquals([new TextDecoder().decode(stderr), code], ["", 0]);
  },
);
