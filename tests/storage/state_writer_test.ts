/** A stored state as batches: what is read of them is the state again. */
import { assert, assertEquals } from "@std/assert";
import type { Batch } from "../../lib/storage/batch_log.ts";
import {
  emptyState,
  messagesOf,
  type StoredEntry,
  type StoredState,
} from "../../lib/storage/state.ts";
import { Message } from "../../lib/session/message.ts";
import { batchesOf } from "../../lib/storage/state_writer.ts";
import { Random } from "../support/random.ts";
import { replayed } from "../support/replayed.ts";
import { randomState } from "./random_state.ts";

const WALL = Date.UTC(2026, 10, 28);

function written(state: StoredState, number = 1): Batch[] {
  const batches = batchesOf(state, { number, wall: WALL });
  return Array.from(batches, (batch) => ({ ...batch, body: batch.body.slice() }));
}

/** What a log does not say: numbers of entries, ages of messages that are gone, which edition has a message. */
function comparable({ sessions, retained, wills, time }: StoredState): unknown {
  const list = [...sessions].map(([id, { entries, lastPacketId: _, ...session }]) => {
    const filters = [...session.subscriptions.keys()];
    return [id, session, filters, inOrder(entries.values()).map(plain)];
  });
  return [list, [...retained].map(([topic, message]) => [topic, plain({ message })]), wills, time];
}

/** What is under way goes before what waits. */
function inOrder(entries: Iterable<StoredEntry>): StoredEntry[] {
  const waits = ({ packetId }: StoredEntry) => packetId === 0 ? 1 : 0;
  return [...entries].sort((a, b) => waits(a) - waits(b));
}

function plain<T extends { message: { recorded: number } }>({ message, ...rest }: T): unknown {
  return { ...rest, message: { ...message, recorded: 0 } };
}

Deno.test("state writer: what is written comes back, whatever it is, in its order", () => {
  for (let seed = 0; seed < 300; seed++) {
    const state = keyed(randomState(new Random(seed)));
    for (const [id, message] of state.retained) assert(id === message.topicName);
    const { state: back, firstBatch, wall } = replayed(written(state, 7));
    assertEquals(comparable(back), comparable(state), `seed ${seed}`);
    assertEquals([firstBatch, wall], [7, WALL]);
  }
});

/** A log knows a session and a will by the client id that they have. */
function keyed(state: StoredState): StoredState {
  const named = <T extends { client: { clientId: string } }>(things: Map<string, T>) =>
    new Map([...things.values()].map((one) => [one.client.clientId, one]));
  return { ...state, sessions: named(state.sessions), wills: named(state.wills) };
}

Deno.test("state writer: a message is written once, and again for another log", () => {
  const state = keyed(randomState(new Random(9)));
  const all = [...messagesOf(state)];
  assert(all.length > new Set(all).size, "a message is referred to twice");
  const first = written(state);
  assertEquals(written(state), first);
});

Deno.test("state writer: a large state takes several batches, of which none can be missing", () => {
  const state = emptyState();
  const payload = new Uint8Array(100_000).fill(7);
  const [one] = [...messagesOf(randomState(new Random(4)))];
  for (let order = 1; order <= 50; order++) {
    const topicName = `t/${order}`;
    const topic = new TextEncoder().encode(topicName);
    state.retained.set(
      topicName,
      Message.of({ ...one!, payload, topicName, topic, order, recorded: 0 }),
    );
  }
  const batches = written(state, 3);
  assertEquals(batches.map(({ number, keepFrom }) => [number, keepFrom]), [
    [3, 3],
    [4, 3],
    [5, 3],
    [6, 3],
    [7, 3],
    [8, 3],
  ]);
  assertEquals(replayed(batches).state.retained.size, 50);
});

Deno.test("state writer: nothing is a batch, so that what was before it counts no more", () => {
  const batches = written(emptyState());
  assertEquals(batches.length, 1);
  assertEquals(comparable(replayed(batches).state), comparable(emptyState()));
});

Deno.test("state writer: the last batch says nothing, for it may be taken for one that was cut short", () => {
  const state = keyed(randomState(new Random(9)));
  assertEquals(comparable(replayed(written(state).slice(0, -1)).state), comparable(state));
});
