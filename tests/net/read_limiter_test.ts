/** How fast a client is read: exact pauses, none too long, and what is told about them. */
import { assertEquals } from "@std/assert";
import { ReadLimiter, type ReadLimiterOptions } from "../../lib/net/read_limiter.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { turn } from "../support/until.ts";

/** A limiter whose time the test moves. */
class Stage {
  readonly clock = new FakeClock();
  readonly slowed: string[] = [];
  readonly limiter: ReadLimiter;

  constructor(options: Partial<ReadLimiterOptions>) {
    this.limiter = new ReadLimiter({
      messages: undefined,
      bytes: undefined,
      clock: this.clock,
      longestPause: Infinity,
      slowed: (limit, { perSecond }) => void this.slowed.push(`${limit} ${perSecond}`),
      ...options,
    });
  }

  /** How many of these messages were handled by now; they are handled one after the other. */
  sendAll(count: number): { handled: number } {
    const state = { handled: 0 };
    const send = async () => {
      while (state.handled < count) {
        const pause = this.limiter.beforePublish(this.clock.now());
        if (pause !== undefined) await pause;
        state.handled++;
      }
    };
    void send();
    return state;
  }

  async pass(milliseconds: number, step = 1): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += step) {
      this.clock.advance(step);
      await turn();
    }
  }
}

Deno.test("a burst is handled at once, what is more than it waits its exact time", async () => {
  const it = new Stage({ messages: { perSecond: 10, burst: 3 } });
  const sent = it.sendAll(6);
  await turn();
  assertEquals([sent.handled, it.limiter.isPausing], [3, true]);
  await it.pass(99);
  assertEquals(sent.handled, 3);
  await it.pass(1);
  assertEquals(sent.handled, 4);
  await it.pass(199);
  assertEquals(sent.handled, 5);
  await it.pass(1);
  assertEquals([sent.handled, it.limiter.isPausing], [6, false]);
  assertEquals(it.clock.timerCount, 0);
});

Deno.test("a fast rate waits for a portion at a time, and keeps the rate", async () => {
  const it = new Stage({ messages: { perSecond: 1000, burst: 100 } });
  const sent = it.sendAll(10_000);
  await turn();
  assertEquals(sent.handled, 100);
  await it.pass(19);
  assertEquals(sent.handled, 100, "a timer each message would cost more than the message");
  await it.pass(1);
  assertEquals(sent.handled, 120);
  await it.pass(2000, 20);
  assertEquals(sent.handled, 2120);
  it.limiter.close();
});

Deno.test("a portion is what comes in 20 ms, rounded up, and never more than the burst", async () => {
  for (
    const [perSecond, burst, milliseconds] of [[1000, 100, 20], [1040, 100, 21 / 1.04], [
      1000,
      5,
      5,
    ], [30, 5, 1000 / 30]] as const
  ) {
    const it = new Stage({ messages: { perSecond, burst } });
    const sent = it.sendAll(burst + 1);
    await turn();
    it.clock.advance(milliseconds - 0.01);
    await turn();
    assertEquals(sent.handled, burst, `${perSecond}`);
    it.clock.advance(0.02);
    await turn();
    assertEquals(sent.handled, burst + 1, `${perSecond}`);
  }
});

Deno.test("the time of the read is believed first: the clock is not read for each message", () => {
  const it = new Stage({ messages: { perSecond: 10, burst: 3 } });
  it.clock.now();
  let looks = 0;
  const clock = {
    now: () => (looks++, it.clock.now()),
    after: it.clock.after,
  };
  const limiter = new ReadLimiter({
    messages: { perSecond: 10, burst: 3 },
    bytes: undefined,
    clock,
    longestPause: Infinity,
    slowed: () => {},
  });
  const readAt = it.clock.now();
  for (let i = 0; i < 3; i++) assertEquals(limiter.beforePublish(readAt), undefined);
  assertEquals(looks, 0);
  it.clock.advance(100);
  assertEquals(limiter.beforePublish(readAt), undefined, "one has come since the read");
  assertEquals(looks, 1);
});

