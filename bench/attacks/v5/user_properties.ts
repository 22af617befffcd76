/** User properties without end: in CONNECT, in wills, in SUBSCRIBE, in messages, in retained messages. */
import { delay } from "../../../lib/cli/load/run.ts";
import type { Attack } from "../attack.ts";
import { Dialed } from "./dialer.ts";
import { connect, pairs, publish, subscribe } from "./words.ts";

const CLIENTS = 60;
const CONNECT_BYTES = 140_000;
const MESSAGE_BYTES = 1_048_576;
const SUBSCRIBERS = 10;
/** Bytes of a name in CONNECT: as few as its limit of 4,096 user properties allows. */
const NAME = 30;
const SETTLE_MS = 2000;
/** For a broker that takes the SUBSCRIBE. */
const PATIENCE_MS = 300;

export const userProperties: Attack = {
  name: "v5-user-properties",
  what: `${CLIENTS} clients with ${2 * CONNECT_BYTES / 1000} KB of user properties in CONNECT ` +
    `and will, each of which publishes 1 MiB of empty ones to ${SUBSCRIBERS} subscribers, and once more ` +
    "retained; as many others that subscribe with 1 MiB of them",
  mosquitto: "",
  async run({ broker: { address }, signal }) {
    const small = pairs(CONNECT_BYTES, NAME);
    const large = pairs(MESSAGE_BYTES, 0);
    const all: Dialed[] = [];
    for (let i = 0; i < SUBSCRIBERS; i++) {
      const one = await Dialed.to(address);
      await one.say(connect(`reader${i}`), subscribe(["p/#"], 0));
      all.push(one);
    }
    let letIn = 0;
    for (let i = 0; i < CLIENTS && !signal.aborted; i++) {
      const one = await Dialed.to(address);
      all.push(one);
      await one.say(connect(`filler${i}`, small, { topic: "w", list: small, payload: "" }));
      if (await one.heard(4)) letIn++;
      await one.say(
        publish(`p/${i}`, large),
        publish(`r/${i}`, large, undefined, { retain: true }),
      );
      const other = await Dialed.to(address);
      await other.say(connect(`asker${i}`), subscribe([`s/${i}`], 0, large));
      await Promise.race([other.reading, delay(PATIENCE_MS)]);
      other.close();
    }
    await delay(SETTLE_MS);
    const delivered = all.slice(0, SUBSCRIBERS).reduce((sum, one) => sum + one.received, 0);
    const stayed = all.slice(SUBSCRIBERS).filter((one) => one.isOpen).length;
    for (const one of all) one.close();
    await Promise.all(all.map((one) => one.reading));
    return { "let in": letIn, stayed, "MB delivered": Math.round(delivered / 1e6) };
  },
};
