/** Storages that cannot be used, with real processes: one that is in use, and a folder that cannot be made. */
import { assertEquals, assertMatch } from "@std/assert";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";

function configIn(folder: TempFolder, name: string, path: string): string {
  return folder.write(
    name,
    [
      'listeners: { default: { bind: "127.0.0.1:0" } }',
      "plugins: { auth_anonymous: }",
      `storage: { path: ${path} }`,
      "management: null",
      `data_dir: ${folder.path}/${name}.data`,
    ].join("\n"),
  );
}

Deno.test("a second broker on one storage says so in one line, and the first goes on", async () => {
  await using folder = new TempFolder();
  const store = `${folder.path}/store`;
  await using first = await MidgeProcess.start([
    "start",
    "--config",
    configIn(folder, "a.yaml", store),
  ]);
  const { code, stderr } = await runMidge([
    "start",
    "--config",
    configIn(folder, "b.yaml", store),
  ]);
  assertEquals(code === 0, false);
  const said = stderr.filter((line) => line.includes("in use by another broker"));
  assertEquals(said.length, 1, stderr.join("\n"));
  assertMatch(said[0]!, /storage\.path .*\/store is in use by another broker \(process \d+\)/);
  first.signal("SIGTERM");
  assertEquals(await first.exitCode(), 0);
});

Deno.test("a folder that cannot be made refuses the start with one line", async () => {
  await using folder = new TempFolder();
  const file = folder.write("file", "");
  const config = configIn(folder, "c.yaml", `${file}/store`);
  const { code, stderr } = await runMidge(["start", "--config", config]);
  assertEquals(code === 0, false);
  const said = stderr.filter((line) => line.includes("cannot be used"));
  assertEquals(said.length, 1, stderr.join("\n"));
  assertMatch(said[0]!, /storage\.path .*\/file\/store cannot be used: .*expected a folder/);
});
