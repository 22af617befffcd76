/**
 * Sections 3.10 to 3.14: UNSUBSCRIBE, PINGREQ, DISCONNECT.
 */
import {
  bytes,
  DISCONNECT,
  field,
  packet,
  PINGREQ,
  PINGRESP,
  puback,
  pubcomp,
  publish,
  pubrec,
  suback,
  u16,
} from "../../support/raw_packets.ts";
import { type Sequence, sequence } from "../sequence.ts";

/** A delivery at `qos` has begun when its subscriber unsubscribes. */
function completes(qos: number): Sequence {
  return sequence(
    "3.10.4-3",
    `completes a QoS ${qos} delivery that began before UNSUBSCRIBE`,
    async (stage) => {
      const peer = await stage.keep();
      await peer.subscribed([stage.topic("t"), qos]);
      await (await stage.open()).publish(stage.topic("t"), "begun", { qos });
      const { id } = await peer.take();
      await peer.unsubscribe(stage.topic("t"));
      if (qos === 1) await peer.raw.send(puback(id));
      else {
        await peer.raw.send(pubrec(id));
        await peer.acked("PUBREL", id);
        await peer.raw.send(pubcomp(id));
      }
      await peer.nothing();
      await peer.drop();
      await (await stage.keep(peer.clientId)).nothing();
    },
  );
}

export const UNSUBSCRIBED: Sequence[] = [
  sequence("3.10.4-1 3.10.4-2 3.10.4-4", "stops delivery at UNSUBSCRIBE", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 1);
    await peer.unsubscribe(stage.topic("t"));
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
    await peer.nothing();
  }),
  sequence(
    "3.10.4-5",
    "answers UNSUBSCRIBE of a filter that was never subscribed",
    async (stage) => {
      const peer = await stage.open();
      await peer.unsubscribe(stage.topic("never"));
      await peer.nothing();
    },
  ),
  sequence("3.10.4-6", "unsubscribes many filters with one UNSUBACK", async (stage) => {
    const peer = await stage.open();
    await peer.subscribed([stage.topic("a"), 0], [stage.topic("b"), 0], [stage.topic("c"), 0]);
    await await peer.unsubscribe(stage.topic("a"), stage.topic("never"), stage.topic("b"));
    const publisher = await stage.open();
    for (const name of ["a", "b", "c"]) await publisher.publish(stage.topic(name), name);
    if ((await peer.receive()).payload !== "c") throw new Error("a or b is still subscribed");
    await peer.nothing();
  }),
  ...[["a/b", "a/+"], ["a/+", "a/b"], ["a/#", "a/+"], ["a/b", "A/b"], ["a/b", "a/b/"], [
    "a/b",
    "/a/b",
  ], ["é", "e\u0301"]]
    .map(([subscribed, other]) =>
      sequence("3.10.4-1", `keeps ${subscribed} at UNSUBSCRIBE of ${other}`, async (stage) => {
        const peer = await stage.subscriber(stage.topic(subscribed!));
        await peer.unsubscribe(stage.topic(other!));
        const topic = subscribed!.replace(/[+#]/, "b");
        await (await stage.open()).publish(stage.topic(topic), "x");
        await peer.receive();
      })
    ),
  completes(1),
  completes(2),
  sequence("3.10.4-1", "can subscribe again after UNSUBSCRIBE", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"));
    await peer.unsubscribe(stage.topic("t"));
    await peer.subscribed([stage.topic("t"), 0]);
    await (await stage.open()).publish(stage.topic("t"), "x");
    await peer.receive();
    await peer.nothing();
  }),
  sequence("3.10.4-1", "leaves other clients' subscriptions alone", async (stage) => {
    const one = await stage.subscriber(stage.topic("t"));
    const two = await stage.subscriber(stage.topic("t"));
    await one.unsubscribe(stage.topic("t"));
    await (await stage.open()).publish(stage.topic("t"), "x");
    await two.receive();
    await one.nothing();
  }),
  sequence(
    "3.10.3-1",
    "reads a wildcard filter in UNSUBSCRIBE as it was subscribed",
    async (stage) => {
      const peer = await stage.subscriber(stage.topic("+/x/#"));
      await peer.unsubscribe(stage.topic("+/x/#"));
      await (await stage.open()).publish(stage.topic("a/x/b"), "x");
      await peer.nothing();
    },
  ),
];

const REST: Sequence[] = [
  sequence("3.12.4-1", "answers PINGREQ with PINGRESP", async (stage) => {
    const { raw } = await stage.open();
    await raw.send(PINGREQ);
    await raw.expect(PINGRESP);
  }),
  sequence("3.12.4-1", "answers a hundred PINGREQs in one write", async (stage) => {
    const { raw } = await stage.open();
    await raw.send(bytes(...Array.from({ length: 100 }, () => PINGREQ)));
    for (let i = 0; i < 100; i++) await raw.expect(PINGRESP);
    await raw.expectNothing();
  }),
  sequence("3.14.4-2", "processes nothing behind a DISCONNECT", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("#"));
    const peer = await stage.open();
    await peer.raw.sendAnyway(bytes(DISCONNECT, publish(stage.topic("late"), "x"), PINGREQ));
    await peer.drop();
    await watcher.nothing();
  }),
  sequence("3.14.4-2", "sends nothing after a DISCONNECT", async (stage) => {
    const peer = await stage.open();
    await peer.raw.send(DISCONNECT);
    await peer.raw.closeWrite().catch(() => {});
    await peer.raw.expectClosed();
  }),
  sequence(
    "3.14.4-3",
    "processes what came before a DISCONNECT in the same write",
    async (stage) => {
      const watcher = await stage.subscriber(stage.topic("t"), 1);
      const peer = await stage.open();
      await peer.raw.send(bytes(publish(stage.topic("t"), "last", { qos: 1, id: 1 }), DISCONNECT));
      if ((await watcher.receive()).payload !== "last") throw new Error("another message");
    },
  ),
  sequence(
    "7.0.0-2 7.1.1-1",
    "serves a client that uses nothing beyond the standard",
    async (stage) => {
      const peer = await stage.open();
      await peer.raw.send(packet(0x82, u16(1), field(stage.topic("t")), 1));
      await peer.raw.expect(suback(1, 1));
      await peer.raw.send(publish(stage.topic("t"), "x", { qos: 1, id: 1 }));
      await peer.receive();
      await peer.disconnect();
    },
  ),
];

export const UNSUBSCRIBE: Sequence[] = [...UNSUBSCRIBED, ...REST];
