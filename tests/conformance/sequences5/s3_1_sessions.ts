/**
 * Sessions of MQTT 5: clean start, session expiry at CONNECT and at DISCONNECT, takeover, what CONNACK tells. Sequences
 * that wait for an expiry use one second.
 */
import { bytes, pubrel } from "../../support/raw_packets.ts";
import { connect5, disconnect5, publish5, subscribe5 } from "../../support/raw_packets5.ts";
import { equal, forAll } from "../checks.ts";
import { closesBy, endsBy, Reason } from "../checks5.ts";
import type { Peer5 } from "../peer5.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const slow = { slow: true };

/** A session with this expiry, subscribed to `t` at QoS 1, whose connection was ended. */
async function left(
  stage: Stage,
  sessionExpiryInterval: number | undefined,
  end: (peer: Peer5) => Promise<void> = (peer) => peer.drop(),
): Promise<string> {
  const properties = sessionExpiryInterval === undefined ? {} : { sessionExpiryInterval };
  const peer = await stage.open5({ properties });
  await peer.requested([[stage.topic("t"), 1]]);
  await end(peer);
  return peer.clientId;
}

/** Whether there is a session for this id. */
async function isThere(stage: Stage, clientId: string): Promise<boolean> {
  return (await stage.keep5(clientId)).sessionPresent;
}

/** DISCONNECT with an expiry, then the end. */
function leavesFor(sessionExpiryInterval: number): (peer: Peer5) => Promise<void> {
  return async (peer) => {
    await peer.raw.send(disconnect5(0, { sessionExpiryInterval }));
    await peer.drop();
  };
}

const EXPIRY: Sequence[] = [
  sequence(
    "4.1.0-2 3.2.2-3",
    "ends a session without expiry with its connection",
    async (stage) => {
      equal(await isThere(stage, await left(stage, undefined)), false);
    },
  ),
  sequence("4.1.0-2", "ends a session of expiry 0 with its connection", async (stage) => {
    equal(await isThere(stage, await left(stage, 0)), false);
  }),
  sequence("4.1.0-2", "ends a session of expiry 0 at DISCONNECT", async (stage) => {
    equal(await isThere(stage, await left(stage, 0, (peer) => peer.disconnect())), false);
  }),
  ...[60, 0x7fffffff, 0x80000000, 0xffffffff].map((seconds) =>
    sequence("3.1.2-23", `keeps a session of expiry ${seconds}`, async (stage) => {
      const clientId = await left(stage, seconds);
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
      const peer = await stage.keep5(clientId);
      equal(peer.sessionPresent, true);
      await peer.gets("x/1");
    })
  ),
  sequence("3.1.2-23", "keeps a session without clean start as one with it", async (stage) => {
    const peer = await stage.open5({
      cleanSession: true,
      properties: { sessionExpiryInterval: 60 },
    });
    await peer.disconnect();
    equal(await isThere(stage, peer.clientId), true);
  }),
  sequence("4.1.0-2", "ends a session after its expiry of 1 s", async (stage) => {
    const clientId = await left(stage, 1);
    await stage.time.pause(2500);
    equal(await isThere(stage, clientId), false);
  }, slow),
  sequence("3.1.2-23", "keeps a session before its expiry is over", async (stage) => {
    const clientId = await left(stage, 5);
    await stage.time.pause(1000);
    equal(await isThere(stage, clientId), true);
  }, slow),
  sequence(
    "4.1.0-1",
    "keeps a session while its connection lasts, whatever its expiry",
    async (stage) => {
      const peer = await stage.open5({ properties: { sessionExpiryInterval: 1 } });
      await peer.requested([[stage.topic("t"), 1]]);
      await stage.time.pause(2500);
      await peer.say(stage.topic("t"), "x", { qos: 1 });
      await peer.gets("x/1");
      await peer.drop();
      equal(await isThere(stage, peer.clientId), true);
    },
    slow,
  ),
  sequence("4.1.0-2", "takes the expiry of the last connection", async (stage) => {
    const clientId = await left(stage, 3600);
    const again = await stage.open5({ clientId, cleanSession: false });
    equal(again.sessionPresent, true);
    await again.drop();
    equal(await isThere(stage, clientId), false);
  }),
  sequence("4.1.0-2 3.1.2-23", "counts expiry from the last connection's end", async (stage) => {
    const clientId = await left(stage, 2);
    for (let i = 0; i < 3; i++) {
      await stage.time.pause(1200);
      const properties = { sessionExpiryInterval: 2 };
      const again = await stage.open5({ clientId, cleanSession: false, properties });
      equal(again.sessionPresent, true);
      await again.drop();
    }
  }, slow),
];

