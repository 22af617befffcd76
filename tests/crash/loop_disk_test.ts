/** The disk whose power can be cut: what was flushed is there afterwards, what was not is gone, and nothing stays mounted. */
import { assert, assertEquals } from "@std/assert";
import { LoopDisk, whyNoDisk } from "./loop_disk.ts";

const missing = await whyNoDisk();
const title = "a power cut leaves what was flushed, and only that";

Deno.test({
  name: missing === undefined ? title : `${title} (skipped: ${missing})`,
  ignore: missing !== undefined,
  async fn() {
    const disk = await LoopDisk.make();
    {
      await using _ = disk;
      const sleeper = new Deno.Command("sleep", { args: ["60"] }).spawn();
      using file = await Deno.open(`${disk.mount}/flushed`, { create: true, write: true });
      await file.write(new TextEncoder().encode("safe"));
      await file.sync();
      await Deno.writeTextFile(`${disk.mount}/unflushed`, "gone");
      await disk.cut(sleeper.pid);
      assertEquals((await sleeper.status).signal, "SIGKILL");
      file[Symbol.dispose]();
      await disk.repair();
      const names = [...Deno.readDirSync(disk.mount)].map(({ name }) => name);
      assertEquals(names.filter((name) => name !== "lost+found"), ["flushed"]);
      assertEquals(await Deno.readTextFile(`${disk.mount}/flushed`), "safe");
    }
    assert(!(await Deno.readTextFile("/proc/mounts")).includes(disk.mount));
  },
});