Deno.test("no pause is longer than the longest, and what passed too early is owed", async () => {
  const it = new Stage({ messages: { perSecond: 0.01, burst: 1 }, longestPause: 30_000 });
  const sent = it.sendAll(4);
  await turn();
  assertEquals(sent.handled, 1);
  await it.pass(29_999, 29_999);
  assertEquals(sent.handled, 1);
  await it.pass(1);
  assertEquals(sent.handled, 2);
  await it.pass(60_000, 30_000);
  assertEquals(sent.handled, 4);
  const late = it.sendAll(1);
  await it.pass(30_000, 30_000);
  assertEquals(late.handled, 1);
  assertEquals(it.limiter.beforePublish(it.clock.now() + 300_000) !== undefined, true);
  it.limiter.close();
});

Deno.test("bytes: a read has room for what is there, then for what comes in a portion", async () => {
  const it = new Stage({ bytes: { perSecond: 1000, burst: 300 } });
  const { limiter, clock } = it;
  assertEquals([limiter.room, limiter.beforeRead()], [300, undefined]);
  limiter.received(250, clock.now());
  assertEquals([limiter.room, limiter.beforeRead()], [50, undefined]);
  limiter.received(49, clock.now());
  assertEquals([limiter.room, limiter.beforeRead()], [1, undefined]);
  limiter.received(1, clock.now());
  const pause = limiter.beforeRead();
  let isOver = false;
  void pause!.then(() => isOver = true);
  await it.pass(19);
  assertEquals([isOver, limiter.isPausing], [false, true]);
  await it.pass(1);
  assertEquals([isOver, limiter.room], [true, 20]);
  assertEquals(it.limiter.beforePublish(0), undefined, "messages are not limited");
});

Deno.test("bytes that were read before they could be limited are owed, and a read has room for one at least", async () => {
  const it = new Stage({ bytes: { perSecond: 100, burst: 100 }, longestPause: 500 });
  it.limiter.received(400, it.clock.now());
  assertEquals(it.limiter.room, 1);
  let isOver = false;
  void it.limiter.beforeRead()!.then(() => isOver = true);
  await it.pass(499, 499);
  assertEquals(isOver, false);
  await it.pass(1);
  assertEquals([isOver, it.limiter.room], [true, 1]);
});

Deno.test("without a rate of bytes a read has any room", () => {
  const { limiter } = new Stage({ messages: { perSecond: 1, burst: 1 } });
  assertEquals([limiter.room, limiter.beforeRead()], [undefined, undefined]);
});

Deno.test("that a client is slowed down is told when it begins, and again after a minute without a pause", async () => {
  const it = new Stage({
    messages: { perSecond: 10, burst: 1 },
    bytes: { perSecond: 10, burst: 1 },
  });
  assertEquals(it.limiter.slowedBy, []);
  it.sendAll(3);
  await it.pass(200);
  assertEquals([it.slowed, it.limiter.slowedBy], [["messages_rate 10"], ["messages_rate"]]);
  await it.pass(999, 999);
  assertEquals(it.limiter.slowedBy, ["messages_rate"], "a moment ago");
  await it.pass(1);
  assertEquals(it.limiter.slowedBy, []);
  await it.pass(59_000, 59_000);
  it.sendAll(2);
  await it.pass(100);
  assertEquals(it.slowed, ["messages_rate 10"], "a minute has not passed");
  await it.pass(60_001, 60_001);
  it.sendAll(2);
  it.limiter.received(1, it.clock.now());
  void it.limiter.beforeRead();
  assertEquals(it.slowed, ["messages_rate 10", "messages_rate 10", "bytes_rate 10"]);
  assertEquals(it.limiter.slowedBy, ["messages_rate", "bytes_rate"]);
  it.limiter.close();
});

Deno.test("at the end of the connection a pause ends at once, and none begins", async () => {
  const it = new Stage({ messages: { perSecond: 0.001, burst: 1 } });
  const sent = it.sendAll(3);
  await turn();
  assertEquals([sent.handled, it.clock.timerCount], [1, 1]);
  it.limiter.close();
  await turn();
  assertEquals([sent.handled, it.clock.timerCount, it.limiter.isPausing], [3, 0, false]);
});
