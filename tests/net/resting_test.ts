/** Connections that always have data, as their loops serve them: order, shares, the end while one waits. */
import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { BufferPool } from "../../lib/net/buffer_pool.ts";
import { Connection, type FrameHandler } from "../../lib/net/connection.ts";
import { lost } from "../../lib/net/departure.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { QUANTUM } from "../../lib/net/rest_queue.ts";
import { Traffic } from "../../lib/net/stream.ts";
import { Turn } from "../../lib/net/turn.ts";
import { WriteBudget } from "../../lib/net/write_budget.ts";
import type { Yields } from "../../lib/net/yields.ts";
import { FakeStream } from "../support/fake_stream.ts";

/** A read costs this, milliseconds; a slice is 1. */
const COST_MS = 0.6;
const FRAME_BYTES = 1024;

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A party of connections that share a turn, whose yields are done when the test says so. */
class Party {
  now = 0;
  looks = 0;
  #done: (() => void) | undefined;
  readonly yields: Yields = {
    workMs: 1,
    isCheap: true,
    pause: (done) => this.#done = done,
    rest: (done) => this.#done = done,
    close: () => Promise.resolve(),
  };
  readonly turn = new Turn(() => this.now, 0, this.yields);
  readonly services = {
    pool: new BufferPool(),
    flushQueue: new FlushQueue(),
    turn: this.turn,
    traffic: new Traffic(),
    budget: new WriteBudget(Infinity),
    now: () => this.now,
  };

  get isYielding(): boolean {
    return this.#done !== undefined;
  }

  /** Sockets and timers were looked at. */
  async look(): Promise<void> {
    this.looks++;
    const done = this.#done;
    this.#done = undefined;
    done?.();
    await settled();
  }
}

/** One of them; it notes the number in each frame. */
class Guest implements FrameHandler {
  readonly stream = new FakeStream();
  readonly numbers: number[] = [];
  readonly connection: Connection;
  readonly running: Promise<void>;
  readonly #party: Party;
  ends = 0;
  #readAt = -1;

  constructor(party: Party) {
    this.#party = party;
    const limits = { maxPacketSize: 100_000, maxWriteBacklog: Infinity };
    this.connection = new Connection(this, party.services, limits, () => this);
    this.running = this.connection.run();
  }

  handleFrame(): void {
    const { inbound, readAt } = this.connection;
    const at = inbound.cursor.bodyStart;
    this.numbers.push(inbound.bytes[at]! << 8 | inbound.bytes[at + 1]!);
    if (readAt !== this.#readAt) this.#party.now += COST_MS;
    this.#readAt = readAt;
  }

  drained(): void {}

  ended(): void {
    this.ends++;
  }

  /** So many frames of a kibibyte, numbered. */
  give(count: number): void {
    const all = new Uint8Array(count * FRAME_BYTES);
    for (let i = 0; i < count; i++) {
      const at = i * FRAME_BYTES;
      all.set([0x30, 0xfd, 0x07, i >> 8, i], at); // a body of 1021 bytes
    }
    this.stream.give(all);
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

Deno.test("all frames of all come, in order, in equal shares, in reads that are no larger than a share", async () => {
  const party = new Party();
  const guests = [new Guest(party), new Guest(party), new Guest(party)];
  for (const guest of guests) guest.give(2000);
  await settled();
  const begun = guests.map(({ stream }) => stream.rooms.length);
  while (guests.some(({ numbers }) => numbers.length < 1000)) await party.look();
  const counts = guests.map(({ numbers }) => numbers.length);
  assert(Math.max(...counts) - Math.min(...counts) <= 3 * QUANTUM / FRAME_BYTES, `${counts}`);
  for (const [i, { stream }] of guests.entries()) {
    const rooms = stream.rooms.slice(begun[i]!, -1);
    assert(rooms.every((room) => room <= QUANTUM), `${rooms}`);
  }
  for (let i = 0; party.isYielding; i++) {
    assert(i < 1000, "it never ends");
    await party.look();
  }
  for (const guest of guests) {
    assertEquals(guest.numbers, upTo(2000));
    guest.connection.close(lost("enough"));
    await guest.running;
  }
});

Deno.test("a quiet one is served beside them without a wait", async () => {
  const party = new Party();
  const [first, second, quiet] = [new Guest(party), new Guest(party), new Guest(party)];
  for (const guest of [first, second]) guest.give(2000);
  await settled();
  for (let i = 0; i < 10; i++) {
    quiet.give(1);
    await settled();
    assertEquals(quiet.numbers.length, i * 3 + 1, "its message fills its first buffer");
    quiet.give(2);
    await party.look();
  }
  for (const guest of [first, second, quiet]) guest.connection.close(lost("enough"));
  for (let i = 0; party.isYielding; i++) await party.look();
  await Promise.all([first.running, second.running, quiet.running]);
});

Deno.test("one that ends while it waits for its turn ends once, and keeps no one else waiting", async () => {
  const party = new Party();
  const guests = [new Guest(party), new Guest(party), new Guest(party)];
  for (const guest of guests) guest.give(500);
  await settled();
  const [gone, ...others] = guests;
  gone!.connection.close(lost("enough"));
  assertEquals(gone!.ends, 1, "its handler hears of it at once");
  const seen = gone!.numbers.length;
  for (let i = 0; party.isYielding; i++) {
    assert(i < 1000, "it never ends");
    await party.look();
  }
  await gone!.running;
  assertEquals([gone!.ends, gone!.numbers.length], [1, seen]);
  for (const guest of others) {
    assertEquals(guest.numbers, upTo(500));
    guest.connection.close(lost("enough"));
    await guest.running;
  }
});

Deno.test("what was read before the peer's end is handled, also behind a wait", async () => {
  const party = new Party();
  const guests = [new Guest(party), new Guest(party)];
  for (const guest of guests) {
    guest.give(300);
    guest.stream.end();
  }
  for (let i = 0; i < 5 || party.isYielding; i++) {
    assert(i < 1000, "it never ends");
    await party.look();
  }
  await Promise.all(guests.map(({ running }) => running));
  for (const guest of guests) assertEquals([guest.numbers, guest.ends], [upTo(300), 1]);
});
