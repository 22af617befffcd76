/** Copies of stores: of those that a broker writes to, of damaged ones, into disks that fail. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../lib/storage/batch_log.ts";
import { copyStore } from "../../lib/storage/files/copy_store.ts";
import { readWholeStore } from "../../lib/storage/files/read_store.ts";
import { Random } from "../support/random.ts";
import { loaded } from "./batch_log_suite.ts";
import { SimulatedDisk } from "./simulated_disk.ts";
import { fill, numberedBatch, numbersIn, smallLog } from "./stores.ts";

Deno.test("copy: a store at rest, its copy outlives a power cut and can be opened", async () => {
  const [from, to] = [new SimulatedDisk(1), new SimulatedDisk(2)];
  await fill(from, 20);
  const before = from.names;
  const { replayed } = await copyStore(from, to);
  assertEquals([replayed.lastBatch, numbersIn(replayed.state)], [20, [20]]);
  assertEquals(from.names, before);
  const after = to.afterPowerCut(3);
  const log = smallLog(after);
  assertEquals((await loaded(log)).map(({ number }) => number).at(-1), 20);
  await log.append(numberedBatch(21, 21));
  await log.close();
  assertEquals((await readWholeStore(after)).replayed.lastBatch, 21);
});

/** Copies while batches are appended; the older ones are let go. @returns how often it was begun, 0: it gave up */
async function copyBusyStore(seed: number): Promise<number> {
  const random = new Random(seed);
  const [from, to] = [new SimulatedDisk(seed), new SimulatedDisk(seed + 1)];
  await fill(from, 30);
  const log = smallLog(from);
  await loaded(log);
  let safe = 30;
  let isCopied = false;
  const kept = 5 + random.below(50);
  const append = async () => {
    while (!isCopied) {
      const isResting = random.oneIn(1 + seed % 9);
      for (let turns = isResting ? random.below(400) : 0; turns > 0; turns--) await null;
      await log.append(numberedBatch(safe + 1, Math.max(1, safe - kept)));
      safe++;
    }
  };
  const appending = append();
  while (safe < 30 + seed % 7) await null;
  const promised = safe;
  const listed = from.history.length;
  const copied = await copyStore(from, to).catch((error) => error);
  isCopied = true;
  await appending;
  await log.close();
  const begun = from.history.slice(listed).filter((line) => line.endsWith(" list")).length;
  if (copied instanceof Error) {
    assert(copied instanceof StoreError && copied.message.includes("changes faster"), copied.stack);
    assertEquals(to.names, []);
    return 0;
  }
  const { replayed } = await readWholeStore(to.afterPowerCut(seed));
  assert(replayed.lastBatch >= promised, `seed ${seed}: ${replayed.lastBatch} of ${promised}`);
  assertEquals(numbersIn(replayed.state), [replayed.lastBatch], `seed ${seed}`);
  assertEquals(to.names.filter((name) => !name.startsWith("journal-")), []);
  return begun;
}

Deno.test("copy: of a store that is written to, all that was safe before; begun again where files are used again", async () => {
  const begun: number[] = [];
  for (let seed = 0; seed < 60; seed++) begun.push(await copyBusyStore(seed));
  assert(begun.some((times) => times === 1), `at once: ${begun}`);
  assert(begun.some((times) => times > 1), `begun again: ${begun}`);
  assert(begun.some((times) => times === 0), `given up: ${begun}`);
});

Deno.test("copy: a damaged store is refused, and nothing is left", async () => {
  const [from, to] = [new SimulatedDisk(1), new SimulatedDisk(2)];
  await fill(from, 20);
  const [name] = from.names;
  const bytes = from.content(name!);
  bytes[200]! ^= 1;
  from.put(name!, bytes);
  const { message } = await assertRejects(() => copyStore(from, to), StoreError);
  assertEquals(
    message,
    "simulated cannot be copied whole: batch 2 is missing; damaged: journal-0000000001.log, from byte 151 on; " +
      "midge store check says more",
  );
  assertEquals(to.names, []);
});

Deno.test("copy: whatever fails, what is at the end is no copy, or a whole one", async () => {
  const from = new SimulatedDisk(1);
  await fill(from, 20);
  let failures = 0;
  for (let index = 0;; index++) {
    const to = new SimulatedDisk(index);
    to.failAt(index, "ENOSPC");
    const error = await copyStore(from, to).then(() => undefined, (error) => error);
    if (error === undefined && to.operations <= index) break;
    if (error !== undefined) failures++;
    assertWholeOrRefused(await readWholeStore(to).catch((error) => error));
    const cut = new SimulatedDisk(index);
    cut.endAt(index);
    await copyStore(from, cut).catch(() => {});
    assertWholeOrRefused(await readWholeStore(cut.afterPowerCut(index)).catch((error) => error));
  }
  assert(failures > 20, `${failures} failures`);
});

/** None of it, all of it, or what no broker would take. */
function assertWholeOrRefused(content: Awaited<ReturnType<typeof readWholeStore>> | Error): void {
  if (content instanceof Error) return assert(content instanceof StoreError, content.stack);
  const { lastBatch } = content.replayed;
  assert(lastBatch === 0 || lastBatch === 20, `${lastBatch}`);
}
