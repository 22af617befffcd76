/** Whose turn it is, of connections that always have data: by bytes, one at a time. */
import { assert, assertEquals } from "@std/assert";
import { QUANTUM, type Reader, RestQueue } from "../../lib/net/rest_queue.ts";

Deno.test("who has read more than its share waits until the others have had theirs", async () => {
  const queue = new RestQueue();
  const readers = { greedy: { credit: -3 * QUANTUM }, a: { credit: 0 }, b: { credit: 0 } };
  const order: string[] = [];
  const waits = Object.entries(readers).map(([name, reader]) =>
    queue.wait(reader).then(() => order.push(name))
  );
  while (queue.release() !== undefined);
  await Promise.all(waits);
  assertEquals(order, ["a", "b", "greedy"]);
  assertEquals(readers.greedy.credit, QUANTUM, "all that it had too much was waited for");
});

Deno.test("one goes on at a time, and alone even the deepest debt ends", async () => {
  const queue = new RestQueue();
  const reader = { credit: -100 * QUANTUM };
  const turn = queue.wait(reader);
  assertEquals(queue.release(), reader);
  await turn;
  assertEquals(queue.length, 0);
  assertEquals(queue.release(), undefined);
});

Deno.test("a share that was not used is lost", () => {
  const queue = new RestQueue();
  const reader = { credit: 10 * QUANTUM };
  queue.wait(reader);
  queue.release();
  assertEquals(reader.credit, QUANTUM);
});

Deno.test("in every round all read the same, whatever their reads are like", () => {
  const queue = new RestQueue();
  const sizes = [100, 16_384, 65_536, 1_000_000];
  const readers: Reader[] = sizes.map(() => ({ credit: 0 }));
  const read = sizes.map(() => 0);
  for (const reader of readers) queue.wait(reader);
  for (let round = 0; round < 20_000; round++) {
    const reader = queue.release()!;
    const at = readers.indexOf(reader);
    while (reader.credit > 0) {
      reader.credit -= sizes[at]!;
      read[at]! += sizes[at]!;
    }
    queue.wait(reader);
  }
  const [most, least] = [Math.max(...read), Math.min(...read)];
  assert(most - least <= Math.max(...sizes) + QUANTUM, `${read}`);
});

Deno.test("all go on together with a new share", async () => {
  const queue = new RestQueue();
  const readers = [{ credit: -5 }, { credit: -500_000 }];
  const turns = readers.map((reader) => queue.wait(reader));
  queue.releaseAll();
  await Promise.all(turns);
  assertEquals(readers.map(({ credit }) => credit), [0, 0]);
});
