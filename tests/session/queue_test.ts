/** The queue of a session beside a plain list that does the same: random steps, equal answers. */
import { assertEquals } from "@std/assert";
import { isVoid, MessageQueue, type QueuedMessage } from "../../lib/session/queue.ts";
import { sizeOf } from "../../lib/session/message.ts";
import { Random } from "../support/random.ts";
import { message } from "./support.ts";

const LIMITS = { maxQueuedMessages: 200, maxQueuedBytes: 12_000 };
const OVERHEAD = 64;

function bytesOf(entries: readonly QueuedMessage[]): number {
  return entries.reduce((sum, one) => sum + sizeOf(one.message) + OVERHEAD, 0);
}

for (let seed = 1; seed <= 20; seed++) {
  Deno.test(`a queue of messages that expire, seed ${seed}`, () => {
    const random = new Random(seed);
    const upTo = (most: number) => random.below(most);
    const queue = new MessageQueue(LIMITS);
    let model: QueuedMessage[] = [];
    let now = 0;
    let looked = 0;
    for (let step = 0; step < 2000; step++) {
      now++;
      const what = upTo(10);
      if (what < 6) {
        const qos = upTo(2) as 0 | 1;
        const kept = message("x".repeat(upTo(40)), qos, `t${upTo(5)}`, step);
        const expiresAt = upTo(2) === 0 ? now + upTo(300) : undefined;
        const entry = {
          message: kept.with({ expiresAt }),
          qos,
          retain: false,
          identifiers: undefined,
          group: undefined,
          record: undefined,
          released: false,
        };
        const fits = model.length === 0 ||
          (model.length < LIMITS.maxQueuedMessages &&
            bytesOf(model) + sizeOf(entry.message) + OVERHEAD <= LIMITS.maxQueuedBytes);
        assertEquals(queue.push(entry), fits);
        if (fits) model.push(entry);
      } else if (what < 8) assertEquals(queue.shift(), model.shift());
      else if (what === 8) {
        const order = step - upTo(100);
        const gone = queue.filter((one) => one.message.order > order);
        assertEquals(gone, model.filter((one) => one.message.order <= order));
        model = model.filter((one) => one.message.order > order);
      } else {
        const removed = queue.expire(now, 1000);
        looked += removed.length;
        assertEquals(removed, model.filter((one) => isVoid(one.message, now)));
        model = model.filter((one) => !isVoid(one.message, now));
      }
      assertEquals(queue.length, model.length);
      assertEquals(queue.first, model[0]);
      assertEquals(queue.plainCount, model.filter(({ qos }) => qos === 0).length);
      const expiring = model.filter((one) => one.message.expiresAt !== undefined);
      assertEquals(queue.expiringCount, expiring.length);
      for (let topic = 0; topic < 5; topic++) {
        const waits = model.some((one) => one.message.topicName === `t${topic}`);
        assertEquals(queue.holds(`t${topic}`), waits);
      }
    }
    if (looked === 0) throw new Error("nothing has expired");
  });
}

Deno.test("a look at a few entries at a time finds all in turn, and gaps are closed", () => {
  const queue = new MessageQueue({ maxQueuedMessages: 1000, maxQueuedBytes: Infinity });
  for (let i = 0; i < 500; i++) {
    const expiresAt = i % 5 === 0 ? undefined : 10;
    const kept = message(`${i}`, 1, "t", i).with({ expiresAt });
    const how = {
      qos: 1,
      retain: false,
      identifiers: undefined,
      group: undefined,
      record: undefined,
      released: false,
    } as const;
    queue.push({ message: kept, ...how });
  }
  const counts = [];
  for (let i = 0; i < 10; i++) counts.push(queue.expire(10, 100).length);
  assertEquals(counts.reduce((a, b) => a + b), 400);
  assertEquals(Math.max(...counts), 80);
  const left = [];
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    left.push(one.message.order);
  }
  assertEquals(left, Array.from({ length: 100 }, (_, i) => i * 5));
});
