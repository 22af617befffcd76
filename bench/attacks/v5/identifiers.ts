/** One client with as many overlapping filters as it may have, each with an identifier, and messages that match all. */
import { delay } from "../../../lib/cli/load/run.ts";
import { joined } from "../../../lib/io.ts";
import type { Attack } from "../attack.ts";
import { Dialed } from "./dialer.ts";
import { connect, packet, properties, publish, text, varint } from "./words.ts";

const FILTERS = 10_000;
/** Levels of the topic: each is a plus or a name in some of the filters. */
const LEVELS = 14;
const MESSAGES = 300;
const PER_WRITE = 100;
const SETTLE_MS = 3000;
const FIRST_IDENTIFIER = 2_100_000; // four bytes

export const identifiers: Attack = {
  name: "v5-identifiers",
  what:
    `one client with ${FILTERS} overlapping filters, each with an identifier of four bytes, and ` +
    `${MESSAGES} messages that match all of them`,
  mosquitto: "",
  async run({ broker: { address }, signal }) {
    const subscriber = await Dialed.to(address);
    await subscriber.say(connect("overlapping"));
    for (let from = 0; from < FILTERS && !signal.aborted; from += PER_WRITE) {
      await subscriber.say(joined(Array.from({ length: PER_WRITE }, (_, i) => {
        const identifier = joined([Uint8Array.of(0x0b), varint(FIRST_IDENTIFIER + from + i)]);
        const request = joined([text(filterOf(from + i)), Uint8Array.of(0)]);
        return packet(0x82, Uint8Array.of(0, 1), properties(identifier), request);
      })));
    }
    await subscriber.heard(FILTERS * 6);
    const before = subscriber.received;
    const publisher = await Dialed.to(address);
    await publisher.say(connect("publisher"));
    const frame = publish(Array.from({ length: LEVELS }, () => "a").join("/"));
    for (let sent = 0; sent < MESSAGES && !signal.aborted; sent++) await publisher.say(frame);
    await delay(SETTLE_MS);
    const delivered = subscriber.received - before;
    for (const one of [subscriber, publisher]) one.close();
    await Promise.all([subscriber.reading, publisher.reading]);
    return { "KB delivered": Math.round(delivered / 1000) };
  },
};

function filterOf(index: number): string {
  return Array.from({ length: LEVELS }, (_, level) => index >> level & 1 ? "+" : "a").join("/");
}
