/** Lines out of chunks, and the limits of both. */
import { assertEquals, assertRejects } from "@std/assert";
import { LineReader } from "../../lib/manage/lines.ts";
import { RequestError } from "../../lib/manage/protocol.ts";
import { Random } from "../support/random.ts";
import { writeAll } from "../../lib/io.ts";

/** Gives these bytes in chunks of these sizes, over and over. */
function sourceOf(bytes: Uint8Array, sizes: readonly number[]) {
  let at = 0;
  let turn = 0;
  return {
    read(into: Uint8Array): Promise<number | null> {
      if (at === bytes.length) return Promise.resolve(null);
      const size = Math.min(sizes[turn++ % sizes.length]!, into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + size));
      at += size;
      return Promise.resolve(size);
    },
  };
}

function readerOf(text: string, sizes: readonly number[], maxLine = 100_000): LineReader {
  return new LineReader(sourceOf(new TextEncoder().encode(text), sizes), maxLine);
}

async function allOf(reader: LineReader): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await reader.next(); line !== undefined; line = await reader.next()) {
    lines.push(line);
  }
  return lines;
}

Deno.test("lines of any length out of chunks of any size; half a line at the end is dropped", async () => {
  const random = new Random(7);
  for (let round = 0; round < 200; round++) {
    const lines = Array.from({ length: random.below(6) }, () => "ä".repeat(random.below(3000)));
    const sizes = [1 + random.below(5), 1 + random.below(5000)];
    const text = lines.map((line) => `${line}\n`).join("") + "half";
    assertEquals(await allOf(readerOf(text, sizes)), lines);
  }
});

Deno.test("a line may be as long as the limit, its end included, and not longer", async () => {
  for (const sizes of [[1], [7], [4096]]) {
    assertEquals(await allOf(readerOf(`${"x".repeat(1999)}\n`, sizes, 2000)), ["x".repeat(1999)]);
    const tooLong = readerOf(`${"x".repeat(2000)}\n`, sizes, 2000);
    await assertRejects(() => tooLong.next(), RequestError, "a line is longer than 2000 bytes");
  }
});

Deno.test("a line that is no UTF-8 is refused", async () => {
  const reader = new LineReader(sourceOf(Uint8Array.of(0xff, 0x0a), [2]), 100);
  await assertRejects(() => reader.next(), RequestError, "UTF-8");
});

Deno.test("writeAll goes on where a write stopped", async () => {
  const written: number[] = [];
  const write = (bytes: Uint8Array) => {
    written.push(...bytes.subarray(0, 3));
    return Promise.resolve(Math.min(3, bytes.length));
  };
  await writeAll({ write }, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  assertEquals(written, [1, 2, 3, 4, 5, 6, 7]);
});
