/** What tests of the order of promises begin with. */
import { assert } from "@std/assert";
import { turns } from "./held_log.ts";
import { type Kept, KeptSessions } from "./kept_sessions.ts";

/** More than a batch takes. */
export const LARGE = new Uint8Array(1_200_000).fill(120);

/** Sessions by these names, all that they have written. */
export async function sessions(...names: string[]): Promise<{ store: KeptSessions; all: Kept[] }> {
  const store = new KeptSessions();
  const all = names.map((name) => store.create(name));
  await store.log.settleAll();
  return { store, all };
}

/** What the log comes to at each batch from now on. */
export async function* atEachBatch(store: KeptSessions): AsyncGenerator<KeptSessions["stored"]> {
  await turns();
  while (store.log.isWriting) {
    await store.log.settle();
    yield store.stored;
  }
}

/** A write is under way, more waits than a batch takes, and an edition has begun. */
export async function behind(store: KeptSessions): Promise<void> {
  store.retain("first", "x");
  await turns();
  assert(store.log.isWriting);
  store.journal.startEdition();
  store.retained.set("large", store.message(LARGE, "large").message);
  store.journal.retained("large");
  await turns();
}
