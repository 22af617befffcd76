/**
 * `deno task package:npm`: dist/npm/midge-broker-X.Y.Z.tgz, and beside it the folder that it was packed from. Invariant:
 * the tarball is what `npm pack` makes of that folder, so what npm publishes is what the tests install.
 */
import { printLine } from "../lib/cli/terminal.ts";
import { stagePackage } from "./npm/stage.ts";

const ROOT = new URL("../", import.meta.url);
const OUTPUT = new URL("dist/npm/", ROOT);
const STAGED = new URL("package/", OUTPUT);

await stagePackage(ROOT, STAGED);
const { code, stdout } = await new Deno.Command("npm", {
  args: ["pack", "--silent", "--pack-destination", OUTPUT.pathname, STAGED.pathname],
  stdout: "piped",
}).output();
if (code !== 0) Deno.exit(1);
const tarball = new URL(new TextDecoder().decode(stdout).trim(), OUTPUT);
const { size } = await Deno.stat(tarball);
printLine(`${tarball.pathname}: ${(size / 1024).toFixed(0)} KiB`);
