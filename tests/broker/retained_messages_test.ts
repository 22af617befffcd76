/** The retained messages of a broker, and who shares them with the journal. */
import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { publishOwn } from "../../lib/broker/broadcast.ts";
import { Core } from "../../lib/broker/core.ts";
import { openStorage } from "../../lib/broker/life/storage.ts";
import { RetainedMessages } from "../../lib/broker/retained_messages.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import { sizeOf } from "../../lib/session/message.ts";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import { HeldLog, turns } from "../storage/held_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { message, outgoing } from "../session/support.ts";

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

Deno.test("a message that is under way is kept as it is now, whatever its buffer is used for next", () => {
  const retained = new RetainedMessages();
  const buffer = new TextEncoder().encode("payload");
  retained.keep(outgoing(buffer, 1, "t"));
  buffer.fill(0);
  assertEquals(text(retained.get("t")?.payload), "payload");
  assertEquals([retained.count, retained.bytes, retained.sizeAt("t")], [1, 8, 8]);
  assertEquals(retained.sizeAt("u"), undefined);
});

Deno.test("what the journal is still to write is the message itself, and then as it was", () => {
  const retained = new RetainedMessages();
  retained.isRecorded = true;
  const publish = outgoing("payload", 1, "t");
  retained.keep(publish);
  assertStrictEquals(retained.get("t"), publish.message);
  publish.message.recorded = 4;
  retained.written(publish.message);
  const kept = retained.get("t")!;
  assertNotStrictEquals(kept, publish.message);
  assertEquals([text(kept.payload), kept.recorded, retained.bytes], ["payload", 4, sizeOf(kept)]);
});

Deno.test("a broker with a storage packs what is retained when it is written", async () => {
  const config = normalizeConfig({ storage: { path: "store" } }, { directory: "/nowhere" });
  const core = new Core(config, new FakeClock(), loggerFor("broker"));
  const log = new HeldLog();
  const storage = await openStorage(core, () => Promise.resolve(log));
  publishOwn(core, { topicName: "t", payload: "x", qos: 1, retain: true });
  const first = core.retained.get("t");
  assertStrictEquals(core.retained.get("t"), first);
  await turns();
  assert(log.isWriting);
  assertNotStrictEquals(core.retained.get("t"), first);
  assertEquals([text(core.retained.get("t")?.payload), core.retained.get("t")?.recorded], ["x", 1]);
  await log.settleAll();
  await storage!.close();
  await core.end();
});

Deno.test("what is written late takes no newer message's place, and brings none back", () => {
  const retained = new RetainedMessages();
  retained.isRecorded = true;
  const [first, second] = [message("1", 0, "t"), message("2", 0, "t")];
  retained.set(first);
  retained.set(second);
  retained.written(first);
  assertStrictEquals(retained.get("t"), second);
  assert(retained.delete("t"));
  retained.written(second);
  assertEquals([retained.get("t"), retained.isEmpty], [undefined, true]);
});

Deno.test("a message that the journal has is packed at once, also where there is one", () => {
  const retained = new RetainedMessages();
  retained.isRecorded = true;
  const one = message("1", 0, "t").with({ recorded: 1 });
  retained.set(one);
  assertNotStrictEquals(retained.get("t"), one);
  assertEquals(retained.get("t")?.recorded, 1);
});

Deno.test("all that matches is found, as messages and as topics", () => {
  const retained = new RetainedMessages();
  for (const topicName of ["a/1", "a/2", "b", "$SYS/x"]) {
    retained.keep(OutgoingPublish.of(message(topicName, 0, topicName)));
  }
  const names = (found: Iterable<{ readonly topicName: string } | undefined>) =>
    [...found].flatMap((one) => one === undefined ? [] : [one.topicName]).sort();
  assertEquals(names(retained.visit("a/+")), ["a/1", "a/2"]);
  assertEquals(names(retained.topics("#")), ["a/1", "a/2", "b"]);
  assertEquals(names(retained.all()), ["$SYS/x", "a/1", "a/2", "b"]);
  assertEquals(text(retained.lend("b")?.payload), "b");
  assertEquals(retained.count, 3);
  const ofFound = [...retained.topics("a/+"), { topicName: "b" }, message("own", 0, "x")];
  assertEquals(
    ofFound.map((one) => one && text(retained.lendFound(one)?.payload)).filter((one) => one),
    ["a/1", "a/2", "b", "own"],
  );
});
