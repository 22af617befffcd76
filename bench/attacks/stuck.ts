/** Subscribers that never acknowledge, and what that costs a publisher who shares a topic with them. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Header, packetIdOffset, publishFrame } from "../../lib/cli/load/frames.ts";
import type { Attack } from "./attack.ts";
import { closeQuietly, openMany } from "./crowd.ts";

const STUCK = 100;
const MESSAGES = 4000;
const WINDOW = 50;

export const stuck: Attack = {
  name: "stuck",
  what:
    `${STUCK} subscribers at QoS 1 that never acknowledge, with queues that fill one after the ` +
    `other; ${MESSAGES} messages of a publisher with ${WINDOW} under way`,
  mosquitto: "",
  async run({ target, signal }) {
    await using crowd = await openMany(target, "stuck", STUCK);
    const publisher = await LoadConnection.open(target, "publisher");
    const own = publishFrame("own", 1);
    const shared = publishFrame("shared", 1);
    await Promise.all(crowd.members.map((one, at) => one.subscribe([`fill/${at}`, "shared"], 1)));
    let acknowledged = 0;
    let longest = 0;
    let last = performance.now();
    const step = () =>
      publisher.readOnce((header) => {
        if (header !== Header.PUBACK) return;
        acknowledged++;
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      });
    const send = async (frame: Uint8Array, id: number) => {
      const at = packetIdOffset(frame);
      frame[at] = id >> 8;
      frame[at + 1] = id & 0xff;
      await publisher.write(frame);
    };
    // Each queue is filled to a different height, so that no two are pressed by the same message.
    let sent = 0;
    for (let at = 0; at < STUCK; at++) {
      for (let i = 0; i < at; i++) await send(publishFrame(`fill/${at}`, 1), ++sent & 0xfff | 1);
      while (acknowledged < sent) await step();
    }
    const begin = last = performance.now();
    longest = 0;
    const until = sent + MESSAGES;
    while (acknowledged < until && !signal.aborted) {
      if (sent < until && sent - acknowledged < WINDOW) {
        await send(sent % 2 === 0 ? own : shared, ++sent & 0xfff | 1);
      } else await step();
    }
    closeQuietly(publisher);
    return {
      "seconds for all": Math.round(performance.now() - begin) / 1000,
      "longest pause (ms)": Math.round(longest),
    };
  },
};
