/** One connection's loop against a transport in the hands of the test. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { BufferPool } from "../../lib/net/buffer_pool.ts";
import { Connection, type FrameHandler, type NetServices } from "../../lib/net/connection.ts";
import { lost } from "../../lib/net/departure.ts";
import type { CloseReason } from "../../lib/wire/codes.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { Traffic } from "../../lib/net/stream.ts";
import { Turn } from "../../lib/net/turn.ts";
import { WriteBudget } from "../../lib/net/write_budget.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { bytes, publish } from "../support/raw_packets.ts";
import { within } from "../support/raw_client.ts";
import { turn, until } from "../support/until.ts";

function services(now = () => performance.now()): NetServices {
  return {
    pool: new BufferPool(),
    flushQueue: new FlushQueue(),
    turn: new Turn(now),
    traffic: new Traffic(),
    budget: new WriteBudget(Infinity),
    now,
  };
}

/** A connection whose handler notes the frames' first bytes, and answers each with the same byte and 0. */
class Subject implements FrameHandler {
  readonly stream = new FakeStream();
  readonly connection: Connection;
  readonly handled: number[] = [];
  readonly ends: string[] = [];
  readonly errors: unknown[] = [];
  drains = 0;
  /** What becomes of a frame beside the answer. */
  react: (header: number) => void | Promise<void> = () => {};
  readonly running: Promise<void>;

  constructor(net: NetServices = services(), maxWriteBacklog = Infinity) {
    const limits = { maxPacketSize: 10_000, maxWriteBacklog };
    this.connection = new Connection({ stream: this.stream }, net, limits, () => this);
    this.running = this.connection.run();
  }

  handleFrame(): void | Promise<void> {
    const { header } = this.connection.inbound.cursor;
    this.handled.push(header);
    const result = this.react(header);
    this.connection.outbound.push(Uint8Array.of(header, 0));
    return result;
  }

  drained(): void {
    this.drains++;
  }

  ended({ text: reason }: CloseReason, error: Error | undefined): void {
    this.ends.push(reason);
    this.errors.push(error);
  }
}

const frame = (header: number) => Uint8Array.of(header, 0);

Deno.test("frames of one read are handled in order and answered in one write", async () => {
  const it = new Subject();
  it.stream.isSlow = true;
  it.stream.give(bytes(frame(0xc0), frame(0x10), frame(0x20)));
  await until(() => it.stream.isWriting, "a write");
  it.stream.writeSome();
  assertEquals(it.handled, [0xc0, 0x10, 0x20]);
  assertEquals(it.stream.written, [0xc0, 0, 0x10, 0, 0x20, 0]);
  it.connection.close(lost("enough"));
  await it.running;
});

Deno.test("half-close: what is buffered is handled and answered, then the connection ends", async () => {
  const it = new Subject();
  it.stream.isSlow = true;
  it.stream.give(bytes(frame(0xc0), frame(0x10), 0x30));
  it.stream.end();
  await until(() => it.stream.isWriting, "a write");
  assert(it.connection.isOpen);
  it.stream.writeSome(1);
  await turn();
  it.stream.writeSome();
  await it.running;
  assertEquals(it.stream.written, [0xc0, 0, 0x10, 0]);
  assertEquals(it.ends, ["connection closed by the peer"]);
  assertEquals(it.stream.closeCount, 1);
});

Deno.test("a handler's promise stops its own connection and no other", async () => {
  const net = services();
  const [slow, quick] = [new Subject(net), new Subject(net)];
  const { promise, resolve } = Promise.withResolvers<void>();
  slow.react = (header) => header === 0xc0 ? promise : undefined;
  slow.stream.give(bytes(frame(0xc0), frame(0x10)));
  quick.stream.give(frame(0x10));
  await until(() => quick.handled.length === 1, "the other connection");
  quick.stream.give(frame(0x20));
  await until(() => quick.handled.length === 2, "the other connection again");
  assertEquals(slow.handled, [0xc0]);
  assert(!slow.stream.isReading, "it reads while a handler waits");
  resolve();
  await until(() => slow.handled.length === 2, "the frame behind");
  for (const it of [slow, quick]) it.connection.close(lost("enough"));
  await Promise.all([slow.running, quick.running]);
});

Deno.test("a frame behind the end of the connection is not handled", async () => {
  const it = new Subject();
  it.react = () => it.connection.close(lost("by a handler"));
  it.stream.give(bytes(frame(0xc0), frame(0x10)));
  await it.running;
  assertEquals(it.handled, [0xc0]);
  assertEquals(it.ends, ["by a handler"]);
});

