/** An open loop with a clock of its own: what is due when, and what a late sender does. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { packetIdOffset, payloadOf, publishFrame } from "../../../lib/cli/load/frames.ts";
import { type Lane, pace, readTime, Schedule } from "../../../lib/cli/load/open_loop.ts";

const SIZE = 16;

/** A publisher that keeps what it is given, and the number of its flushes. */
class Kept {
  readonly frames: Uint8Array[] = [];
  receiveMaximum = 65_535;
  flushes = 0;
  push(frame: Uint8Array): void {
    this.frames.push(frame.slice());
  }
  flush(): void {
    this.flushes++;
  }
}

function laneOf(publisher: Kept, qos = 0): Lane {
  return { publisher, frame: publishFrame("t", qos, SIZE), underWay: 0, packetId: 0 };
}

/** Runs a pace whose clock stands at each of these times in turn. */
async function paced(lanes: readonly Lane[], qos: 0 | 1, times: readonly number[]) {
  const load = { stopped: false, sent: 0 };
  const asked: number[] = [];
  const late: number[] = [];
  let at = 0;
  await pace(load, lanes, {
    qos,
    size: SIZE,
    rate: 100,
    now: () => times[Math.min(at, times.length - 1)]!,
    pause: (next) => {
      asked.push(next);
      load.stopped = ++at === times.length;
      return Promise.resolve();
    },
    late: (by) => late.push(by),
  });
  return { sent: load.sent, asked, late };
}

const timeOf = (frame: Uint8Array, qos = 0) =>
  readTime(frame, payloadOf(0x30 | qos << 1, frame, 2));

Deno.test("messages are due one interval apart, the first an interval after the start", () => {
  const schedule = new Schedule(100, 1000);
  assertEquals([1000, 1009.9, 1010, 1029, 2000].map((now) => schedule.dueBy(now)), [
    0,
    0,
    1,
    2,
    100,
  ]);
  assertEquals([0, 1, 99].map((index) => schedule.timeOf(index)), [1010, 1020, 2000]);
});

Deno.test("a message carries the time at which it was due, not that at which it was sent", async () => {
  const publisher = new Kept();
  const { sent, asked, late } = await paced([laneOf(publisher)], 0, [0, 10, 55, 60]);
  assertEquals(sent, 6);
  assertEquals(publisher.frames.map((frame) => timeOf(frame)), [10, 20, 30, 40, 50, 60]);
  assertEquals(asked, [10, 20, 60, 70]);
  assertEquals(late, [0, 35, 25, 15, 5, 0]);
});

Deno.test("publishers take turns, and only those that have something are flushed", async () => {
  const publishers = [new Kept(), new Kept(), new Kept()];
  await paced(publishers.map((publisher) => laneOf(publisher)), 0, [0, 20]);
  assertEquals(publishers.map(({ frames, flushes }) => [frames.length, flushes]), [[1, 1], [1, 1], [
    0,
    0,
  ]]);
  await paced(publishers.map((publisher) => laneOf(publisher)), 0, [0, 100]);
  assertEquals(publishers.map(({ flushes }) => flushes), [2, 2, 1]);
});

Deno.test("above QoS 0 each publisher has packet ids of its own, and waits at the receive maximum", async () => {
  const publishers = [new Kept(), new Kept()];
  for (const publisher of publishers) publisher.receiveMaximum = 2;
  const lanes = publishers.map((publisher) => laneOf(publisher, 1));
  const { sent } = await paced(lanes, 1, [0, 90]);
  assertEquals(sent, 4);
  assertEquals(lanes.map(({ underWay }) => underWay), [2, 2]);
  const ids = publishers.map(({ frames }) =>
    frames.map((frame) => frame[packetIdOffset(frame) + 1])
  );
  assertEquals(ids, [[1, 2], [1, 2]]);
  assertAlmostEquals(timeOf(publishers[1]!.frames[1]!, 1), 40);
});
