/**
 * Section 3.1.2.10, keep alive. These take seconds of real time and run beside others.
 */
import { publish } from "../../support/raw_packets.ts";
import type { Peer } from "../peer.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** Acts every half second for two and a half seconds at keep alive 1: must not be closed. */
async function staysAlive(stage: Stage, act: (peer: Peer) => Promise<void>): Promise<void> {
  const peer = await stage.open({ keepAlive: 1 });
  for (let i = 0; i < 5; i++) {
    await stage.time.pause(500);
    await act(peer);
  }
}

const slow = { slow: true };

/** One and a half keep-alive intervals of one second [MQTT-3.1.2-24], and a second for clocks and networks. */
const SILENCE_MS = 2500;

export const KEEP_ALIVE: Sequence[] = [
  sequence("3.1.2-24", "closes a silent client after keep alive", async (stage) => {
    const peer = await stage.open({ keepAlive: 1 });
    await stage.time.within(SILENCE_MS, peer.ends());
  }, slow),
  sequence("3.1.2-24 3.1.2-8", "publishes the will of a client that went silent", async (stage) => {
    const watching = await stage.subscriber(stage.topic("will"));
    const peer = await stage.open({
      keepAlive: 1,
      will: { topic: stage.topic("will"), payload: "gone" },
    });
    await stage.time.within(SILENCE_MS, peer.ends());
    await watching.gets("gone/0");
  }, slow),
  sequence("3.1.2-24", "closes a client that only receives", async (stage) => {
    const silent = await stage.open({ keepAlive: 1 });
    await silent.subscribed([stage.topic("t"), 0]);
    const publisher = await stage.open();
    const ending = silent.raw.readToEnd();
    for (let i = 0; i < 6; i++) {
      await stage.time.pause(400);
      await publisher.publish(stage.topic("t"), "x");
    }
    await stage.time.within(SILENCE_MS - 2400, ending);
  }, slow),
  sequence("3.1.2-24", "closes a client that stops within a packet", async (stage) => {
    const peer = await stage.open({ keepAlive: 1 });
    await peer.raw.send(publish("never", "complete").subarray(0, 6));
    await stage.time.within(SILENCE_MS, peer.ends());
  }, slow),
  sequence("3.1.2-24", "keeps the session of a client that went silent", async (stage) => {
    const peer = await stage.keep(stage.newId(), { keepAlive: 1 });
    await stage.time.within(SILENCE_MS, peer.ends());
    if (!(await stage.keep(peer.clientId)).sessionPresent) throw new Error("the session is gone");
  }, slow),
  sequence(
    "3.1.2-24 3.12.4-1",
    "keeps a client that pings",
    (stage) => staysAlive(stage, (peer) => peer.ping()),
    slow,
  ),
  sequence(
    "3.1.2-24",
    "keeps a client that sends packets other than PINGREQ",
    (stage) => staysAlive(stage, (peer) => peer.publish(stage.topic("t"), "x", { qos: 1, id: 1 })),
    slow,
  ),
  sequence("3.1.2-24", "never closes at keep alive 0 for silence", async (stage) => {
    const peer = await stage.open({ keepAlive: 0 });
    await stage.time.pause(2500);
    await peer.nothing();
  }, slow),
  sequence("3.1.2-24", "waits for keep alive of 65,535 seconds", async (stage) => {
    const peer = await stage.open({ keepAlive: 65535 });
    await stage.time.pause(2500);
    await peer.nothing();
  }, slow),
];
