/** A connection that has a last word to its peer: whole, behind what waits, bounded in time; its end is no later for it. */
import { assert, assertEquals } from "@std/assert";
import { BufferPool } from "../../lib/net/buffer_pool.ts";
import { Connection } from "../../lib/net/connection.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { Traffic } from "../../lib/net/stream.ts";
import { Turn } from "../../lib/net/turn.ts";
import { WriteBudget } from "../../lib/net/write_budget.ts";
import { type CloseReason, ReasonCode } from "../../lib/wire/codes.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { within } from "../support/raw_client.ts";
import { turn, until } from "../support/until.ts";

const WHY: CloseReason = { code: ReasonCode.ADMINISTRATIVE_ACTION, text: "kicked" };
const WORD = [0xe0, 1, 0x98];
const PING = [0xd0, 0];

/** A stream whose write side the broker can end. */
class HalfClosing extends FakeStream {
  isHalfClosed = false;

  closeWrite(): Promise<void> {
    this.isHalfClosed = true;
    return Promise.resolve();
  }
}

function open(maxWriteBacklog = Infinity) {
  let time = 0;
  const now = () => time;
  const budget = new WriteBudget(Infinity);
  const stream = new HalfClosing();
  const net = {
    pool: new BufferPool(),
    flushQueue: new FlushQueue(),
    turn: new Turn(now),
    traffic: new Traffic(),
    budget,
    now,
  };
  const ends: CloseReason[] = [];
  const handler = {
    handleFrame() {},
    drained() {},
    lastWord: () => Uint8Array.from(WORD),
    ended: (reason: CloseReason) => void ends.push(reason),
  };
  const limits = { maxPacketSize: 100, maxWriteBacklog };
  const connection = new Connection({ stream }, net, limits, () => handler);
  const later = (milliseconds: number) => time += milliseconds;
  return { stream, connection, ends, budget, later, running: connection.run() };
}

Deno.test("the word leaves behind what waits, and the handler hears of the end at once", async () => {
  const it = open();
  it.stream.isSlow = true;
  it.connection.outbound.push(Uint8Array.from(PING));
  await until(() => it.stream.isWriting, "a write");
  it.connection.outbound.push(Uint8Array.from(PING));
  it.connection.close(WHY);
  assertEquals([it.ends, it.connection.isOpen, it.stream.closeCount], [[WHY], false, 0]);
  it.stream.writeSome(1); // a torn packet is completed first
  await turn();
  it.stream.writeSome();
  await until(() => it.stream.isWriting, "the rest");
  it.connection.outbound.push(Uint8Array.from(PING)); // it is over: this is thrown away
  it.stream.writeSome();
  await within(it.running, "the end");
  assertEquals(it.stream.written, [...PING, ...PING, ...WORD]);
  assertEquals([it.ends.length, it.stream.closeCount, it.budget.used], [1, 1, 0]);
});

Deno.test("a peer that takes no bytes is left without the word, after a second", async () => {
  for (const how of ["close", "closeAfterFlush"] as const) {
    const it = open();
    it.stream.isSlow = true;
    it.connection.outbound.push(Uint8Array.from(PING));
    await until(() => it.stream.isWriting, "a write");
    void it.connection[how](WHY);
    await within(it.running, "the end");
    assertEquals([it.stream.written, it.ends, it.budget.used], [[], [WHY], 0], how);
  }
});

Deno.test("one that is closed for taking no bytes is not waited for", async () => {
  const it = open();
  it.stream.isSlow = true;
  it.connection.outbound.push(Uint8Array.from(PING));
  await until(() => it.stream.isWriting, "a write");
  assertEquals(it.connection.overdue(0, Infinity), undefined);
  it.later(30_001);
  it.connection.close(it.connection.overdue(30_001, Infinity)!);
  assertEquals([it.ends[0]!.text, it.stream.closeCount], ["takes no bytes", 1]);
  await it.running;
});

Deno.test("a write that fails on the way ends it", async () => {
  const it = open();
  it.stream.isSlow = true;
  it.connection.close(WHY);
  await until(() => it.stream.isWriting, "the word");
  it.stream.failWrites(new Deno.errors.BrokenPipe("gone"));
  await within(it.running, "the end");
  assertEquals([it.ends, it.stream.closeCount], [[WHY], 1]);
});

Deno.test("what is closed again meanwhile stays closed for the first reason", async () => {
  const it = open();
  it.stream.isSlow = true;
  it.connection.close(WHY);
  it.connection.close({ code: ReasonCode.SERVER_SHUTTING_DOWN, text: "again" });
  const closing = it.connection.closeAfterFlush(WHY);
  let isOver = false;
  void closing.then(() => isOver = true);
  await turn();
  assert(!isOver, "the end is told before the stream is closed");
  it.stream.writeSome();
  await within(closing, "the end");
  assertEquals([it.ends, it.stream.written, it.stream.closeCount], [[WHY], WORD, 1]);
  await it.running;
});

Deno.test("a publisher that waits for room goes on", async () => {
  const it = open(10);
  it.stream.isSlow = true;
  for (let i = 0; i < 20; i++) it.connection.outbound.push(Uint8Array.from(PING));
  const room = it.connection.outbound.whenRoom();
  it.connection.close(WHY);
  await within(room, "room");
  assert(!it.connection.outbound.hasRoom);
  it.stream.isSlow = false;
  it.stream.writeSome();
  await it.running;
});

Deno.test("behind a fault of the peer its bytes are read for a moment, so that no reset takes the word back", async () => {
  const it = open();
  it.stream.give(Uint8Array.of(0x30, 0xff, 0xff, 0x7f, 1, 2, 3));
  await until(() => it.stream.isHalfClosed, "the word");
  assertEquals(it.stream.written, WORD);
  await until(() => it.stream.isReading, "a read");
  it.stream.give(new Uint8Array(5000));
  await until(() => it.stream.isReading, "another read");
  assertEquals(it.stream.closeCount, 0);
  it.stream.end();
  await within(it.running, "the end");
  assertEquals(it.stream.closeCount, 1);
});

Deno.test("a peer that sends without end is cut", async () => {
  const it = open();
  it.stream.give(Uint8Array.of(0x30, 0xff, 0xff, 0x7f));
  await until(() => it.stream.isHalfClosed, "the word");
  for (let read = 0; read < 1024 * 1024 && it.stream.closeCount === 0;) {
    await until(() => it.stream.isReading || it.stream.closeCount > 0, "a read");
    if (it.stream.closeCount === 0) it.stream.give(new Uint8Array(16_384));
    read += 16_384;
  }
  await within(it.running, "the end");
  assertEquals(it.stream.closeCount, 1);
});
