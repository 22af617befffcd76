/** docs/midge.service: systemd understands it, and it grants what its comment relies on. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TempFolder } from "../support/midge_process.ts";

const UNIT = await Deno.readTextFile(new URL("../../docs/midge.service", import.meta.url));

/** Is systemd-analyze there? */
async function hasSystemd(): Promise<boolean> {
  try {
    return (await new Deno.Command("systemd-analyze", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "systemd takes the unit without a word",
  ignore: !await hasSystemd(),
  async fn() {
    await using folder = new TempFolder();
    const unit = folder.write(
      "midge.service",
      UNIT.replaceAll("/usr/local/bin/midge", "/bin/true"),
    );
    const command = new Deno.Command("systemd-analyze", { args: ["verify", unit] });
    const { code, stderr } = await command.output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  },
});

Deno.test("the user who runs it owns the folders that it names", () => {
  const [, start = ""] = /^ExecStart=(.*)$/m.exec(UNIT) ?? [];
  const [, user] = /^User=(\w+)$/m.exec(UNIT) ?? [];
  assertEquals(user, "midge");
  assertStringIncludes(start, "--data-dir /var/lib/midge");
  assertStringIncludes(UNIT, "\nStateDirectory=midge\n");
  assertStringIncludes(UNIT, "\nRuntimeDirectory=midge\n");
  assertStringIncludes(UNIT, `# install -d -o ${user} -g ${user} `.replace("# ", "#   "));
});
