/**
 * `midge check`: the same verdict as start, without listening.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runMidge, TempFolder } from "../support/midge_process.ts";

Deno.test("a good configuration is fine, even while its port is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", `listeners: {default: {bind: "127.0.0.1:${port}"}}`);
  const { code, stdout, stderr } = await runMidge(["check", "-c", file]);
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: [`${file}: fine`], stderr: [] });
});

Deno.test("without a file: the built-in configuration, and that anyone may connect", async () => {
  const { code, stdout, stderr } = await runMidge(["check"]);
  assertEquals([code, stdout], [0, ["the built-in configuration: fine"]]);
  assertEquals(stderr, [
    "warning: no configuration file: anyone may connect; give one with --config FILE",
  ]);
});

Deno.test("options of plugins are checked, and modules loaded", async () => {
  await using folder = new TempFolder();
  folder.write("broken.ts", "export default 5;");
  folder.write(
    "hook.ts",
    `export default { name: "h", apiVersion: 1, setup: () => ({ clientConected() {} }) };`,
  );
  const file = folder.write(
    "c.yaml",
    "plugins: {auth_anonymous: {allow: true}, ./broken.ts: , ./hook.ts: , ./none.ts: }",
  );
  const { code, stdout, stderr } = await runMidge(["check", "-c", file]);
  assertEquals([code, stdout, stderr.length], [1, [], 4]);
  const parts = [
    "auth_anonymous.allow: ",
    "./broken.ts: ",
    "./hook.ts: unknown hook clientConected",
    "./none.ts: ",
  ];
  parts.forEach((part, index) =>
    assertStringIncludes(stderr[index]!, `midge: ${file}: plugins.${part}`)
  );
});

Deno.test("warnings are shown, and are no refusal", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", "plugins: {}");
  const { code, stderr } = await runMidge(["check", "-c", file]);
  assertEquals([code, stderr], [0, [
    `warning: ${file}: plugins: no plugins, so nobody is let in; auth_anonymous or auth_file would`,
  ]]);
});
