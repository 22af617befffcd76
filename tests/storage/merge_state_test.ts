/** What comes into a store that has something: whose is kept, and what becomes of times and ages. */
import { assertEquals } from "@std/assert";
import { mergedState } from "../../lib/storage/merge_state.ts";
import { emptyState } from "../../lib/storage/state.ts";
import { numberedState, retainedMessage, WALL } from "./stores.ts";

Deno.test("merge: the store's own stays, what comes is newer, its times are on the store's time", () => {
  const state = { ...numberedState(5000), lastOrder: 9 };
  const other = { ...emptyState(), time: 100, lastOrder: 3 };
  for (const [topic, order] of [["t/1", 1], ["new", 2]] as const) {
    const message = retainedMessage(topic, "other", order);
    other.retained.set(topic, message.with({ expiresAt: 100 + 60_000 }));
  }
  const { merged, added, left } = mergedState({ state, wall: WALL }, other, WALL + 2000);
  assertEquals(merged.time, 7000);
  assertEquals([...added.retained.keys()], ["new"]);
  assertEquals([...left.retained.keys()], ["t/1"]);
  assertEquals(merged.retained.get("t/1"), state.retained.get("t/1"));
  const { order, expiresAt } = merged.retained.get("new")!;
  assertEquals([order, expiresAt, merged.lastOrder], [11, 67_000, 12]);
});

Deno.test("merge: a machine's clock that was set back counts as no time", () => {
  const state = numberedState(5000);
  const { merged } = mergedState({ state, wall: WALL }, emptyState(), WALL - 1);
  assertEquals(merged.time, 5000);
});
