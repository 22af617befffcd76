/**
 * One story of a log in which every operation of the disk fails once, or is the last one before a kill or a power cut:
 * of a start, of segments that are begun, full and used again, of mending.
 */
import { assertEquals } from "@std/assert";
import { SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { batchOf, loaded } from "./batch_log_suite.ts";
import { type Life, LogLives, type Terms } from "./log_life.ts";
import { type Failure, FAILURES, SimulatedDisk } from "./simulated_disk.ts";

const TERMS: Terms = { durability: "full", segmentSize: 400, seed: 1 };
const SEEDS = [1, 2, 3];

/** Fills six segments, the last three in files that were used before. */
const STORY: Life = {
  sizes: [10, 300, 0, 600, 30, 200, 200, 0, 1000, 40, 300, 100],
  edition: 4,
  failures: [],
  end: Infinity,
  how: "close",
};

async function operationsOf(terms: Terms): Promise<number> {
  const lives = new LogLives(terms);
  await lives.lead(STORY);
  const first = lives.disk;
  await lives.lead(STORY);
  return first.operations;
}

/** The second life of two has the trouble; then there is a third, and a power cut. */
async function tell(terms: Terms, trouble: Partial<Life>): Promise<void> {
  const lives = new LogLives(terms);
  await lives.lead(STORY);
  await lives.lead({ ...STORY, ...trouble });
  await lives.lead({ ...STORY, how: terms.durability === "full" ? "power" : "kill" });
  await lives.check();
}

Deno.test("each operation fails once, as a disk that is broken, full or read-only", async () => {
  for (const durability of ["full", "os"] as const) {
    const operations = await operationsOf({ ...TERMS, durability });
    for (let index = 0; index < operations; index++) {
      for (const failure of Object.keys(FAILURES) as Failure[]) {
        const seed = 1 + index;
        await tell({ ...TERMS, durability, seed }, { failures: [[index, failure]] });
      }
    }
  }
});

Deno.test("each operation is the last before a kill", async () => {
  for (const durability of ["full", "os"] as const) {
    const operations = await operationsOf({ ...TERMS, durability });
    for (let end = 0; end < operations; end++) {
      for (const seed of SEEDS) await tell({ ...TERMS, durability, seed }, { end, how: "kill" });
    }
  }
});

Deno.test("each operation is the last before a power cut", async () => {
  const operations = await operationsOf(TERMS);
  for (let end = 0; end < operations; end++) {
    for (const seed of SEEDS) await tell({ ...TERMS, seed }, { end, how: "power" });
  }
});

const SMALL = { durability: "full", segmentSize: 600, epoch: () => 0 } as const;

/** Batches 1 to 20 without 7. */
async function damagedDisk(seed = 1): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(seed);
  const log = new SegmentLog(disk, SMALL);
  await loaded(log);
  for (let number = 1; number <= 20; number++) await log.append(batchOf(number, 100));
  await log.close();
  const name = "journal-0000000002.log";
  const bytes = disk.content(name);
  bytes[400]! ^= 1;
  disk.put(name, bytes);
  return disk;
}

async function mendedNumbers(disk: SimulatedDisk): Promise<number[]> {
  const log = new SegmentLog(disk, { ...SMALL, damage: "salvage" });
  const numbers = (await loaded(log)).map(({ number }) => number);
  await log.close();
  return numbers;
}

Deno.test("mending that is cut short at any operation loses nothing that could be read", async () => {
  const whole = await damagedDisk();
  const expected = await mendedNumbers(whole);
  assertEquals(expected.length, 19);
  const operations = whole.operations;
  for (let end = (await damagedDisk()).operations; end < operations; end++) {
    for (const seed of SEEDS) {
      const disk = await damagedDisk(seed);
      disk.endAt(end);
      await mendedNumbers(disk).catch(() => {}); // it ends
      for (const next of [disk.afterKill(seed), disk.afterPowerCut(seed)]) {
        assertEquals(await mendedNumbers(next), expected, `operation ${disk.history[end]}`);
        assertEquals(await mendedNumbers(next.afterPowerCut(seed)), expected);
      }
    }
  }
});
