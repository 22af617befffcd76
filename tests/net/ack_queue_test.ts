/** What promises state leaves in its order, and is held back as long as something in front of it is. */
import { assert, assertEquals } from "@std/assert";
import { AckQueue } from "../../lib/net/ack_queue.ts";
import { Random } from "../support/random.ts";

const PUBACK = 0x40;
const PUBREC = 0x50;

/** Keeps what leaves: `40#7`, or a frame's bytes. */
class Sent {
  readonly all: string[] = [];

  push(frame: Uint8Array): void {
    this.all.push([...frame].join());
  }

  pushAck(header: number, packetId: number): void {
    this.all.push(`${header.toString(16)}#${packetId}`);
  }

  take(): string[] {
    return this.all.splice(0);
  }
}

function make(): { sent: Sent; queue: AckQueue } {
  const sent = new Sent();
  return { sent, queue: new AckQueue(sent) };
}

Deno.test("with nothing held everything leaves at once", () => {
  const { sent, queue } = make();
  queue.pushAck(PUBACK, 65_535);
  queue.push(Uint8Array.of(1, 2));
  let steps = 0;
  queue.run(() => steps++);
  assertEquals([sent.take(), steps], [["40#65535", "1,2"], 1]);
});

Deno.test("what stands behind a hold waits for it, in its order", () => {
  const { sent, queue } = make();
  queue.pushAck(PUBACK, 1);
  const hold = queue.hold();
  queue.pushAck(PUBREC, 2);
  queue.push(Uint8Array.of(3));
  queue.run(() => sent.all.push("step"));
  queue.pushAck(PUBACK, 4);
  assertEquals(sent.take(), ["40#1"]);
  hold.release();
  assertEquals(sent.take(), ["50#2", "3", "step", "40#4"]);
  queue.pushAck(PUBACK, 5);
  assertEquals(sent.take(), ["40#5"], "and then nothing is held");
});

Deno.test("a later hold that is released first waits for the one before", () => {
  const { sent, queue } = make();
  const first = queue.hold();
  queue.pushAck(PUBACK, 1);
  const second = queue.hold();
  queue.pushAck(PUBACK, 2);
  second.release();
  assertEquals(sent.take(), []);
  first.release();
  assertEquals(sent.take(), ["40#1", "40#2"]);
});

Deno.test("a hold of several parts ends with the last; a release too many does nothing", () => {
  const { sent, queue } = make();
  const hold = queue.hold(2);
  queue.pushAck(PUBACK, 1);
  hold.release();
  assertEquals(sent.take(), []);
  hold.release();
  hold.release();
  assertEquals(sent.take(), ["40#1"]);
  const next = queue.hold();
  queue.pushAck(PUBACK, 2);
  hold.release();
  assertEquals(sent.take(), [], "a hold that is over releases no other");
  next.release();
  assertEquals(sent.take(), ["40#2"]);
});

Deno.test("a step can hold, release and push: what it adds comes at the end", () => {
  const { sent, queue } = make();
  const first = queue.hold();
  const second = queue.hold();
  queue.run(() => {
    sent.all.push("step");
    queue.pushAck(PUBACK, 2);
    queue.hold().release();
    queue.hold();
    queue.pushAck(PUBACK, 3);
  });
  queue.pushAck(PUBACK, 1);
  second.release();
  first.release();
  assertEquals(sent.take(), ["step", "40#1", "40#2"]);
});

Deno.test("after the close nothing leaves, whatever is released", () => {
  const { sent, queue } = make();
  const hold = queue.hold();
  queue.pushAck(PUBACK, 1);
  queue.run(() => sent.all.push("step"));
  queue.close();
  hold.release();
  queue.pushAck(PUBACK, 2);
  queue.push(Uint8Array.of(1));
  queue.run(() => sent.all.push("step"));
  const late = queue.hold();
  queue.pushAck(PUBACK, 3);
  late.release();
  assertEquals(sent.take(), []);
});

Deno.test("from 64 KiB on the queue is long; it is short again when that has left, or at the close", async () => {
  const { queue } = make();
  const hold = queue.hold();
  queue.push(new Uint8Array(65_532));
  assertEquals(queue.whenShort(), undefined);
  queue.pushAck(PUBACK, 1);
  const short = queue.whenShort();
  assert(short !== undefined);
  hold.release();
  await short;
  assertEquals(queue.whenShort(), undefined);
  queue.hold();
  queue.push(new Uint8Array(65_536));
  const closed = queue.whenShort();
  queue.close();
  await closed;
});

Deno.test("random holds and releases: everything once, in the order of the pushes", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const { sent, queue } = make();
    const holds = [queue.hold()];
    for (let id = 1; id <= 50; id++) {
      if (random.oneIn(4)) holds.push(queue.hold());
      queue.pushAck(PUBACK, id);
      if (random.oneIn(4)) holds.splice(random.below(holds.length), 1)[0]?.release();
    }
    for (const hold of holds) hold.release();
    assertEquals(sent.take(), Array.from({ length: 50 }, (_, i) => `40#${i + 1}`), `seed ${seed}`);
  }
});
