/** How a log uses its files, and what it says about the disk. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../lib/storage/batch_log.ts";
import { inspect } from "../../lib/storage/files/inspect.ts";
import { segmentName } from "../../lib/storage/files/segment.ts";
import { type Durability, SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { batchOf, loaded } from "./batch_log_suite.ts";
import { type Failure, FAILURES, SimulatedDisk } from "./simulated_disk.ts";

async function started(
  disk: SimulatedDisk,
  segmentSize = 600,
  durability: Durability = "full",
): Promise<SegmentLog> {
  const log = new SegmentLog(disk, { durability, segmentSize });
  await loaded(log);
  return log;
}

/** Batches of 148 bytes; those from `edition` on permit to forget what is older than it. */
async function append(log: SegmentLog, first: number, last: number, edition = 1): Promise<void> {
  for (let number = first; number <= last; number++) {
    await log.append(batchOf(number, 100, number > edition ? edition : 1));
  }
}

/** The operations since then, of one kind. */
function operations(disk: SimulatedDisk, since: number, ...kinds: string[]): string[] {
  return disk.history.slice(since).map((line) => line.replace(/^\d+ /, ""))
    .filter((line) => kinds.includes(line.split(" ", 1)[0]!));
}

Deno.test("an append is one write and one flush; a segment begins with its folder", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 1);
  const since = disk.operations;
  await append(log, 2, 4);
  const name = segmentName(1);
  assertEquals(operations(disk, since, "write", "sync", "syncFolder", "create"), [
    `write ${name} 212 148`,
    `sync ${name}`,
    `write ${name} 360 148`,
    `sync ${name}`,
    `write ${name} 508 148`,
    `sync ${name}`,
  ]);
  const next = disk.operations;
  await append(log, 5, 5);
  assertEquals(operations(disk, next, "write", "sync", "syncFolder", "create"), [
    `create ${segmentName(2)}`,
    "syncFolder .",
    `write ${segmentName(2)} 0 212`,
    `write ${segmentName(2)} 212 388`,
    `sync ${segmentName(2)}`,
  ]);
  await log.close();
});

Deno.test("os: no flush but of a whole segment", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk, 600, "os");
  await append(log, 1, 4);
  assertEquals(operations(disk, 0, "sync"), []);
  await append(log, 5, 5);
  assertEquals(operations(disk, 0, "sync"), [`sync ${segmentName(1)}`]);
  await log.close();
});

Deno.test("segments that are needed no more are used again, two of them; the others are removed", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 20);
  assertEquals(log.stats.files, 5);
  await append(log, 21, 21, 20);
  await log.close();
  assertEquals(disk.names, [1, 2, 5, 6].map(segmentName));
  assertEquals([log.stats.files, log.stats.spares], [4, 2]);
  const size = disk.names.reduce((sum, name) => sum + disk.content(name).length, 0);
  assertEquals(log.stats.size, size);
  const again = await started(disk);
  const since = disk.operations;
  await append(again, 22, 26, 20);
  assertEquals(operations(disk, since, "create", "rename"), [
    `rename ${segmentName(2)} ${segmentName(7)}`,
    `rename ${segmentName(1)} ${segmentName(8)}`,
  ]);
  await again.close();
  assertEquals((await loaded(new SegmentLog(disk, { durability: "full" })))[0]?.number, 20);
});

Deno.test("a file far beyond the size of a segment is not kept to be used again", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await log.append(batchOf(1, 5000));
  await append(log, 2, 9, 8);
  await log.close();
  assert(!disk.names.includes(segmentName(1)));
  assert(disk.names.every((name) => disk.content(name).length < 1200));
});

/** What an `os` log comes to when the power is cut: some of what was appended last may be lost. */
async function afterPowerCut(disk: SimulatedDisk, seed: number): Promise<number[]> {
  const options = { durability: "os", damage: "salvage", epoch: () => 0 } as const;
  const batches = await loaded(new SegmentLog(disk.afterPowerCut(seed), options));
  return batches.map(({ number }) => number);
}

Deno.test("os: a file goes only when what permits it, and all beside, is on the disk", async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const disk = new SimulatedDisk(seed);
    const log = await started(disk, 600, "os");
    await append(log, 1, 20);
    await append(log, 21, 21, 20);
    await disk.list(); // a turn for what goes on behind
    assertEquals(await afterPowerCut(disk, seed), [20, 21]);
    await append(log, 22, 45, 20);
    assertEquals((await afterPowerCut(disk, seed)).slice(0, 2), [20, 21]);
    await log.close();
  }
});

Deno.test("os: no file goes for what a failed flush may have lost", async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const disk = new SimulatedDisk(seed);
    const log = await started(disk, 600, "os");
    await append(log, 1, 16);
    disk.failAt(disk.operations, "EIO"); // the flush of the whole segment
    await assertRejects(() => append(log, 17, 17));
    await append(log, 17, 22, 14); // 14 to 16 are in that segment
    await append(log, 23, 23, 14);
    await disk.list();
    const numbers = await afterPowerCut(disk, seed);
    assertEquals(numbers.slice(0, 12), Array.from({ length: 12 }, (_, at) => at + 1));
    disk.failAt(disk.operations + 1, "EIO"); // the flush before files go
    await assertRejects(() => append(log, 24, 24, 23));
    await append(log, 24, 24, 23);
    await disk.list();
    assertEquals((await afterPowerCut(disk, seed))[0], 1);
    await log.close();
  }
});

