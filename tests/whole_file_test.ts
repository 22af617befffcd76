/** Files that people name: whole, in order, and never without an end. */
import { assertEquals, assertRejects } from "@std/assert";
import { readWhole, readWholeText } from "../lib/whole_file.ts";
import { TempFolder } from "./support/midge_process.ts";

Deno.test("a file is read whole; a folder and nothing fail as Deno says", async () => {
  await using folder = new TempFolder();
  folder.write("a", "\ufeffäb");
  assertEquals(await readWholeText(`${folder.path}/a`), "\ufeffäb");
  await assertRejects(() => readWhole(`${folder.path}/b`), Deno.errors.NotFound);
  await assertRejects(() => readWhole(folder.path), Deno.errors.IsADirectory);
});

Deno.test({
  name: "a device ends: at once, or with an error after a megabyte",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    assertEquals((await readWhole("/dev/null")).length, 0);
    await assertRejects(() => readWhole("/dev/zero"), Error, "it has more than 1048576 bytes");
  },
});

Deno.test("of a file on the disk its size says that it is too long", async () => {
  await using folder = new TempFolder();
  folder.write("a", "");
  await Deno.truncate(`${folder.path}/a`, 600 * 1024 * 1024);
  await assertRejects(() => readWhole(`${folder.path}/a`), Error, "more than 536870912 bytes");
});
