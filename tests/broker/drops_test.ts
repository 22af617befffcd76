/** Who loses messages is named in the log, but not for each of them. */
import { assertEquals } from "@std/assert";
import { Drop, Drops } from "../../lib/broker/drops.ts";

Deno.test("a client that loses messages is named at once, and then once a minute with their number", () => {
  const drops = new Drops();
  const [c1, c2] = [{ clientId: "c1" }, { clientId: "c2" }];
  assertEquals(drops.lossOf(c1, Drop.QUEUE_FULL, 0), "c1 loses messages: queue full");
  for (let i = 0; i < 500; i++) {
    assertEquals(drops.lossOf(c1, Drop.QUEUE_FULL, 59_999), undefined);
  }
  assertEquals(drops.lossOf(c2, Drop.SLOW_CLIENT, 1), "c2 loses messages: slow client");
  assertEquals(
    drops.lossOf(c1, Drop.QUEUE_FULL, 60_000),
    "c1 loses messages: queue full, 500 before since the last line",
  );
});

Deno.test("however many lose messages, each is named once a minute", () => {
  const drops = new Drops();
  const losers = Array.from({ length: 5000 }, (_, i) => ({ clientId: `c${i}` }));
  const lines = () => losers.filter((one) => drops.lossOf(one, Drop.QUEUE_FULL, 0) !== undefined);
  assertEquals([lines().length, lines().length], [5000, 0]);
});
