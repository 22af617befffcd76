/** What root gives away: itself, and never what a link in its place leads to. */
import { assertEquals, assertThrows } from "@std/assert";
import { giveFile, giveWithMode } from "../lib/given_file.ts";
import { Machine } from "../lib/cli/service/machine.ts";
import { UserError } from "../lib/user_error.ts";
import { TempFolder } from "./support/midge_process.ts";

const OTHER = { uid: 4711, gid: 4712 };
const ignore = Deno.uid() !== 0;

Deno.test({
  name: "a file and a folder are given with their modes",
  ignore,
  fn: async () => {
    await using folder = new TempFolder();
    const file = folder.write("file", "");
    giveFile(folder.path, OTHER);
    assertEquals(giveWithMode(file, OTHER, 0o640), true);
    for (const path of [folder.path, file]) {
      const { uid, gid } = Deno.statSync(path);
      assertEquals({ uid, gid }, OTHER);
    }
    assertEquals(Deno.statSync(file).mode! & 0o777, 0o640);
  },
});

Deno.test("what a link leads to is not given, and keeps its mode", async () => {
  await using folder = new TempFolder();
  const file = folder.write("precious", "");
  Deno.chmodSync(file, 0o600);
  const link = `${folder.path}/link`;
  Deno.symlinkSync(file, link);
  const { uid } = Deno.statSync(file);
  assertThrows(() => giveFile(link, OTHER));
  assertThrows(() => giveWithMode(link, OTHER, 0o666));
  const machine = new Machine({ root: folder.path, os: "linux", executable: undefined });
  assertThrows(() => machine.give("/link", OTHER), UserError, "/link: ");
  assertEquals([Deno.statSync(file).uid, Deno.statSync(file).mode! & 0o777], [uid, 0o600]);
});
