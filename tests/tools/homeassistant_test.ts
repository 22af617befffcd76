/** The folder of the Home Assistant add-on: by the documented schema, in step with what Midge reads and listens on. */
import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import manifest from "../../deno.json" with { type: "json" };
import { addonConfigText } from "../../lib/cli/addon/config_text.ts";
import { readAddonOptions } from "../../lib/cli/addon/options.ts";
import { stagesOf, textsOf, wordsOf } from "../support/dockerfile.ts";
import { buildProblems, configProblems } from "./homeassistant_schema.ts";

const FOLDER = new URL("../../packaging/homeassistant/", import.meta.url);

interface Addon {
  readonly version: string;
  readonly arch: readonly string[];
  readonly ports: Readonly<Record<string, number>>;
  readonly ingress_port: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly schema: Readonly<Record<string, unknown>>;
}

async function yamlOf<Type>(path: string): Promise<Type> {
  return parse(await Deno.readTextFile(new URL(path, FOLDER))) as Type;
}

const ADDON = await yamlOf<Addon & Record<string, unknown>>("config.yaml");

Deno.test("config.yaml and build.yaml have documented keys of the documented types", async () => {
  assertEquals(configProblems(ADDON), []);
  assertEquals(buildProblems(await yamlOf("build.yaml")), []);
  assertEquals(ADDON.version, manifest.version);
});

Deno.test("the schema finds what the Supervisor would refuse", () => {
  const { name: _name, ...rest } = ADDON;
  const wrong = { ...rest, ports: { "1883": 1883 }, map: ["ssl"], codename: "x", startup: "soon" };
  const schema = { a: "string", b: [["str"]] };
  assertEquals(configProblems({ ...wrong, schema }).map((line) => line.split(":")[0]), [
    "name is missing",
    "startup",
    "map",
    "ports",
    "schema",
    "codename is not documented",
  ]);
  assertEquals(buildProblems({ build_from: { amd64: "debian" }, squash: true }).length, 2);
});

Deno.test("options have types and names for people, and Midge reads the defaults", async () => {
  const optional = Object.entries(ADDON.schema).filter(([, type]) => String(type).endsWith("?"));
  const names = Object.keys(ADDON.schema);
  const required = names.filter((name) => !optional.some(([one]) => one === name));
  assertEquals(Object.keys(ADDON.options).sort(), required.sort());
  const { configuration, network } = await yamlOf<Record<string, Record<string, unknown>>>(
    "translations/en.yaml",
  );
  assertEquals(Object.keys(configuration!).sort(), names.sort());
  assertEquals(Object.keys(network!).sort(), Object.keys(ADDON.ports).sort());
  const read = readAddonOptions(JSON.stringify(ADDON.options), "options.json");
  assertEquals(read, readAddonOptions("{}", "options.json"));
});

Deno.test("the ports of the add-on are those that the broker listens on", () => {
  const places = {
    passwordFile: "/p",
    systemUsers: "/u",
    dataDir: "/d",
    ssl: "/ssl",
    tokenFile: "/t",
    plugin: "/x.js",
  };
  const text = addonConfigText(readAddonOptions("{}", "options.json"), places, true);
  const { listeners, plugins } = parse(text) as {
    listeners: Record<string, { bind: string }>;
    plugins: { dashboard: { bind: string } };
  };
  const bound = Object.values(listeners).map(({ bind }) => bind.replace("0.0.0.0:", ""));
  assertEquals(bound.sort(), Object.keys(ADDON.ports).map((name) => name.split("/")[0]!).sort());
  assertEquals(plugins.dashboard.bind, `0.0.0.0:${ADDON.ingress_port}`);
});

Deno.test("the Dockerfile copies what the package has, for every architecture, and starts the script", async () => {
  const [stage] = stagesOf(await Deno.readTextFile(new URL("Dockerfile", FOLDER)));
  assertEquals(textsOf(stage!, "COPY"), ["midge-${BUILD_ARCH} /usr/bin/midge", "rootfs /"]);
  const [script = ""] = wordsOf(textsOf(stage!, "CMD")[0]);
  const { mode } = await Deno.stat(new URL(`rootfs${script}`, FOLDER));
  assertEquals((mode ?? 0) & 0o777, 0o755);
  const version = textsOf(stage!, "ARG").find((text) => text.startsWith("BUILD_VERSION="));
  assertEquals(version, `BUILD_VERSION=${manifest.version}`);
  const { build_from } = await yamlOf<{ build_from: Record<string, string> }>("build.yaml");
  assertEquals(Object.keys(build_from).sort(), [...ADDON.arch].sort());
});

Deno.test("the icon is a square of 128 pixels", async () => {
  const bytes = await Deno.readFile(new URL("icon.png", FOLDER));
  const view = new DataView(bytes.buffer);
  assertEquals(new TextDecoder().decode(bytes.subarray(1, 4)), "PNG");
  assertEquals([view.getUint32(16), view.getUint32(20)], [128, 128]);
  assert(bytes.length < 20_000);
});
