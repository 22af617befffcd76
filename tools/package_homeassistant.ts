/**
 * `deno task package:homeassistant [ARCH=FILE ...]`: dist/homeassistant, a repository of add-ons with Midge in it, which
 * Home Assistant builds from its folder alone. Invariant: the add-on has the architectures whose executables are there.
 */
import { copyFolder } from "./homeassistant/folder.ts";
import { printLine } from "../lib/cli/terminal.ts";

const ROOT = new URL("../", import.meta.url);
const TARGET = new URL("dist/homeassistant/", ROOT);
const HERE = Deno.build.arch === "aarch64" ? "aarch64" : "amd64";
const ARCHITECTURES = ["aarch64", "amd64"];

function executables(args: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const arg of args.length > 0 ? args : [`${HERE}=${new URL("dist/midge", ROOT).pathname}`]) {
    const [, arch = "", file = ""] = /^(\w+)=(.+)$/.exec(arg) ?? [];
    if (!ARCHITECTURES.includes(arch)) {
      throw new Error(
        `got ${arg}; expected amd64=FILE or aarch64=FILE, executables of deno task compile`,
      );
    }
    found.set(arch, file);
  }
  return found;
}

const found = executables(Deno.args);
await Deno.remove(TARGET, { recursive: true }).catch(() => {}); // it may never have been made
const addon = new URL("midge/", TARGET);
await copyFolder(new URL("packaging/homeassistant/", ROOT), addon);
for (const [arch, file] of found) {
  await Deno.copyFile(file, new URL(`midge-${arch}`, addon));
  await Deno.chmod(new URL(`midge-${arch}`, addon), 0o755);
}
const config = await Deno.readTextFile(new URL("config.yaml", addon));
const missing = ARCHITECTURES.filter((arch) => !found.has(arch));
const lines = config.split("\n").filter((line) => !missing.some((arch) => line === `  - ${arch}`));
await Deno.writeTextFile(new URL("config.yaml", addon), lines.join("\n"));
await Deno.copyFile(new URL("CHANGELOG.md", ROOT), new URL("CHANGELOG.md", addon));
await Deno.copyFile(new URL("LICENSE", ROOT), new URL("LICENSE", addon));
await Deno.writeTextFile(new URL("repository.yaml", TARGET), "name: Midge\n");
printLine(`${TARGET.pathname}: the add-on midge for ${[...found.keys()].join(" and ")}`);
