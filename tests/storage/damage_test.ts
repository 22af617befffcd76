/** What a start, a mending and a look at it make of stores that were damaged by more than a power cut. */
import { VERSION } from "../../lib/version.ts";
import { crc32 } from "node:zlib";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Batch, StoreError } from "../../lib/storage/batch_log.ts";
import { inspect } from "../../lib/storage/files/inspect.ts";
import { encodeHeader, SEGMENT_HEADER_SIZE, segmentName } from "../../lib/storage/files/segment.ts";
import { SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { batchOf, loaded } from "./batch_log_suite.ts";
import { SimulatedDisk } from "./simulated_disk.ts";

/** Bytes of a batch with its frame. */
const SIZE = 148;
const PER_SEGMENT = 5;

/** When everything is mended. */
const EPOCH = Date.UTC(2026, 10, 28, 1, 2, 3, 4);
const ASIDE = "damaged-2026-11-28T01-02-03.004Z";

/** Twenty batches, five in a segment: numbers 1 to 5 in the first, and so on. */
async function store(seed = 1, count = 20): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(seed);
  const log = logOn(disk);
  await loaded(log);
  for (let number = 1; number <= count; number++) await log.append(batchOf(number, SIZE - 48));
  await log.close();
  return disk;
}

function logOn(disk: SimulatedDisk, damage: "refuse" | "salvage" = "refuse", lines: string[] = []) {
  const segmentSize = SEGMENT_HEADER_SIZE + PER_SEGMENT * SIZE;
  const onDamage = (line: string) => void lines.push(line);
  return new SegmentLog(disk, {
    durability: "full",
    segmentSize,
    damage,
    onDamage,
    epoch: () => EPOCH,
  });
}

/** Where a batch stands in its segment. */
function placeOf(number: number): [name: string, at: number] {
  const index = number - 1;
  const at = SEGMENT_HEADER_SIZE + SIZE * (index % PER_SEGMENT);
  return [segmentName(1 + Math.floor(index / PER_SEGMENT)), at];
}

/** Turns a bit of a batch. */
function rot(disk: SimulatedDisk, number: number): void {
  const [name, at] = placeOf(number);
  change(disk, name, (bytes) => void (bytes[at + 60]! ^= 4));
}

function change(disk: SimulatedDisk, name: string, alter: (bytes: Uint8Array) => void): void {
  const bytes = disk.content(name);
  alter(bytes);
  disk.put(name, bytes);
}

async function refusal(disk: SimulatedDisk): Promise<string> {
  return (await assertRejects(() => loaded(logOn(disk)), StoreError)).message;
}

