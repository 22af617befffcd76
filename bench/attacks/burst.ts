/** One write full of small messages for many subscribers, again and again. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import { joined } from "../../lib/io.ts";
import type { Attack } from "./attack.ts";
import { closeQuietly, openMany } from "./crowd.ts";

const SUBSCRIBERS = 800;
const BYTES = 54_000;
const BURSTS = 5;

export const burst: Attack = {
  name: "burst",
  what: `${BURSTS} times ${
    BYTES / 1000
  } KB of the smallest messages, for ${SUBSCRIBERS} subscribers`,
  mosquitto: "",
  async run({ target, signal }) {
    await using crowd = await openMany(target, "listener", SUBSCRIBERS);
    for (const one of crowd.members) await one.subscribe(["b"], 0);
    crowd.readAll();
    const publisher = await LoadConnection.open(target, "burst");
    const one = publishFrame("b", 0, 1);
    const many = joined(Array.from({ length: Math.floor(BYTES / one.length) }, () => one));
    for (let i = 0; i < BURSTS && !signal.aborted; i++) {
      await publisher.write(many);
      await crowd.settled(signal);
    }
    closeQuietly(publisher);
    return { delivered: crowd.messages };
  },
};