const AT_DISCONNECT: Sequence[] = [
  sequence("4.1.0-2", "ends a session whose DISCONNECT sets expiry 0", async (stage) => {
    equal(await isThere(stage, await left(stage, 3600, leavesFor(0))), false);
  }),
  sequence(
    "4.1.0-2",
    "ends a session after the expiry of 1 s that DISCONNECT sets",
    async (stage) => {
      const clientId = await left(stage, 3600, leavesFor(1));
      await stage.time.pause(2500);
      equal(await isThere(stage, clientId), false);
    },
    slow,
  ),
  sequence(
    "3.1.2-23",
    "keeps a session for the longer expiry that DISCONNECT sets",
    async (stage) => {
      const clientId = await left(stage, 1, leavesFor(3600));
      await stage.time.pause(2500);
      equal(await isThere(stage, clientId), true);
    },
    slow,
  ),
  sequence("3.1.2-23", "keeps the expiry of CONNECT where DISCONNECT has none", async (stage) => {
    equal(await isThere(stage, await left(stage, 60, (peer) => peer.disconnect())), true);
  }),
  sequence(
    "4.13.1-1",
    "answers DISCONNECT that sets an expiry where CONNECT had 0 by DISCONNECT 0x82, or closes",
    async (stage) => {
      const peer = await stage.open5();
      await peer.raw.sendAnyway(disconnect5(0, { sessionExpiryInterval: 60 }));
      await peer.ends();
      equal(await isThere(stage, peer.clientId), false);
    },
  ),
  sequence(
    "4.13.1-1",
    "ends nothing early at DISCONNECT with expiry 0 where CONNECT had 0",
    async (stage) => {
      const peer = await stage.open5();
      await peer.raw.send(disconnect5(0, { sessionExpiryInterval: 0 }));
      await peer.raw.expectClosed();
    },
  ),
];

const TAKEN_OVER: Sequence[] = [
  sequence(
    "3.1.4-3 3.14.2-1 3.14.2-2 4.13.2-1",
    "ends the older connection by DISCONNECT 0x8E",
    async (stage) => {
      const old = await stage.open5();
      await stage.open5({ clientId: old.clientId });
      await endsBy(old, [Reason.TAKEN_OVER]);
    },
  ),
  sequence(
    "3.1.4-3",
    "ends a connection of 5 that one of 3.1.1 takes over by 0x8E",
    async (stage) => {
      const old = await stage.open5();
      await stage.open4({ clientId: old.clientId });
      await endsBy(old, [Reason.TAKEN_OVER]);
    },
  ),
  sequence(
    "3.1.4-3",
    "ends a connection of 3.1.1 that one of 5 takes over, without a word",
    async (stage) => {
      const old = await stage.open4();
      await stage.open5({ clientId: old.clientId });
      await old.raw.expectClosed();
    },
  ),
  sequence("3.1.4-3 3.1.4-4", "moves a living session to the new connection", async (stage) => {
    const old = await stage.keep5();
    await old.requested([[stage.topic("t"), 1]]);
    const fresh = await stage.keep5(old.clientId);
    equal(fresh.sessionPresent, true);
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
    await fresh.gets("x/1");
  }),
  sequence(
    "3.1.4-4 3.1.2-5",
    "resumes a living session of expiry 0 that is taken over",
    async (stage) => {
      const old = await stage.open5();
      await old.requested([[stage.topic("t"), 1]]);
      const fresh = await stage.open5({ clientId: old.clientId, cleanSession: false });
      // The session ends with the network connection, which the standard lets end before or after.
      if (!fresh.sessionPresent) return;
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
      await fresh.gets("x/1");
    },
  ),
  sequence(
    "3.1.2-4 3.1.4-4",
    "discards the session at clean start, with what it waited for",
    async (stage) => {
      const clientId = await left(stage, 3600);
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
      const clean = await stage.open5({ clientId, properties: { sessionExpiryInterval: 3600 } });
      equal(clean.sessionPresent, false);
      await (await stage.open5()).say(stage.topic("t"), "y", { qos: 1 });
      await clean.nothing();
    },
  ),
  sequence(
    "3.1.2-6 3.2.2-3",
    "begins a session at clean start 0 where there is none",
    async (stage) => {
      equal((await stage.keep5()).sessionPresent, false);
    },
  ),
  sequence("3.2.2-2", "says session present 0 at every clean start", async (stage) => {
    const peer = await stage.keep5();
    equal((await stage.open5({ clientId: peer.clientId })).sessionPresent, false);
  }),
];