function numbersOf(batches: readonly Batch[]): number[] {
  return batches.map(({ number }) => number);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Refused, looked at without a change, mended, and whole from then on; gives the lines. */
async function mended(disk: SimulatedDisk, left: readonly number[]): Promise<string[]> {
  const before = new Map(disk.names.map((name) => [name, disk.content(name)]));
  const { damages } = await inspect(disk);
  assert((await refusal(disk)).includes(damages[0]!), damages[0]);
  assertEquals(new Map(disk.names.map((name) => [name, disk.content(name)])), before);
  const lines: string[] = [];
  const log = logOn(disk, "salvage", lines);
  assertEquals(await loaded(log), left.map((number) => batchOf(number, SIZE - 48)));
  const next = (left.at(-1) ?? 0) + 1;
  await log.append(batchOf(next, SIZE - 48));
  await log.close();
  assertEquals(lines.slice(0, -1), damages);
  const after = disk.afterPowerCut(1);
  assertEquals(numbersOf(await loaded(logOn(after))), [...left, next]);
  for (const [name, content] of before) {
    if (after.names.includes(`${ASIDE}/${name}`)) {
      assertEquals(after.content(`${ASIDE}/${name}`), content);
    }
  }
  return lines;
}

Deno.test("a batch in the middle of a segment", async () => {
  const disk = await store();
  rot(disk, 8);
  const lines = await mended(disk, [...range(1, 7), ...range(9, 20)]);
  assertEquals(lines, [
    "batch 8 is missing; damaged: journal-0000000002.log",
    `19 batches could be read, and are kept; set aside in ${ASIDE}: journal-0000000002.log`,
  ]);
  assert((await refusal(withRot(await store(), 8))).endsWith(
    "is damaged: batch 8 is missing; damaged: journal-0000000002.log; `midge store check` says more, and `midge store " +
      "check --repair` keeps what can be read and sets the damaged files aside",
  ));
});

function withRot(disk: SimulatedDisk, number: number): SimulatedDisk {
  rot(disk, number);
  return disk;
}

Deno.test("a batch in front of others in the newest segment is no torn tail", async () => {
  const disk = await store();
  rot(disk, 18);
  await mended(disk, [...range(1, 17), 19, 20]);
});

Deno.test("the last batch of a segment that others follow", async () => {
  const disk = await store();
  rot(disk, 10);
  const lines = await mended(disk, [...range(1, 9), ...range(11, 20)]);
  assertEquals(lines[0], "batch 10 is missing; damaged: journal-0000000002.log");
});

Deno.test("the first batch of a segment, and the first of all", async () => {
  const disk = await store();
  rot(disk, 1);
  rot(disk, 11);
  const lines = await mended(disk, [...range(2, 10), ...range(12, 20)]);
  assertEquals(lines.slice(0, 2), [
    "batch 1 is missing; damaged: journal-0000000001.log",
    "batch 11 is missing; damaged: journal-0000000003.log",
  ]);
});

Deno.test("several holes in one segment", async () => {
  const disk = await store();
  for (const number of [7, 9]) rot(disk, number);
  await mended(disk, [...range(1, 6), 8, ...range(10, 20)]);
});

Deno.test("a missing segment", async () => {
  const disk = await store();
  await disk.remove(segmentName(2));
  const lines = await mended(disk, [...range(1, 5), ...range(11, 20)]);
  assertEquals(lines.length, 2);
});

Deno.test("a missing first segment", async () => {
  const disk = await store();
  await disk.remove(segmentName(1));
  await mended(disk, range(6, 20));
});

Deno.test("a segment that is nothing but noise", async () => {
  const disk = await store();
  change(disk, segmentName(3), (bytes) => void bytes.fill(0xa5));
  await mended(disk, [...range(1, 10), ...range(16, 20)]);
});

Deno.test("a header that is damaged: its batches speak for themselves", async () => {
  for (const segment of [1, 2, 4]) {
    const disk = await store();
    change(disk, segmentName(segment), (bytes) => void bytes.fill(0x11, 3, 40));
    assertEquals(numbersOf(await loaded(logOn(disk))), range(1, 20));
  }
  const alone = await store(1, 3);
  change(alone, segmentName(1), (bytes) => void bytes.fill(0x11, 3, 40));
  assertEquals(numbersOf(await loaded(logOn(alone))), range(1, 3));
});

Deno.test("a header and a batch of one segment", async () => {
  const disk = await store();
  change(disk, segmentName(2), (bytes) => void bytes.fill(0x11, 3, 40));
  rot(disk, 7);
  await mended(disk, [...range(1, 6), ...range(8, 20)]);
});

Deno.test("a store of which nothing can be read is not taken for a new one", async () => {
  const disk = await store(1, 10);
  for (const name of disk.names) change(disk, name, (bytes) => void bytes.fill(0x5a));
  const lines = await mended(disk, []);
  assertEquals(lines[0], "no batch can be read; damaged: journal-0000000002.log");
});

Deno.test("a file of another store, under a number in the middle, or the highest", async () => {
  const other = (await store(2)).content(segmentName(1));
  for (const number of [2, 9]) {
    const disk = await store();
    disk.put(segmentName(number), other);
    const left = number === 2 ? [...range(1, 5), ...range(11, 20)] : range(1, 20);
    const lines = await mended(disk, left);
    assertEquals(
      lines[0],
      `${segmentName(number)} is of another store, or has the name of another segment`,
    );
  }
});

Deno.test("a write that was cut short at the end is no damage, and said", async () => {
  const disk = await store(1, 8);
  const [name, at] = placeOf(8);
  disk.put(name, disk.content(name).slice(0, at + 100));
  const lines: string[] = [];
  assertEquals(numbersOf(await loaded(logOn(disk, "refuse", lines))), range(1, 7));
  const said =
    `${name}: the last write was cut short, 100 bytes that were never acknowledged are left out`;
  assertEquals(lines, [said]);
  const report = await inspect(disk);
  assertEquals([report.damages, report.notes], [[], [said]]);
});

Deno.test("two batches at the end are more than a write that was cut short", async () => {
  const disk = await store(1, 18);
  for (const number of [17, 18]) rot(disk, number);
  const lines = await mended(disk, range(1, 16));
  assertEquals(lines[0], "the last 2 batches of journal-0000000004.log cannot be read");
});

Deno.test("a segment whose making was cut short is no damage", async () => {
  for (const length of [0, 1, 63, 64, 100]) {
    const disk = await store();
    disk.put(segmentName(5), new Uint8Array(length));
    assertEquals(numbersOf(await loaded(logOn(disk))), range(1, 20));
    const first = new SimulatedDisk(1);
    first.put(segmentName(1), disk.content(segmentName(1)).slice(0, length));
    assertEquals(await loaded(logOn(first)), []);
  }
});

Deno.test("a newer schema is neither read nor mended", async () => {
  const disk = await store();
  const header = { schema: 2, number: 4, base: 1, first: 16, after: 15, id: new Uint8Array(16) };
  const writer = "7.8.9";
  change(disk, segmentName(4), (bytes) => encodeHeader(bytes, { ...header, writer }));
  const said =
    `simulated/journal-0000000004.log: written by Midge 7.8.9 (schema 2); this is ${VERSION}, which reads up to 1: ` +
    "run Midge 7.8.9 or a newer one, or restore a backup made before the upgrade";
  assertEquals(await refusal(disk), said);
  const names = disk.names;
  assertEquals(
    (await assertRejects(() => loaded(logOn(disk, "salvage")), StoreError)).message,
    said,
  );
  assertEquals((await assertRejects(() => inspect(disk), StoreError)).message, said);
  assertEquals(disk.names, names);
});

Deno.test("files that are no segments are left alone", async () => {
  const disk = await store();
  for (const name of ["lock", "notes.txt", "journal-1.log"]) disk.put(name, new Uint8Array(9));
  assertEquals(numbersOf(await loaded(logOn(disk))), range(1, 20));
  assert(disk.names.includes("notes.txt"));
});

Deno.test("a payload that looks like a batch is none", async () => {
  const disk = await store(1, 6);
  const inner = disk.content(segmentName(1)).slice(SEGMENT_HEADER_SIZE, SEGMENT_HEADER_SIZE + SIZE);
  const forged = new DataView(inner.buffer);
  forged.setUint32(8, forged.getUint32(8, true) + 1, true); // the bytes that no client knows
  forged.setFloat64(16, 100, true);
  forged.setUint32(0, crc32(inner.subarray(4)), true);
  const log = logOn(disk);
  await loaded(log);
  await log.append({ number: 7, keepFrom: 1, time: 0, wall: 0, body: inner });
  await log.close();
  change(disk, disk.names.at(-1)!, (bytes) => void (bytes[SEGMENT_HEADER_SIZE + 50]! ^= 1));
  assertEquals(numbersOf(await loaded(logOn(disk))), range(1, 6));
});
