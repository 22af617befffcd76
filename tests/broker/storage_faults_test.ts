/**
 * A storage that takes nothing while the broker runs: what must be kept waits, up to a bound, and is refused beyond it;
 * everybody else goes on; when it takes what waited, all of it is acknowledged, without a restart. In both versions.
 */
import { assert, assertEquals } from "@std/assert";
import type { Version } from "../conformance/words.ts";
import { PINGREQ } from "../support/raw_packets.ts";
import { isReadOn, StoredBroker, Type } from "../support/stored_broker.ts";
import { until } from "../support/until.ts";

const MAX_PENDING = 20_000;
const FULL = new Error("No space left on device (os error 28)");
const BIG = "x".repeat(8000);

interface Stage {
  readonly it: StoredBroker;
  readonly version: Version;
  /** The storage takes nothing, in one way or another. */
  breakDown(): Promise<void>;
  /** It takes what waits. */
  recover(): Promise<void>;
  /** Fills what may wait, with messages that are acknowledged when it recovers; gives how many. */
  fill(): Promise<{ acknowledged(): Promise<void> }>;
}

function stageOf(it: StoredBroker, version: Version, way: "fails" | "hangs"): Stage {
  return {
    it,
    version,
    breakDown: async () => {
      if (way === "fails") it.log.breakDown(FULL);
      else it.log.hold();
      const first = await it.open("first");
      await first.raw.send(it.words.publish("kept", "first", { qos: 1, id: 1 }));
      await first.ping();
      if (way === "hangs") it.inner.clock.advance(10_000);
      await until(() => it.inner.logged("fails, what must").length === 1, "the line");
    },
    recover: async () => {
      await it.log.free();
      if (way === "fails") it.inner.clock.advance(5000); // until the next try
      await until(() => it.inner.logged("what waited is written").length === 1, "the line");
    },
    fill: async () => {
      const ids = [1, 2, 3];
      const publisher = await it.open("filler", { keepAlive: 0 });
      for (const id of ids) {
        await publisher.raw.send(it.words.publish("kept", BIG, { qos: 1, id }));
      }
      await publisher.ping();
      return {
        acknowledged: async () => {
          for (const id of ids) await publisher.answer(Type.PUBACK, id);
        },
      };
    },
  };
}

/** Both ways in which a disk takes nothing: it says so, or it says nothing for too long. */
function every(name: string, test: (stage: Stage) => Promise<void>): void {
  for (const version of [4, 5] as const) {
    for (const way of ["fails", "hangs"] as const) {
      Deno.test(`version ${version}, a disk that ${way}: ${name}`, async () => {
        await using it = await StoredBroker.start(version, {
          storage: { max_pending: MAX_PENDING },
          timeout_disconnect_delay: "1d",
        });
        await it.kept("away", "kept", 1, true);
        await test(stageOf(it, version, way));
      });
    }
  }
}

every("what must be kept waits up to the bound, and is acknowledged at the end", async (stage) => {
  const { it } = stage;
  await stage.breakDown();
  const filled = await stage.fill();
  const late = await it.open("late");
  await late.raw.send(it.words.publish("kept", "late", { qos: 1, id: 1 }));
  if (stage.version === 4) await late.ends();
  else assertEquals((await late.raw.expect5("PUBACK")).reasonCode, 0x97);
  const retaining = await it.open("retaining");
  await retaining.raw.send(it.words.publish("r", "late", { qos: 2, id: 1, retain: true }));
  if (stage.version === 4) await retaining.ends();
  else assertEquals((await retaining.raw.expect5("PUBREC")).reasonCode, 0x97);
  await stage.recover();
  await filled.acknowledged();
  const entries = [...it.log.state.sessions.get("away")!.entries.values()];
  assertEquals(entries.length, 4);
  assertEquals(it.log.state.retained.size, 0);
  const anew = await it.open("anew");
  await anew.publish("kept", "again", { qos: 1 });
  const [failing, recovered] = [
    it.inner.logged("fails, what must"),
    it.inner.logged("what waited"),
  ];
  assertEquals([failing.length, recovered.length], [1, 1]);
  assertEquals(it.inner.broker.metrics.messagesDropped["storage full"], 2);
});

