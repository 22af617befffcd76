/** A store's folder on this machine: who may use it, and what is said when it cannot be used. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { StoreError } from "../../lib/storage/batch_log.ts";
import { type DenoDisk, openFolder } from "../../lib/storage/files/deno_disk.ts";
import { inspect } from "../../lib/storage/files/inspect.ts";
import { segmentName } from "../../lib/storage/files/segment.ts";
import { SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { batchOf, loaded } from "./batch_log_suite.ts";

async function inTemporary(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function refusal(path: string): Promise<string> {
  return (await assertRejects(() => openFolder(path), StoreError)).message;
}

const WAYS_OUT =
  "expected a folder that the broker can write: name another with --data-dir or storage.path, or keep nothing with " +
  "`storage: null`";

async function write(disk: DenoDisk, count: number): Promise<void> {
  const log = new SegmentLog(disk, { durability: "full" });
  await loaded(log);
  for (let number = 1; number <= count; number++) await log.append(batchOf(number, 100));
  await log.close();
}

Deno.test("the folder is made, with those above it, for its owner alone", async () => {
  await inTemporary(async (folder) => {
    const path = join(folder, "data", "store");
    const disk = await openFolder(path);
    await write(disk, 3);
    disk.close();
    const modes = [join(folder, "data"), path, join(path, "lock"), join(path, segmentName(1))]
      .map((name) => Deno.statSync(name).mode! & 0o777);
    assertEquals(modes, [0o700, 0o700, 0o600, 0o600]);
  });
});

Deno.test("a second broker is refused, and told which process has it, until the first is done", async () => {
  await inTemporary(async (folder) => {
    const first = await openFolder(folder);
    const said =
      `storage.path ${folder} is in use by another broker (process ${Deno.pid}); expected a folder of its own ` +
      "for each";
    assertEquals(await refusal(folder), said);
    assertEquals(await refusal(folder), said);
    first.close();
    (await openFolder(folder)).close();
  });
});

Deno.test("where Deno cannot just try a lock it is waited for, not for ever", async () => {
  await inTemporary(async (folder) => {
    const disk = await openFolder(folder);
    const module = new URL("../../lib/storage/files/deno_disk.ts", import.meta.url).href;
    const code =
      `delete Deno.FsFile.prototype.tryLock; const { openFolder } = await import("${module}");
      await openFolder(Deno.args[0]).catch((error) => console.log(error.message)); Deno.exit(0);`;
    const args = ["eval", "--quiet", "--no-check", code, folder];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    const text = new TextDecoder().decode(stdout);
    assert(text.includes(`is in use by another broker (process ${Deno.pid})`), text);
    disk.close();
  });
});

Deno.test("the lock of a process that was killed is free", async () => {
  await inTemporary(async (folder) => {
    const disk = new URL("../../lib/storage/files/deno_disk.ts", import.meta.url).href;
    const code = `const { openFolder } = await import("${disk}"); await openFolder(Deno.args[0]);
      console.log("has it"); await new Promise(() => setInterval(() => {}, 1000));`;
    const args = ["eval", "--quiet", "--no-check", code, folder];
    const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    const reader = child.stdout.getReader();
    assertEquals(new TextDecoder().decode((await reader.read()).value), "has it\n");
    assert((await refusal(folder)).includes(`(process ${child.pid})`));
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    (await openFolder(folder)).close();
  });
});

Deno.test("a folder that cannot be made says why, and what to do", async () => {
  await inTemporary(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    for (const path of [file, join(file, "store")]) {
      assertEquals(
        await refusal(path),
        `storage.path ${path} cannot be used: a part of its path is no folder; ${WAYS_OUT}`,
      );
    }
  });
});

Deno.test("the right to write below the folder is enough, and a missing one is named", async () => {
  await inTemporary(async (folder) => {
    const run = async (right: string) => {
      const worker = new URL("../../lib/storage/files/", import.meta.url).href;
      const code =
        `import { openFolder } from "${worker}deno_disk.ts"; import { SegmentLog } from "${worker}segment_log.ts";
        try { const disk = await openFolder(Deno.args[0]); const log = new SegmentLog(disk, { durability: "full" });
          for await (const _ of log.load());
          await log.append({ number: 1, keepFrom: 1, time: 0, wall: 0, body: new Uint8Array(9) });
          await log.close(); console.log("written"); } catch (error) { console.log(error.message); }`;
      const file = join(folder, "main.ts");
      await Deno.writeTextFile(file, code);
      const args = [
        "run",
        "--quiet",
        "--no-check",
        "--no-prompt",
        "--allow-read",
        `--allow-write=${right}`,
        file,
      ];
      const command = new Deno.Command(Deno.execPath(), {
        args: [...args, join(folder, "data", "store")],
      });
      return new TextDecoder().decode((await command.output()).stdout).trim();
    };
    assertEquals(await run(join(folder, "data")), "written");
    const path = join(folder, "data", "store");
    assertEquals(
      await run(join(folder, "other")),
      `storage.path ${path}: Deno was not given the right to write there; start it with --allow-write=${path}, name ` +
        "another storage.path, or keep nothing with `storage: null`",
    );
  });
});

Deno.test("damaged files are set aside in a folder", async () => {
  await inTemporary(async (folder) => {
    const disk = await openFolder(folder);
    await write(disk, 5);
    const file = join(folder, segmentName(1));
    const bytes = await Deno.readFile(file);
    bytes[64 + 148 + 60]! ^= 1;
    await Deno.writeFile(file, bytes);
    assertEquals((await inspect(disk)).damages.length, 1);
    const lines: string[] = [];
    const onDamage = (line: string) => void lines.push(line);
    const options = { durability: "full", damage: "salvage", onDamage, epoch: () => 0 } as const;
    const log = new SegmentLog(disk, options);
    assertEquals((await loaded(log)).map(({ number }) => number), [1, 3, 4, 5]);
    await log.close();
    const aside = join(folder, "damaged-1970-01-01T00-00-00.000Z", segmentName(1));
    assertEquals(await Deno.readFile(aside), bytes);
    assert(
      lines.at(-1)!.endsWith(`set aside in damaged-1970-01-01T00-00-00.000Z: ${segmentName(1)}`),
    );
    disk.close();
  });
});
