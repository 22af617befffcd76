/**
 * What every log of batches must do, whatever keeps it: a suite to be run against a factory, Midge's own logs and a
 * plugin's storage alike (docs/PLUGINS.md). Invariant: it knows nothing but the interface.
 */
import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import type { BatchStorage, MaybePromise, StoredBatch as Batch } from "../../plugin.ts";

/** Opens the same store again and again; the log before was closed. */
export type OpenLog = () => MaybePromise<BatchStorage>;

/** A store of its own for each test, and how it is removed. */
export type MakeStore = () => MaybePromise<{ open: OpenLog; remove: () => MaybePromise<void> }>;

const LARGE = 20 * 1024 * 1024;

/** A batch whose content follows from its number. */
export function batchOf(number: number, size: number, keepFrom = 1): Batch {
  const body = new Uint8Array(size);
  for (let at = 0; at < size; at++) body[at] = (number * 31 + at * 7) & 0xff;
  return { number, keepFrom, time: number * 10, wall: 1_700_000_000_000 + number, body };
}

/** All that a log has. */
export async function loaded(log: BatchStorage): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const { number, keepFrom, time, wall, body } of log.load()) {
    // Whatever object and whatever kind of bytes it was.
    batches.push({ number, keepFrom, time, wall, body: Uint8Array.from(body) });
  }
  return batches;
}

async function appended(open: OpenLog, batches: readonly Batch[]): Promise<Batch[]> {
  const log = await open();
  const before = await loaded(log);
  for (const batch of batches) await log.append(batch);
  await log.close?.();
  return before;
}

const CASES: Readonly<Record<string, (open: OpenLog) => Promise<void>>> = {
  "an empty store has no batch": async (open) => {
    assertEquals(await appended(open, []), []);
    assertEquals(await appended(open, []), []);
  },

  "batches come back in order, each once, with all that was said of them": async (open) => {
    const batches = Array.from({ length: 50 }, (_, at) => batchOf(at + 1, at * 13));
    await appended(open, batches);
    assertEquals(await appended(open, []), batches);
  },

  "batches of all starts come back": async (open) => {
    const batches = Array.from({ length: 12 }, (_, at) => batchOf(at + 1, 40));
    for (let at = 0; at < batches.length; at += 3) {
      assertEquals(await appended(open, batches.slice(at, at + 3)), batches.slice(0, at));
    }
    assertEquals(await appended(open, []), batches);
  },

  "empty bodies are batches": async (open) => {
    const batches = [batchOf(1, 0), batchOf(2, 0), batchOf(3, 5), batchOf(4, 0)];
    await appended(open, batches);
    assertEquals(await appended(open, []), batches);
  },

  "a batch of 20 MB comes back, and those around it": async (open) => {
    const batches = [batchOf(1, 10), batchOf(2, LARGE), batchOf(3, 10), batchOf(4, 100_000)];
    await appended(open, batches);
    const back = await appended(open, []);
    assertEquals(back.map(({ number, body }) => [number, body.length]), [
      [1, 10],
      [2, LARGE],
      [3, 10],
      [4, 100_000],
    ]);
    assert(back.every(({ body }, at) => Buffer.compare(body, batches[at]!.body) === 0));
  },

  "what keepFrom leaves out need not come back; all from it on does": async (open) => {
    const batches = Array.from({ length: 60 }, (_, at) => batchOf(at + 1, 100, at < 40 ? 1 : 37));
    await appended(open, batches);
    const back = await appended(open, []);
    assertEquals(back.slice(-24), batches.slice(36));
    assertEquals(back, batches.slice(-back.length));
  },

  "times come back with their fractions": async (open) => {
    const times = { time: 1234.0625, wall: 1_795_831_200_000.25 };
    const batches = [{ ...batchOf(1, 5), ...times }, { ...batchOf(2, 5), ...times, wall: 0 }];
    await appended(open, batches);
    assertEquals(await appended(open, []), batches);
  },

  "a batch that is brought again counts once": async (open) => {
    const [first, second, third] = [batchOf(1, 20), batchOf(2, 20), batchOf(3, 20)];
    await appended(open, [first, second, second]);
    assertEquals(await appended(open, [third]), [first, second]);
    assertEquals(await appended(open, []), [first, second, third]);
  },

  "a body may be a part of larger memory": async (open) => {
    const body = new Uint8Array(1000).fill(9).subarray(300, 310).fill(1);
    await appended(open, [{ ...batchOf(1, 0), body }]);
    assertEquals((await appended(open, []))[0]?.body, new Uint8Array(10).fill(1));
  },

  "a body belongs to the caller again once append has settled": async (open) => {
    const log = await open();
    await loaded(log);
    const body = new Uint8Array(1000).fill(1);
    await log.append({ number: 1, keepFrom: 1, time: 0, wall: 0, body });
    body.fill(2);
    await log.close?.();
    assertEquals((await appended(open, []))[0]?.body, new Uint8Array(1000).fill(1));
  },
};

/** Declares a test for each case. `what`: the log, for the names of the tests. */
export function batchLogSuite(what: string, makeStore: MakeStore): void {
  for (const [name, run] of Object.entries(CASES)) {
    Deno.test(`${what}: ${name}`, async () => {
      const { open, remove } = await makeStore();
      try {
        await run(open);
      } finally {
        await remove();
      }
    });
  }
}
