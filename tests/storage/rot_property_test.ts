/**
 * Whatever bytes of a store rot: nothing false comes back, a start refuses what it cannot read, and what was not touched
 * is there after mending.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Batch, StoreError } from "../../lib/storage/batch_log.ts";
import { inspect } from "../../lib/storage/files/inspect.ts";
import { SEGMENT_HEADER_SIZE, segmentNumberOf } from "../../lib/storage/files/segment.ts";
import { SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { batchOf, loaded } from "./batch_log_suite.ts";
import { SimulatedDisk } from "./simulated_disk.ts";

const RUNS = 300;
const COUNT = 20;
const PER_SEGMENT = 5;
const SIZE = 248;

/** Bytes that are no more what they were: where, by shares of all files and of one, and what they are. */
interface Rot {
  readonly file: number;
  readonly place: number;
  readonly length: number;
  readonly becomes: "zero" | "other" | "cut";
}

const ROT: fc.Arbitrary<Rot> = fc.record({
  file: fc.nat(3),
  place: fc.nat(SEGMENT_HEADER_SIZE + PER_SEGMENT * SIZE - 1),
  length: fc.oneof(fc.constant(1), fc.nat(600)),
  becomes: fc.constantFrom("zero", "other", "cut"),
});

function logOn(disk: SimulatedDisk, damage: "refuse" | "salvage"): SegmentLog {
  const segmentSize = SEGMENT_HEADER_SIZE + PER_SEGMENT * SIZE;
  return new SegmentLog(disk, { durability: "full", segmentSize, damage, epoch: () => 0 });
}

async function store(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(1);
  const log = logOn(disk, "refuse");
  await loaded(log);
  for (let number = 1; number <= COUNT; number++) await log.append(original(number));
  await log.close();
  return disk;
}

function original(number: number): Batch {
  return batchOf(number, SIZE - 48);
}

function rot(disk: SimulatedDisk, { file, place, length, becomes }: Rot): void {
  const name = disk.names[file]!;
  const bytes = disk.content(name);
  if (becomes === "cut") return disk.put(name, bytes.slice(0, place));
  for (let at = place; at < Math.min(bytes.length, place + length); at++) {
    bytes[at] = becomes === "zero" ? 0 : bytes[at]! ^ (1 + at % 255);
  }
  disk.put(name, bytes);
}

/** The numbers of batches that are as they were. */
function untouched(disk: SimulatedDisk, before: ReadonlyMap<string, Uint8Array>): number[] {
  const numbers: number[] = [];
  for (const [name, old] of before) {
    const bytes = disk.content(name);
    for (let index = 0; index < PER_SEGMENT; index++) {
      const at = SEGMENT_HEADER_SIZE + index * SIZE;
      const isSame = old.subarray(at, at + SIZE).every((byte, where) => byte === bytes[at + where]);
      if (isSame) numbers.push((segmentNumberOf(name)! - 1) * PER_SEGMENT + index + 1);
    }
  }
  return numbers;
}

/** Undefined: refused. */
async function attempt(disk: SimulatedDisk): Promise<Batch[] | undefined> {
  try {
    return await loaded(logOn(disk, "refuse"));
  } catch (error) {
    assert(error instanceof StoreError, String(error));
    return undefined;
  }
}

Deno.test("nothing false, nothing silently lost but the end, nothing lost by mending", async () => {
  const property = fc.asyncProperty(fc.array(ROT, { minLength: 1, maxLength: 3 }), async (rots) => {
    const disk = await store();
    const before = new Map(disk.names.map((name) => [name, disk.content(name)]));
    for (const one of rots) rot(disk, one);
    const whole = untouched(disk, before);
    const { damages } = await inspect(disk);
    const batches = await attempt(disk);
    assertEquals(batches === undefined, damages.length > 0);
    const last = batches?.length ?? 0;
    assertEquals(batches, batches && Array.from({ length: last }, (_, at) => original(at + 1)));
    if (batches !== undefined) assertEquals(whole.filter((number) => number > last), []);
    const mended = await loaded(logOn(disk, "salvage"));
    for (const batch of mended) assertEquals(batch, original(batch.number));
    const numbers = mended.map(({ number }) => number);
    assertEquals(numbers, numbers.toSorted((a, b) => a - b));
    assertEquals(whole.filter((number) => !numbers.includes(number)), []);
    assertEquals((await attempt(disk.afterPowerCut(1)))?.map(({ number }) => number), numbers);
  });
  await fc.assert(property, { numRuns: RUNS });
});
