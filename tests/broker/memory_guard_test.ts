/** What is refused while memory is short, with memory in the hands of the test. */
import { assertEquals } from "@std/assert";
import { MemoryGuard } from "../../lib/broker/memory_guard.ts";
import type { Logger } from "../../lib/plugin/types.ts";

const MB = 1_000_000;

async function subject(maxMemory = NaN) {
  const said: string[] = [];
  const note = (line: string) => void said.push(line);
  const logger: Logger = {
    debug: note,
    info: note,
    warn: note,
    error: note,
    isEnabledFor: () => true,
  };
  let use = { rss: 60 * MB, heapUsed: 20 * MB, external: 0 };
  let reads = 0;
  const limits = { heap: 512 * MB, resident: 600 * MB };
  const guard = new MemoryGuard(logger, {
    use: () => use,
    limits: () => (reads++, Promise.resolve(limits)),
  });
  /** What is refused when the process has that much. */
  const at = async (rss: number, heapUsed = rss / 3, external = rss / 2) => {
    use = { rss: rss * MB, heapUsed: heapUsed * MB, external: external * MB };
    guard.look(maxMemory);
    await Promise.resolve();
    guard.look(maxMemory);
    const { refusesConnections, dropsQos0, keepsNothing } = guard;
    return [refusesConnections, dropsQos0, keepsNothing].filter((one) => one).length;
  };
  await at(60);
  return { at, said, reads: () => reads };
}

Deno.test("connections first, then QoS 0, then what is kept; each ends well below", async () => {
  const { at, said } = await subject();
  const levels: number[] = [];
  for (const rss of [500, 515, 560, 605, 580, 565, 530, 490, 470]) levels.push(await at(rss));
  assertEquals(levels, [0, 1, 2, 3, 3, 2, 2, 1, 0]);
  assertEquals(said.length, 6, said.join("\n"));
});

Deno.test("said once a change", async () => {
  const { at, said } = await subject();
  for (let i = 0; i < 10; i++) await at(520);
  assertEquals(said, ["520 MB are in use (max_memory): new connections are refused"]);
});

Deno.test("a full heap counts by itself", async () => {
  const { at } = await subject();
  assertEquals(await at(450, 440, 0), 1);
  assertEquals(await at(520, 512, 0), 3);
});

Deno.test("memory that was given back and that the allocator keeps does not count", async () => {
  const { at } = await subject();
  assertEquals(await at(700, 300, 350), 3);
  assertEquals(await at(700, 30, 10), 0);
});

Deno.test("the limits are not read while the process is small, and once at most", async () => {
  const { at, reads } = await subject();
  assertEquals(reads(), 0);
  for (let i = 0; i < 3; i++) await at(300);
  assertEquals(reads(), 1);
});

Deno.test("a limit of one's own holds, and 0 is none", async () => {
  const own = await subject(100 * MB);
  assertEquals([await own.at(70, 30, 30), await own.at(101)], [0, 3]);
  const none = await subject(Infinity);
  assertEquals([await none.at(5000), none.reads()], [0, 0]);
});
