/** Sessions that stay, each with as much as it may have: filters, and messages that wait for them. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import type { Attack } from "./attack.ts";
import { closeQuietly, openMany } from "./crowd.ts";

const CLIENTS = 60;
const PAYLOAD = 60_000;
const MESSAGES = 120;
const FILTER_BYTES = 4000;
const FILTERS = 20;

export const hoard: Attack = {
  name: "hoard",
  what: `${CLIENTS} clients that acknowledge nothing, with ${FILTERS} filters of ${FILTER_BYTES} ` +
    `bytes each, and ${MESSAGES} QoS 1 messages of ${PAYLOAD / 1000} KB for each of them by itself`,
  mosquitto: "",
  async run({ target, signal }) {
    const crowd = await openMany(target, "hoarder", CLIENTS, 65_536).catch(() => undefined);
    if (crowd === undefined) return { "let in": 0 };
    await using members = crowd;
    let granted = 0;
    for (const [at, one] of members.members.entries()) {
      if (signal.aborted) break;
      const filters = Array.from(
        { length: FILTERS },
        (_, i) => `${at}/${i}/${"x".repeat(FILTER_BYTES)}`,
      );
      granted += await one.subscribe([`h/${at}`], 1).then(() => 1, () => 0);
      await one.subscribe(filters, 1).then(() => granted += FILTERS, () => {});
    }
    members.readAll();
    const publisher = await LoadConnection.open(target, "publisher").catch(() => undefined);
    let sent = 0;
    if (publisher !== undefined) {
      const reading = publisher.consume(() => {}, () => {}).catch(() => {});
      for (let i = 0; i < MESSAGES && !signal.aborted; i++) {
        for (let at = 0; at < CLIENTS && !signal.aborted; at++) {
          const frame = publishFrame(`h/${at}`, 1, PAYLOAD);
          frame[frame.length - PAYLOAD - 1] = 1 + sent++ % 255;
          await publisher.write(frame).catch(() => {});
        }
      }
      await members.settled(signal);
      closeQuietly(publisher);
      await reading;
    }
    return { granted, "MB sent": Math.round(sent * PAYLOAD / 1e6), delivered: members.messages };
  },
};
