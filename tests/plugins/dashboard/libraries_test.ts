/** The page's libraries, where Deno runs without a lock file and so does not know beforehand where packages are. */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../../../", import.meta.url);
const SCRIPT = `
const { readAsset } = await import("${new URL("plugins/dashboard/assets.ts", ROOT)}");
for (const name of ["preact.js", "hooks.js", "htm.js", "uplot.js", "uplot.css"]) {
  if ((await readAsset("vendor/" + name)) === undefined) throw new Error(name);
}
console.log("all");`;

Deno.test("without a lock file the page's libraries are found as well", async () => {
  await using folder = {
    path: await Deno.makeTempDir(),
    [Symbol.asyncDispose]: () => Deno.remove(folder.path, { recursive: true }),
  };
  const script = `${folder.path}/read.ts`;
  await Deno.writeTextFile(script, SCRIPT);
  const flags = ["run", "--no-prompt", "--quiet", "--no-lock", "--allow-read", "--config"];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...flags, new URL("deno.json", ROOT).pathname, script],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  assertEquals([decoder.decode(stdout), decoder.decode(stderr)], ["all\n", ""]);
});
