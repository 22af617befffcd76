/** Stores written anew: what counts afterwards, whatever fails meanwhile. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readWholeStore } from "../../lib/storage/files/read_store.ts";
import { rewriteStore } from "../../lib/storage/files/rewrite_store.ts";
import { loaded } from "./batch_log_suite.ts";
import { SimulatedDisk } from "./simulated_disk.ts";
import { fill, numberedBatch, numberedState, numbersIn, smallLog, WALL } from "./stores.ts";

const PLACE = { number: 21, wall: WALL };

Deno.test("rewrite: one segment has the state, the others are gone, a log goes on behind it", async () => {
  const disk = new SimulatedDisk(1);
  await fill(disk, 20);
  const { before, after } = await rewriteStore(disk, numberedState(7), PLACE);
  assert(before > 5 * after, `${before} to ${after}`);
  assertEquals(disk.names.length, 1);
  const { replayed, oldest } = await readWholeStore(disk.afterPowerCut(1));
  assertEquals([numbersIn(replayed.state), replayed.firstBatch, oldest], [[7], 21, WALL]);
  const log = smallLog(disk);
  await loaded(log);
  for (let number = 23; number <= 60; number++) await log.append(numberedBatch(number, number));
  await log.close();
  assertEquals(numbersIn((await readWholeStore(disk)).replayed.state), [60]);
});

Deno.test("rewrite: an empty folder becomes a store", async () => {
  const disk = new SimulatedDisk(1);
  await rewriteStore(disk, numberedState(7), { number: 1, wall: WALL });
  assertEquals(disk.names, ["journal-0000000001.log"]);
  const batches = await loaded(smallLog(disk));
  assertEquals(batches.map(({ number, keepFrom }) => [number, keepFrom]), [[1, 1], [2, 1]]);
});

Deno.test("rewrite: whatever fails or ends it, the store has the old state or the new one", async () => {
  let [old, fresh] = [0, 0];
  for (let index = 0;; index++) {
    const disk = new SimulatedDisk(index);
    await fill(disk, 20);
    const failing = disk.afterKill(index);
    failing.failAt(index, "EIO");
    const ending = disk.afterKill(index);
    ending.endAt(index);
    for (const tried of [failing, ending]) {
      await rewriteStore(tried, numberedState(107), PLACE).catch(() => {});
      if (tried.operations <= index) {
        return assert(old > 10 && fresh > 10, `${old} old, ${fresh} new`);
      }
      const after = tried === failing ? tried : tried.afterPowerCut(index);
      const [number] = numbersIn((await readWholeStore(after)).replayed.state);
      assert(number === 20 || number === 107, `${index}: ${number}`);
      if (number === 20) old++;
      else fresh++;
    }
  }
});

Deno.test("rewrite: what cannot be read again is said, and nothing is removed", async () => {
  const disk = new SimulatedDisk(1);
  await fill(disk, 20);
  const before = disk.names;
  disk.delay = (operation) => {
    if (operation.startsWith("syncFolder")) rot(disk);
    return Promise.resolve();
  };
  await assertRejects(() => rewriteStore(disk, numberedState(7), PLACE), Error, "just written");
  assertEquals(disk.names.slice(0, before.length), before);
});

function rot(disk: SimulatedDisk): void {
  const name = disk.names.findLast((one) => one.endsWith(".log"))!;
  const bytes = disk.content(name);
  bytes[100]! ^= 1;
  disk.put(name, bytes);
}
