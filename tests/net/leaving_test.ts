/** The end of a connection over a transport that has a goodbye of its own, and what else it asks of its stream. */
import { assertEquals } from "@std/assert";
import { BufferPool } from "../../lib/net/buffer_pool.ts";
import { Connection } from "../../lib/net/connection.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { Inbound } from "../../lib/net/inbound.ts";
import { leave, Traffic } from "../../lib/net/stream.ts";
import { Turn } from "../../lib/net/turn.ts";
import { WriteBudget } from "../../lib/net/write_budget.ts";
import { type CloseReason, ReasonCode } from "../../lib/wire/codes.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { turn } from "../support/until.ts";

const WHY: CloseReason = { code: ReasonCode.SERVER_SHUTTING_DOWN, text: "the broker stops" };

/** A stream that says goodbye when the test lets it. */
class PoliteStream extends FakeStream {
  readonly said: CloseReason[] = [];
  readonly asked: number[] = [];
  readonly goodbye = Promise.withResolvers<void>();

  async leave(reason: CloseReason): Promise<void> {
    this.said.push(reason);
    await this.goodbye.promise;
    this.close();
  }

  keepOpen(now: number): void {
    this.asked.push(now);
  }
}

function open() {
  const stream = new PoliteStream();
  const now = () => 1000;
  const net = {
    pool: new BufferPool(),
    flushQueue: new FlushQueue(),
    turn: new Turn(now),
    traffic: new Traffic(),
    budget: new WriteBudget(Infinity),
    now,
  };
  const ends: CloseReason[] = [];
  const handler = {
    handleFrame() {},
    drained() {},
    ended: (reason: CloseReason) => ends.push(reason),
  };
  const limits = { maxPacketSize: 100, maxWriteBacklog: Infinity };
  const connection = new Connection({ stream }, net, limits, () => handler);
  return { stream, connection, ends, running: connection.run() };
}

Deno.test("leaving: a connection that is closed is over at once, its stream says goodbye", async () => {
  const { stream, connection, ends, running } = open();
  connection.close(WHY);
  connection.close({ code: undefined, text: "again" });
  assertEquals([stream.said, ends, stream.closeCount], [[WHY], [WHY], 0]);
  stream.goodbye.resolve();
  await running;
  assertEquals([ends, stream.closeCount], [[WHY], 1]);
});

Deno.test("leaving: closing behind what waits is over when the goodbye is", async () => {
  const { stream, connection, ends } = open();
  stream.isSlow = true;
  connection.outbound.push(Uint8Array.of(0xd0, 0));
  let isOver = false;
  const closing = connection.closeAfterFlush(WHY).then(() => isOver = true);
  await turn();
  assertEquals(stream.said, []);
  stream.writeSome();
  await turn();
  assertEquals([stream.said, ends, isOver], [[WHY], [WHY], false]);
  stream.goodbye.resolve();
  await closing;
  assertEquals(stream.written, [0xd0, 0]);
});

Deno.test("leaving: a stream without a goodbye is closed, also twice", () => {
  const stream = new FakeStream();
  assertEquals([leave(stream, WHY), leave(stream, WHY)], [undefined, undefined]);
  assertEquals(stream.closeCount, 2);
});

Deno.test("leaving: whoever looks at silent connections keeps the streams open", () => {
  const { stream, connection } = open();
  assertEquals(connection.overdue(5000, Infinity), undefined);
  assertEquals(stream.asked, [5000]);
  connection.close(WHY);
  stream.goodbye.resolve();
});

Deno.test("inbound: a stream says itself whether a read was full, and the buffer grows by that", () => {
  const inbound = new Inbound(100_000);
  const room = inbound.space().length;
  inbound.filled(10, true);
  assertEquals(inbound.wasFilled, true);
  assertEquals(inbound.space().length > room, true);
  const other = new Inbound(100_000);
  other.filled(other.space().length, false);
  assertEquals(other.wasFilled, false);
});
