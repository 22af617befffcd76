/** Retained messages that no acknowledgement waits for gather; what is promised to anyone waits for no company. */
import { assert, assertEquals } from "@std/assert";
import { KeptSessions, storedClient } from "./kept_sessions.ts";
import { turns } from "./held_log.ts";

/** A store that gathers for ten seconds. */
const gathering = () => new KeptSessions([], undefined, undefined, undefined, 10_000);

/** What the log has of these topics. */
function payloads({ stored }: KeptSessions, ...topics: string[]): (string | undefined)[] {
  return topics.map((topic) => {
    const message = stored.state.retained.get(topic);
    return message && new TextDecoder().decode(message.payload);
  });
}

Deno.test("retained messages of ten seconds are one write, and of each topic the last one", async () => {
  const store = gathering();
  for (let second = 0; second < 9; second++) {
    store.retain("a", `a${second}`);
    store.retain("b", `b${second}`);
    await turns();
    store.clock.advance(1000);
    assert(!store.log.isWriting, `second ${second}`);
  }
  store.clock.advance(1000);
  await store.log.settleAll();
  assertEquals(store.log.batches.length, 1);
  assertEquals(payloads(store, "a", "b"), ["a8", "b8"]);
});

Deno.test("a message that is retained again behind the write gathers again", async () => {
  const store = gathering();
  store.retain("a", "1");
  store.clock.advance(10_000);
  await store.log.settleAll();
  store.retain("a", "2");
  store.retain("a");
  store.clock.advance(10_000);
  await store.log.settleAll();
  assertEquals(store.log.batches.length, 2);
  assertEquals(payloads(store, "a"), [undefined]);
});

Deno.test("who waits for what was retained waits for no company, also where the topic gathers", async () => {
  const store = gathering();
  store.retain("a", "1");
  store.retain("a", "2");
  let isSafe = false;
  store.journal.whenSafe(() => isSafe = true);
  await turns();
  assert(!isSafe && store.log.isWriting);
  await store.log.settle();
  assert(isSafe);
  assertEquals(payloads(store, "a"), ["2"]);
});

Deno.test("what a session keeps is written at once, and what gathered with it", async () => {
  const store = gathering();
  store.retain("a", "1");
  await turns();
  assert(!store.log.isWriting);
  store.create("s");
  await turns();
  assert(store.log.isWriting);
  await store.log.settleAll();
  assertEquals(payloads(store, "a"), ["1"]);
  assertEquals(store.stored.state.sessions.get("s")?.client, storedClient("s"));
});

Deno.test("64 KiB do not wait", async () => {
  const store = gathering();
  store.retain("a", "1");
  await turns();
  assert(!store.log.isWriting);
  store.retain("b", "x".repeat(70_000));
  await turns();
  assert(store.log.isWriting);
  await store.log.settleAll();
  assertEquals(payloads(store, "a"), ["1"]);
});

Deno.test("an orderly end writes what gathers", async () => {
  const store = gathering();
  store.retain("a", "1");
  const closed = store.journal.close();
  await store.log.settleAll();
  await closed;
  assertEquals(payloads(store, "a"), ["1"]);
});

Deno.test("without a delay each is written at once", async () => {
  const store = new KeptSessions();
  store.retain("a", "1");
  await turns();
  assert(store.log.isWriting);
});
