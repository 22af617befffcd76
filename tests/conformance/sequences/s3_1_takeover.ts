/**
 * Section 3.1.4, a client that connects again while it is connected.
 */
import { bytes } from "../../support/raw_packets.ts";
import { equal } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";

export const TAKEOVER: Sequence[] = [
  sequence("3.1.4-2 3.1.3-2", "ends the older connection of a client id", async (stage) => {
    const old = await stage.open();
    const fresh = await stage.open({ clientId: old.clientId });
    await old.ends();
    await fresh.nothing();
  }),
  sequence("3.1.4-2", "ends the older connection in every mix of clean session", async (stage) => {
    for (const [before, after] of [[true, false], [false, true], [false, false]] as const) {
      const old = await stage.open({ clientId: stage.newId(), cleanSession: before });
      const fresh = await stage.open({ clientId: old.clientId, cleanSession: after });
      await old.ends();
      await fresh.nothing();
    }
  }),
  sequence("3.1.4-2", "ends the older connection ten times over", async (stage) => {
    let old = await stage.open();
    for (let i = 0; i < 10; i++) {
      const fresh = await stage.open({ clientId: old.clientId });
      await old.ends();
      old = fresh;
    }
    await old.nothing();
  }),
  sequence(
    "3.1.4-2 3.1.2-4",
    "moves the subscriptions of a kept session to the new connection",
    async (stage) => {
      const old = await stage.keep();
      await old.subscribed([stage.topic("t"), 1]);
      const fresh = await stage.keep(old.clientId);
      await old.ends();
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
      equal((await fresh.receive()).payload, "x");
    },
  ),
  sequence(
    "3.1.4-3 3.1.2-6",
    "drops the subscriptions when clean session 1 takes over",
    async (stage) => {
      const old = await stage.subscriber(stage.topic("t"), 1);
      const fresh = await stage.open({ clientId: old.clientId });
      await old.ends();
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
      await fresh.nothing();
    },
  ),
  sequence(
    "3.1.4-2",
    "leaves the new connection alone when the old one's end is noticed late",
    async (stage) => {
      const old = await stage.keep();
      await old.subscribed([stage.topic("t"), 1]);
      const fresh = await stage.keep(old.clientId);
      await old.drop();
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
      equal((await fresh.receive()).payload, "x");
    },
  ),
  sequence(
    "3.1.4-2",
    "accepts the one of many simultaneous CONNECTs that comes last",
    async (stage) => {
      const clientId = stage.newId();
      const clients = await Promise.all(
        Array.from({ length: 8 }, () => stage.sent(stage.words.connect({ clientId }))),
      );
      const ends = await Promise.all(clients.map(async (client) => {
        const packets = [];
        await client.sendAnyway(bytes(0xc0, 0));
        for (let packet = await client.nextPacket(); packet; packet = await client.nextPacket()) {
          packets.push(packet.type);
          if (packet.type === 13) break;
        }
        return packets.at(-1);
      }));
      if (!ends.includes(13)) throw new Error("no connection was left");
      const last = await stage.open({ clientId });
      await last.nothing();
    },
  ),
];