Deno.test("good packets before a malformed one are answered before the close", async () => {
  const it = new Subject();
  it.react = (header) => {
    if (header === 0xf0) throw new ProtocolError("reserved", "2.2.1");
  };
  it.stream.isSlow = true;
  it.stream.give(bytes(frame(0xc0), frame(0x10), frame(0xf0), frame(0xc0)));
  await until(() => it.stream.isWriting, "a write");
  it.stream.writeSome();
  await it.running;
  assertEquals(it.stream.written, [0xc0, 0, 0x10, 0]);
  assertEquals(it.ends, ["reserved [2.2.1]"]);
  assert(it.errors[0] instanceof ProtocolError);
});

Deno.test("a packet over the limit ends the connection with an error of the client", async () => {
  const it = new Subject();
  it.stream.give(publish("t", new Uint8Array(20_000)));
  await it.running;
  assertMatch(it.ends[0]!, /max_packet_size is 10000/);
  assert(it.errors[0] instanceof ProtocolError);
});

Deno.test("what a handler fails with, now or later, reaches the owner as an error", async () => {
  for (const later of [false, true]) {
    const it = new Subject();
    it.react = () => {
      if (later) return Promise.reject(new TypeError("a mistake of ours"));
      throw new TypeError("a mistake of ours");
    };
    it.stream.give(frame(0xc0));
    await it.running;
    assertEquals(it.ends, ["a mistake of ours"]);
    assert(it.errors[0] instanceof TypeError);
  }
});

Deno.test("a network error is no error of the client", async () => {
  const it = new Subject();
  it.stream.give(frame(0xc0));
  await until(() => it.stream.isReading && it.handled.length === 1, "the frame");
  it.stream.failRead(new Deno.errors.ConnectionReset("Connection reset by peer (os error 104)"));
  await it.running;
  assertEquals(it.ends, ["connection reset by the peer"]);
  assertEquals(it.errors, [undefined]);
});

Deno.test("a write that fails ends the connection once", async () => {
  const it = new Subject();
  it.stream.failWrites(new Deno.errors.BrokenPipe("Broken pipe"));
  it.stream.give(frame(0xc0));
  await it.running;
  assertEquals(it.ends, ["connection reset by the peer"]);
  assertEquals(it.stream.closeCount, 1);
});

Deno.test("closing again, in every order, acts once", async () => {
  const it = new Subject();
  const lingering = [
    it.connection.closeAfterFlush(lost("first")),
    it.connection.closeAfterFlush(lost("second")),
  ];
  it.connection.close(lost("third"));
  it.connection.close(lost("fourth"));
  await Promise.all([...lingering, it.running]);
  assertEquals(it.ends, ["third"]);
  assertEquals(it.stream.closeCount, 1);
});

Deno.test("whoever asks for the close later waits for its end as well", async () => {
  const it = new Subject();
  it.stream.isSlow = true;
  it.connection.outbound.push(frame(0xc0));
  const first = it.connection.closeAfterFlush(lost("first"));
  let isOver = false;
  const second = it.connection.closeAfterFlush(lost("second")).then(() => isOver = true);
  await turn();
  assert(!isOver, "the second is told too early");
  it.stream.writeSome();
  await Promise.all([first, second, it.running]);
  assertEquals(it.ends, ["first"]);
});

Deno.test("a peer that takes nothing is closed after the linger time", async () => {
  const it = new Subject();
  it.stream.isSlow = true;
  it.connection.outbound.push(frame(0xc0));
  await within(it.connection.closeAfterFlush(lost("bye")), "the end of the linger time");
  assertEquals(it.ends, ["bye"]);
  await it.running;
});

Deno.test("a connection whose own output is above its limit is not read", async () => {
  const it = new Subject(services(), 40);
  it.stream.isSlow = true;
  it.stream.give(bytes(...Array.from({ length: 30 }, () => frame(0xc0))));
  await until(() => it.handled.length === 30, "the frames");
  await turn();
  assert(!it.stream.isReading, "it reads although 60 bytes wait");
  it.stream.isSlow = false;
  it.stream.writeSome();
  await until(() => it.stream.isReading, "the next read");
  it.connection.close(lost("enough"));
  await it.running;
});

