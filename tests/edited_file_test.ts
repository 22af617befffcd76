/** A file that is changed: by another hand at the same time, by a process that is killed, where it may not be. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { editFile, rightToWrite } from "../lib/edited_file.ts";
import { readText } from "../lib/text_file.ts";
import { UserError } from "../lib/user_error.ts";
import { TempFolder } from "./support/midge_process.ts";

const isUnix = Deno.build.os !== "windows";
const CHANGING = new URL("./support/changing_process.ts", import.meta.url).pathname;

Deno.test("what another hand writes between the reading and the replacing stays", async () => {
  await using folder = new TempFolder();
  const file = folder.write("f", "one\n");
  const change = () => {
    folder.write("f", "by hand\n");
    return "two\n";
  };
  const { message } = await assertRejects(
    () => editFile(file, { read: readText, change }),
    UserError,
  );
  assertEquals(message, `${file}: has been changed meanwhile by another hand; nothing was written`);
  assertEquals([folder.read("f"), [...Deno.readDirSync(folder.path)].length], ["by hand\n", 1]);
});

Deno.test("a file that another hand makes or removes meanwhile is not overwritten either", async () => {
  await using folder = new TempFolder();
  const file = `${folder.path}/f`;
  const made = () => {
    folder.write("f", "by hand\n");
    return "two\n";
  };
  const read = () => Promise.resolve("");
  await assertRejects(() => editFile(file, { read, change: made }), UserError, "meanwhile");
  const removed = () => {
    Deno.removeSync(file);
    return "two\n";
  };
  await assertRejects(() => editFile(file, { read, change: removed }), UserError, "meanwhile");
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test(
  { name: "killed in the middle of changes: the file is whole each time", ignore: !isUnix },
  async () => {
    await using folder = new TempFolder();
    const file = folder.write("f", "0\n".repeat(20_000));
    for (let round = 0; round < 10; round++) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "-A", CHANGING, file],
        stdout: "piped",
        stderr: "null",
      }).spawn();
      let changes = 0;
      for await (const chunk of child.stdout) {
        changes += chunk.length;
        if (changes <= round * 3) continue;
        child.kill("SIGKILL");
        break;
      }
      await child.status;
      const lines = new Set(folder.read("f").trimEnd().split("\n"));
      assertEquals([lines.size, folder.read("f").match(/\n/g)!.length], [1, 20_000]);
    }
    await editFile(file, { read: readText, change: () => "free\n" }); // no lock is left
    assertEquals(folder.read("f"), "free\n");
  },
);

Deno.test({
  name: "a folder that may not be written to (not as root)",
  ignore: !isUnix || Deno.uid() === 0,
  async fn() {
    await using folder = new TempFolder();
    const file = folder.write("f", "one\n");
    Deno.chmodSync(folder.path, 0o555);
    const edit = { read: readText, change: () => "two\n" };
    const { message } = await assertRejects(() => editFile(file, edit), UserError);
    Deno.chmodSync(folder.path, 0o755);
    assertEquals(message, `${file}: may not be written: permission denied`);
    assertEquals(folder.read("f"), "one\n");
  },
});

Deno.test("the missing right is said with the folder that it is for", () => {
  assertStringIncludes(rightToWrite("/etc/midge/users"), "--allow-write=/etc/midge too");
});
