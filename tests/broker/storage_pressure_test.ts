/**
 * A disk that is slow, and clients that are not: what waits for it is bounded, the others are not read meanwhile and not
 * taken for silent, and go on afterwards. In both versions.
 */
import { assert, assertEquals } from "@std/assert";
import type { RawPublish } from "../support/raw_packets.ts";
import { StoredBroker, Type } from "../support/stored_broker.ts";
import { turn, until } from "../support/until.ts";

const MAX_PENDING = 1024 * 1024;
const SIZE = 100_000;
const PAYLOAD = "x".repeat(SIZE);
const COUNT = 30;

/** The most that has waited while `work` is under way. */
async function mostPending(it: StoredBroker, work: Promise<unknown>): Promise<number> {
  let most = 0;
  let isDone = false;
  work.finally(() => isDone = true).catch(() => {});
  while (!isDone) {
    most = Math.max(most, it.inner.broker.metrics.storage!.pending);
    await turn();
  }
  await work;
  return most;
}

const WAYS: [string, string, RawPublish][] = [
  ["messages for a kept session that is away", "kept", { qos: 1 }],
  ["QoS 2 messages for a kept session that is away", "kept", { qos: 2 }],
  ["retained messages", "retained", { qos: 1, retain: true }],
  ["retained messages at QoS 0", "retained", { qos: 0, retain: true }],
  ["messages for many sessions", "many", { qos: 1 }],
];

for (const version of [4, 5] as const) {
  for (const [what, topic, options] of WAYS) {
    Deno.test(`version ${version}: a flood of ${what}, and a slow disk`, async () => {
      await using it = await StoredBroker.start(version, {
        storage: { max_pending: MAX_PENDING },
        max_inflight: 1000,
      });
      await it.kept("away", "kept", 2, true);
      if (topic === "many") {
        for (let i = 0; i < 260; i++) await (await it.kept(`m${i}`, "many", 1)).raw.close();
      }
      it.inner.clock.advance(2000);
      await until(() => it.inner.broker.metrics.storage!.pending === 0, "all is written");
      const publisher = await it.open("p", { keepAlive: 4 });
      it.log.hold();
      const sending = (async () => {
        for (let id = 1; id <= COUNT; id++) {
          await publisher.raw.send(it.words.publish(topic, `${id}${PAYLOAD}`, { ...options, id }));
        }
      })();
      const most = mostPending(
        it,
        (async () => {
          // Longer than keep-alive allows, and shorter than a write that counts as failed: several times.
          for (let i = 0; i < 3; i++) {
            await until(
              () => it.inner.broker.metrics.storage!.pending > MAX_PENDING / 2,
              "it waits",
            );
            for (let ms = 0; ms < 9000; ms += 500) {
              it.inner.clock.advance(500);
              await turn();
            }
            await it.log.pass();
          }
          await it.log.free();
          await sending;
          if (options.qos! > 0) {
            const answer = options.qos === 1 ? Type.PUBACK : Type.PUBREC;
            for (let id = 1; id <= COUNT; id++) await publisher.answer(answer, id);
          }
          await publisher.ping();
        })(),
      );
      assert(await most <= MAX_PENDING / 2 + 2 * (SIZE + 300 * 64), `${await most} bytes waited`);
      assertEquals(it.inner.logged("storage:"), []);
      assertEquals(it.inner.broker.metrics.messagesDropped, {});
    });
  }
}
