/** Chunks that are pushed and reads that wait, with a valve that a test looks at. */
import { assertEquals, assertRejects } from "@std/assert";
import { ChunkSource } from "../../../lib/net/transport/chunk_source.ts";
import { bytes, utf8 } from "../../support/raw_packets.ts";

/** A source, and what was done to its valve. */
class Fixture {
  readonly valve: string[] = [];
  readonly source = new ChunkSource({
    pause: () => void this.valve.push("pause"),
    resume: () => void this.valve.push("resume"),
  });

  /** What one read gives: text, or null at the end. */
  async read(room = 100): Promise<string | null> {
    const into = new Uint8Array(room);
    const count = await this.source.read(into);
    return count === null ? null : new TextDecoder().decode(into.subarray(0, count));
  }
}

Deno.test("chunk source: a read takes what is here and has room, in order", async () => {
  const fixture = new Fixture();
  for (const text of ["abc", "", "de", "fghij"]) fixture.source.push(utf8(text));
  assertEquals(await fixture.read(4), "abcd");
  assertEquals(await fixture.read(3), "efg");
  assertEquals(await fixture.read(), "hij");
});

Deno.test("chunk source: a read waits for the next chunk, or for the end", async () => {
  const fixture = new Fixture();
  const first = fixture.read();
  fixture.source.push(utf8("late"));
  assertEquals(await first, "late");
  const second = fixture.read();
  fixture.source.end();
  assertEquals([await second, await fixture.read()], [null, null]);
});

Deno.test("chunk source: what came before a failure is read, and then the failure, again and again", async () => {
  const fixture = new Fixture();
  fixture.source.push(utf8("rest"));
  fixture.source.end(new Error("torn"));
  fixture.source.end(new Error("only the first counts"));
  assertEquals(await fixture.read(), "rest");
  for (let times = 0; times < 2; times++) {
    await assertRejects(() => fixture.read(), Error, "torn");
  }
});

Deno.test("chunk source: much that waits closes the valve once, an empty source opens it", async () => {
  const fixture = new Fixture();
  fixture.source.push(new Uint8Array(65_536));
  assertEquals(fixture.valve, []);
  fixture.source.push(new Uint8Array(1));
  fixture.source.push(new Uint8Array(1));
  assertEquals(fixture.valve, ["pause"]);
  await fixture.read(65_536);
  await fixture.read(1);
  await fixture.read(1);
  assertEquals(fixture.valve, ["pause"]);
  const waiting = fixture.read();
  assertEquals(fixture.valve, ["pause", "resume"]);
  fixture.source.push(utf8("more"));
  assertEquals(await waiting, "more");
  assertEquals(fixture.valve, ["pause", "resume"]);
});

Deno.test("chunk source: many small chunks close it too", async () => {
  const fixture = new Fixture();
  for (let count = 0; count < 17; count++) {
    assertEquals(fixture.valve, []);
    fixture.source.push(bytes(count));
  }
  assertEquals(fixture.valve, ["pause"]);
  assertEquals((await fixture.read())?.length, 17);
});
