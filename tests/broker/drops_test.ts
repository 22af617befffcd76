/** Who loses messages is named in the log, but not for each of them. */
import { assertEquals } from "@std/assert";
import { Drop, Drops } from "../../lib/broker/drops.ts";

Deno.test("a client that loses messages is named at once, and then once a minute with their number", () => {
  const drops = new Drops();
  assertEquals(drops.lossOf("c1", Drop.QUEUE_FULL, 0), "c1 loses messages: queue full");
  for (let i = 0; i < 500; i++) {
    assertEquals(drops.lossOf("c1", Drop.QUEUE_FULL, 59_999), undefined);
  }
  assertEquals(drops.lossOf("c2", Drop.SLOW_CLIENT, 1), "c2 loses messages: slow client");
  assertEquals(
    drops.lossOf("c1", Drop.QUEUE_FULL, 60_000),
    "c1 loses messages: queue full, 500 before since the last line",
  );
});

Deno.test("clients that lose messages are remembered up to a number, the oldest goes first", () => {
  const drops = new Drops();
  for (let i = 0; i <= 1000; i++) drops.lossOf(`c${i}`, Drop.QUEUE_FULL, 0);
  assertEquals(drops.lossOf("c1000", Drop.QUEUE_FULL, 1), undefined);
  assertEquals(drops.lossOf("c0", Drop.QUEUE_FULL, 1), "c0 loses messages: queue full");
});