/** Every option of a subscription and its id hold in a resumed session. */
async function resumesOptions(stage: Stage): Promise<void> {
  const peer = await stage.keep5();
  const options = { qos: 1, noLocal: true, retainAsPublished: true };
  await peer.requested([[stage.topic("t"), options]], { subscriptionIdentifiers: [77] });
  await peer.disconnect();
  await (await stage.open5()).say(stage.topic("t"), "away", { qos: 1, retain: true });
  const again = await stage.keep5(peer.clientId);
  await again.say(stage.topic("t"), "own", { qos: 1 });
  const got = await again.receive();
  equal(
    [got.payload, got.retain, got.properties.subscriptionIdentifiers],
    ["away", true, [77]],
  );
  await again.nothing();
}

const RESUMED: Sequence[] = [
  sequence(
    "3.1.2-5",
    "resumes no local, retain as published and the subscription id",
    resumesOptions,
  ),
  sequence(
    "3.1.2-5",
    "sends no retained message again when a session is resumed",
    async (stage) => {
      await (await stage.open5()).say(stage.topic("t"), "kept", { qos: 1, retain: true });
      const peer = await stage.keep5();
      await peer.requested([[stage.topic("t"), 1]]);
      await peer.gets("kept/1/r");
      await peer.disconnect();
      await (await stage.keep5(peer.clientId)).nothing();
    },
  ),
  sequence("3.1.2-5 4.4.0-1", "queues with all properties for an absent client", async (stage) => {
    const clientId = await left(stage, 3600);
    const properties = {
      payloadFormatIndicator: 1,
      contentType: "c",
      responseTopic: "r",
      correlationData: "d",
      userProperties: [["a", "1"], ["a", "2"]] as [string, string][],
    };
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1, properties });
    const got = await (await stage.keep5(clientId)).receive();
    const { correlationData, ...rest } = got.properties;
    equal(new TextDecoder().decode(correlationData), "d");
    equal(rest, {
      payloadFormatIndicator: 1,
      contentType: "c",
      responseTopic: "r",
      userProperties: [["a", "1"], ["a", "2"]],
    });
  }),
  sequence("3.1.2-5 4.3.3-10", "knows a client's QoS 2 id after reconnection", async (stage) => {
    const watcher = await stage.open5();
    await watcher.requested([[stage.topic("t"), 2]]);
    const peer = await stage.keep5();
    await peer.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 9 }));
    await peer.next5("PUBREC", 9);
    await peer.drop();
    const again = await stage.keep5(peer.clientId);
    await again.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 9, dup: true }), pubrel(9));
    await again.acked("PUBREC", 9);
    await again.acked("PUBCOMP", 9);
    await watcher.gets("x/2");
    await watcher.nothing();
  }),
];

const REST: Sequence[] = [
  sequence("3.2.0-1", "sends CONNACK before a message that waited", async (stage) => {
    const clientId = await left(stage, 3600);
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
    const properties = { sessionExpiryInterval: 3600 };
    const client = await stage.sent(connect5({ clientId, cleanSession: false, properties }));
    equal((await client.expect5("CONNACK")).sessionPresent, true);
    equal((await client.expect5("PUBLISH")).payload, "x");
  }),
  sequence(
    "3.14.4-1 3.14.4-2",
    "processes nothing behind a DISCONNECT, and closes",
    async (stage) => {
      const watcher = await stage.subscriber(stage.topic("#"));
      const peer = await stage.open5();
      await peer.raw.sendAnyway(bytes(disconnect5(), publish5(stage.topic("late"), "x")));
      await peer.raw.expectClosed();
      await watcher.nothing();
    },
  ),
  sequence(
    "3.14.4-2",
    "closes after DISCONNECT with every reason code of a client's",
    (stage) =>
      forAll(
        [0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99],
        String,
        async (code) => {
          const peer = await stage.open5();
          await peer.raw.send(
            disconnect5(code, { reasonString: "why", userProperties: [["a", "b"]] }),
          );
          await peer.raw.expectClosed();
        },
      ),
  ),
  sequence(
    "3.14.2-1 3.14.2-2 4.13.2-1",
    "closes a malformed packet's connection by DISCONNECT 0x81 or 0x82",
    (stage) => closesBy(stage, [Reason.MALFORMED, Reason.PROTOCOL_ERROR], subscribe5(1, [])),
    { habit: true },
  ),
];

export const SESSIONS_5: Sequence[] = [
  ...EXPIRY,
  ...AT_DISCONNECT,
  ...TAKEN_OVER,
  ...RESUMED,
  ...REST,
];