every("a CONNECT and a SUBSCRIBE that want something kept are refused", async (stage) => {
  const { it, version } = stage;
  const reader = await it.keep("reader");
  await stage.breakDown();
  const filled = await stage.fill();
  const raw = await it.knock("new", { cleanSession: false });
  assertEquals((await raw.expectPacket("CONNACK")).body[1], version === 4 ? 3 : 0x88);
  const refusal = version === 4 ? 0x80 : 0x97;
  assertEquals(await reader.subscribe(["t", 1], ["u", 0]), [refusal, refusal]);
  await reader.unsubscribe("unknown");
  await stage.recover();
  await filled.acknowledged();
  assertEquals((await it.keep("new")).sessionPresent, false);
});

every("whoever needs nothing to be kept goes on", async (stage) => {
  const { it } = stage;
  const kept = await it.kept("here", "t/#", 1);
  await stage.breakDown();
  const filled = await stage.fill();
  const will = { topic: "t/will", payload: "gone" };
  const [reader, publisher] = [await it.open("reader"), await it.open("p", { will })];
  await reader.subscribed(["t/#", 2], ["free/#", 2]);
  await publisher.publish("free/1", "one", { qos: 1 });
  await publisher.publish("free/2", "two", { qos: 2 });
  await publisher.publish("t/0", "none");
  await publisher.publish("t/0", "live", { retain: true });
  await reader.gets("one/1", "two/2", "none/0", "live/0");
  await kept.gets("none/0", "live/0");
  await publisher.drop();
  await reader.gets("gone/0");
  assertEquals(it.inner.broker.metrics.retainedCount, 0);
  await stage.recover();
  await filled.acknowledged();
});

every("wills that came and went meanwhile are as they are", async (stage) => {
  const { it } = stage;
  const will = { topic: "w", payload: "gone" };
  await it.open("goes", { will });
  const goes = await it.open("returns", { will });
  await stage.breakDown();
  const filled = await stage.fill();
  await it.open("comes", { will, keepAlive: 0 });
  await goes.disconnect();
  assertEquals([...it.log.state.wills.keys()].sort(), ["goes", "returns"]);
  await stage.recover();
  await filled.acknowledged();
  const keys = () => [...it.log.state.wills.keys()].sort();
  await until(() => keys().join() === "comes,goes", "the wills of those who are there");
  assert(it.log.batches[0]!.number > 1, "what was before is needed no more");
});

every("the broker's own messages and wills wait for no room", async (stage) => {
  const { it } = stage;
  const kept = await it.kept("here", "t", 1);
  const clean = await it.open("clean");
  await clean.subscribed(["t", 1]);
  await stage.breakDown();
  const filled = await stage.fill();
  it.inner.broker.publish({ topicName: "t", payload: "own", qos: 1 });
  await clean.gets("own/1");
  await kept.nothing();
  await stage.recover();
  await filled.acknowledged();
  it.inner.broker.publish({ topicName: "t", payload: "own", qos: 1 });
  await kept.gets("own/1");
});

Deno.test("a client that is let in only when the disk is well again is read on meanwhile", async () => {
  await using it = await StoredBroker.start(4);
  it.log.breakDown(FULL);
  const raw = await it.knock("new", { cleanSession: false });
  await isReadOn(raw);
  await raw.send(PINGREQ);
  await it.log.free();
  await raw.expectPacket("PINGRESP");
  it.inner.clock.advance(100);
  await raw.expectPacket("CONNACK");
});

Deno.test("a failed batch is brought again unchanged, less and less often", async () => {
  await using it = await StoredBroker.start(4);
  await it.kept("away", "t", 1, true);
  it.inner.clock.advance(2000);
  const publisher = await it.open("p", { keepAlive: 0 });
  it.log.breakDown(FULL);
  const before = it.log.asked;
  await publisher.raw.send(it.words.publish("t", "one", { qos: 1, id: 1 }));
  await until(() => it.log.asked === before + 1, "the first try");
  const tries: number[] = [];
  for (let at = 0; at < 20_000; at += 50) {
    const { asked } = it.log;
    it.inner.clock.advance(50);
    await publisher.ping();
    if (it.log.asked > asked) tries.push(at + 50);
  }
  assertEquals(tries.slice(0, 5), [100, 300, 700, 1500, 3100]);
  assertEquals(tries.at(-1)! - tries.at(-2)!, 5000);
});