Deno.test("segments whose first write fails do not gather", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 2);
  disk.delay = (operation) =>
    operation.startsWith("sync ") ? Promise.reject(new Error("EIO")) : Promise.resolve();
  for (let tries = 0; tries < 20; tries++) await assertRejects(() => append(log, 3, 3));
  disk.delay = () => Promise.resolve();
  await append(log, 3, 3);
  assertEquals(disk.names.length, 2);
  await log.close();
});

Deno.test("a first write that was cut short leaves the number of the first segment free", async () => {
  const disk = new SimulatedDisk(1);
  disk.put(segmentName(1), new Uint8Array(200).fill(7));
  const log = await started(disk);
  await append(log, 1, 1);
  assertEquals(disk.names, [segmentName(1)]);
  await log.close();
});

Deno.test("of two batches with one number the one that was written later counts", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 3);
  await log.close();
  const whole = disk.content(segmentName(1));
  disk.put(segmentName(1), whole.slice(0, 64 + 2 * 148 + 20));
  const again = await started(disk);
  const other = { ...batchOf(3, 100), time: 77 };
  await again.append(other);
  await again.close();
  disk.put(segmentName(1), whole);
  const found = await loaded(new SegmentLog(disk, { durability: "full" }));
  assertEquals(found, [batchOf(1, 100), batchOf(2, 100), other]);
});

for (const failure of Object.keys(FAILURES) as Failure[]) {
  Deno.test(`${failure} for a while: no files gather, and it goes on`, async () => {
    const disk = new SimulatedDisk(1);
    const log = await started(disk);
    await append(log, 1, 5);
    const before = disk.names.length;
    const end = disk.operations + 2000;
    for (let index = disk.operations; index < end; index++) disk.failAt(index, failure);
    while (disk.operations < end - 20) {
      await assertRejects(() => log.append(batchOf(6, 100)), Error, "os error");
    }
    while (disk.operations < end) await disk.list().catch(() => {}); // it fails, too
    await append(log, 6, 9);
    await log.close();
    assert(disk.names.length <= before + 3, disk.names.join());
    const after = new SegmentLog(disk.afterPowerCut(1), { durability: "full" });
    assertEquals((await loaded(after)).length, 9);
  });
}

Deno.test("a failed flush: the file is left alone, the batch goes to another one", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 2);
  disk.failAt(disk.operations + 1, "EIO");
  await assertRejects(() => log.append(batchOf(3, 100)), Error, "os error 5");
  const since = disk.operations;
  await append(log, 3, 4);
  const touched = operations(disk, since, "write", "sync").join();
  assert(!touched.includes(segmentName(1)), touched);
  await log.close();
  assertEquals(
    (await loaded(new SegmentLog(disk.afterPowerCut(1), { durability: "full" }))).length,
    4,
  );
});

Deno.test("a start writes the newest batch once more: its flush may have failed before", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 2);
  disk.failAt(disk.operations + 1, "EIO");
  await assertRejects(() => log.append(batchOf(3, 100)));
  const next = disk.afterKill(1);
  const found = await loaded(new SegmentLog(next, { durability: "full" }));
  assertEquals(found.length, 3);
  for (let seed = 0; seed < 20; seed++) {
    const after = await loaded(new SegmentLog(next.afterPowerCut(seed), { durability: "full" }));
    assertEquals(after, found);
  }
});

Deno.test("a disk that cannot be read stops the start, with what it says", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 5);
  await log.close();
  const since = disk.operations;
  await loaded(new SegmentLog(disk, { durability: "full" }));
  const count = disk.operations - since;
  for (let index = 0; index < count; index++) {
    const next = disk.afterKill(1);
    next.failAt(index, "EIO");
    const load = () => loaded(new SegmentLog(next, { durability: "full" }));
    const { message } = await assertRejects(load, StoreError);
    assertEquals(message, "simulated cannot be used: Input/output error (os error 5)");
  }
});

Deno.test("a look at a store says what is where, and changes nothing", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 10);
  await append(log, 11, 12, 7);
  const report = await inspect(disk);
  assertEquals(report, {
    segments: [
      { name: segmentName(1), size: 656, batches: 0, first: undefined, last: undefined },
      { name: segmentName(2), size: 656, batches: 2, first: 7, last: 8 },
      { name: segmentName(3), size: 656, batches: 4, first: 9, last: 12 },
    ],
    batches: 6,
    bytes: 600,
    newest: 1_700_000_000_012,
    damages: [],
    notes: [],
  });
  const kinds = ["write", "create", "rename", "remove", "sync", "truncate"];
  const since = disk.operations;
  await inspect(disk);
  assertEquals(operations(disk, since, ...kinds), []);
  await log.close();
});

Deno.test("a look at a store whose files are used again meanwhile finds no damage", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 20);
  let turn = 0;
  let number = 20;
  disk.delay = async (operation) => {
    if (!operation.startsWith("read") || ++turn % 6 !== 0 || turn > 18) return;
    await append(log, number + 1, number + 12, number + 10);
    number += 12;
  };
  const report = await inspect(disk);
  assertEquals(report.damages, []);
  assert(turn > 6 && number > 20);
  await log.close();
});

Deno.test("a log that was not loaded to its end is not written to", async () => {
  const disk = new SimulatedDisk(1);
  const log = await started(disk);
  await append(log, 1, 3);
  await log.close();
  const next = new SegmentLog(disk, { durability: "full" });
  await assertRejects(() => next.append(batchOf(4, 1)), Error, "to its end");
  for await (const { number } of next.load()) if (number === 1) break;
  await assertRejects(() => next.append(batchOf(4, 1)), Error, "to its end");
  assertEquals((await loaded(new SegmentLog(disk, { durability: "full" }))).length, 3);
});