Deno.test("whom a publisher fills up it waits for, once", async () => {
  const net = services();
  const [publisher, subscriber] = [new Subject(net), new Subject(net, 1000)];
  subscriber.stream.isSlow = true;
  publisher.react = () => subscriber.connection.outbound.push(publish("t", new Uint8Array(600)));
  publisher.stream.give(bytes(frame(0x30), frame(0x31), frame(0x32)));
  await until(() => publisher.handled.length === 1, "the first frame");
  assertEquals(publisher.handled.length, 1);
  // Nothing is taken: after its patience all the rest is handled without another wait.
  await until(() => publisher.handled.length === 3, "the frames behind");
  publisher.stream.give(bytes(frame(0x33), frame(0x34)));
  await until(() => publisher.handled.length === 5, "the next read");
  for (const it of [publisher, subscriber]) it.connection.close(lost("enough"));
  await Promise.all([publisher.running, subscriber.running]);
  assertEquals(net.budget.used, 0);
});

Deno.test("the wait for a subscriber ends when it has room, or is gone", async () => {
  for (const ending of ["takes its bytes", "closes"]) {
    const net = services();
    const [publisher, subscriber] = [new Subject(net), new Subject(net, 1000)];
    subscriber.stream.isSlow = true;
    publisher.react = () => subscriber.connection.outbound.push(publish("t", new Uint8Array(600)));
    publisher.stream.give(bytes(frame(0x30), frame(0x31)));
    await until(() => subscriber.stream.isWriting, "a write");
    if (ending === "closes") subscriber.connection.close(lost("gone"));
    else subscriber.stream.writeSome();
    await until(() => publisher.handled.length === 2, `the frame behind, when it ${ending}`);
    for (const it of [publisher, subscriber]) it.connection.close(lost("enough"));
    await Promise.all([publisher.running, subscriber.running]);
  }
});

Deno.test("overdue: silence counts while the connection is read, and stalled output counts too", async () => {
  let now = 0;
  const it = new Subject(services(() => now), 40);
  assertEquals(it.connection.overdue(now = 1000, 1500), undefined);
  assertEquals(it.connection.overdue(now = 1501, 1500)?.text, "keep-alive time-out");
  assertEquals(it.connection.overdue(now, Infinity), undefined);
  it.stream.give(frame(0xc0));
  await until(() => it.handled.length === 1, "a frame");
  assertEquals(it.connection.overdue(now = 3001, 1500), undefined);
  // Not read because of its own output: the silence is ours, the stall is the client's.
  it.stream.isSlow = true;
  it.stream.give(bytes(...Array.from({ length: 30 }, () => frame(0xc0))));
  await until(() => it.handled.length === 31, "the frames");
  await turn();
  assertEquals(it.connection.overdue(now = 4000, 1500), undefined);
  assertEquals(it.connection.overdue(now = 20_000, 1500), undefined);
  it.stream.writeSome(1);
  await turn();
  assertEquals(it.connection.overdue(now = 32_000, 1500), undefined);
  assertEquals(it.connection.overdue(now = 62_001, 1500)?.text, "takes no bytes");
  it.connection.close(lost("enough"));
  await it.running;
});

Deno.test("long work on the frames of one read is interrupted: others have their turn", async () => {
  let now = 0;
  const net = services(() => now);
  const [flooder, quiet] = [new Subject(net), new Subject(net)];
  let before = 0;
  flooder.react = () => void (now += 1);
  quiet.react = () => void (before = flooder.handled.length);
  flooder.stream.give(bytes(...Array.from({ length: 250 }, () => frame(0x30))));
  await until(() => flooder.handled.length > 0, "the first frames");
  quiet.stream.give(frame(0xc0));
  await until(() => flooder.handled.length === 250, "all frames");
  assert(before > 0 && before < 250, `the quiet one was served after ${before} frames`);
  for (const it of [flooder, quiet]) it.connection.close(lost("enough"));
  await Promise.all([flooder.running, quiet.running]);
});

Deno.test("reads that are never full end in a pause where the event loop has no turn, and in none where it has", async () => {
  let now = 0;
  const net = services(() => now);
  let pauses = 0;
  const pause = net.turn.pause.bind(net.turn);
  net.turn.pause = () => (pauses++, pause());
  const it = new Subject(net);
  let read = 0;
  const give = () => {
    now += 0.5;
    read++;
    it.stream.give(frame(0x30));
  };
  while (read < 350) {
    give();
    await until(() => it.handled.length === read, "a frame");
  }
  assertEquals(pauses, 0);
  while (read < 700 && pauses === 0) {
    give();
    while (it.handled.length < read && pauses === 0) await Promise.resolve();
  }
  assertEquals(pauses, 1);
  it.connection.close(lost("enough"));
  await it.running;
});
