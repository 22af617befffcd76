/** Things that end at one moment: a million queued messages and 50,000 retained ones, sessions, and wills. */
import { delay } from "../../../lib/cli/load/run.ts";
import type { Attack } from "../attack.ts";
import { Dialed, inLanes } from "./dialer.ts";
import { connect, expiry, publish, subscribe } from "./words.ts";

const QUEUES = 1000;
const QUEUED = 1000;
const RETAINED = 50_000;
const SECONDS = 8;
const SESSIONS = 20_000;
const SETTLE_MS = 12_000;
const CONNACK = 4;

export const messageExpiry: Attack = {
  name: "v5-message-expiry",
  what:
    `${QUEUES} sessions of absent clients with ${QUEUED} messages each, and ${RETAINED} retained ` +
    `messages, all of which expire within ${SECONDS} s`,
  mosquitto: "",
  async run({ broker: { address }, signal }) {
    await inLanes(QUEUES, signal, async (i) => {
      const one = await Dialed.to(address);
      await one.say(connect(`absent${i}`, expiry.session(1000)), subscribe(["q"], 1));
      await one.heard(CONNACK + 6);
      one.close();
      await one.reading;
    });
    const publisher = await Dialed.to(address);
    await publisher.say(connect("publisher"));
    let acknowledged = publisher.received;
    for (let sent = 0; sent < QUEUED && !signal.aborted; sent++) {
      await publisher.say(
        publish("q", expiry.message(SECONDS), undefined, { qos: 1, id: 1 + sent }),
      );
      if (sent % 50 === 49) await publisher.heard(acknowledged += 50 * 4);
    }
    for (let sent = 0; sent < RETAINED && !signal.aborted; sent++) {
      const topic = `r/${sent % 100}/${sent}`;
      await publisher.say(publish(topic, expiry.message(SECONDS), undefined, { retain: true }));
    }
    await delay(SETTLE_MS);
    publisher.close();
    await publisher.reading;
    return { queued: QUEUES * QUEUED, retained: RETAINED };
  },
};

export const sessionExpiry: Attack = {
  name: "v5-session-expiry",
  what:
    `${SESSIONS} clients with a subscription each that go at once; their sessions end, and half ` +
    `of their wills are due, ${SECONDS} s later`,
  midge: "max_connections: 30000\n",
  mosquitto: "",
  async run({ broker: { address }, signal }) {
    let kept = 0;
    const watcher = await Dialed.to(address);
    await watcher.say(connect("watcher"), subscribe(["w/#"], 0));
    const list = expiry.session(SECONDS);
    await inLanes(SESSIONS, signal, async (i) => {
      const one = await Dialed.to(address);
      const will = { topic: `w/${i}`, list: expiry.will(SECONDS), payload: "gone" };
      const hello = connect(`mayfly${i}`, list, i % 2 === 0 ? will : undefined);
      await one.say(hello, subscribe([`m/${i}`], 1));
      if (await one.heard(CONNACK + 6)) kept++;
      one.close();
      await one.reading;
    });
    await delay(SETTLE_MS + SECONDS);
    const heard = watcher.received;
    watcher.close();
    await watcher.reading;
    return { kept, "KB of wills": Math.round(heard / 1000) };
  },
};
