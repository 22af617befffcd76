/**
 * The least that a message that is safe on the disk can cost under Deno: `floor.ts FILE BYTES` appends as many bytes and
 * flushes them, 1,000 times one by one, and prints a line of JSON with the times in microseconds.
 */
import { Times } from "../../lib/cli/load/percentiles.ts";
import { writeAll } from "../../lib/io.ts";

const MESSAGES = 1000;
const WARM_UP = 200;

const [path, size] = Deno.args;
if (path === undefined || size === undefined) throw new Error("floor.ts FILE BYTES");
const bytes = new Uint8Array(Number(size)).fill(0x78);
const times = new Times();
{
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (let i = 0; i < WARM_UP + MESSAGES; i++) {
    const start = performance.now();
    await writeAll(file, bytes);
    await file.syncData();
    if (i >= WARM_UP) times.add(performance.now() - start);
  }
}
await Deno.remove(path);
const text = JSON.stringify({ ...times.percentiles(), bytes: bytes.length });
await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
