/** One SUBSCRIBE of many filters, each of which matches every retained message. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { publishFrame, subscribeFrame } from "../../lib/cli/load/frames.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { joined } from "../../lib/io.ts";
import type { Attack } from "./attack.ts";
import { closeQuietly } from "./crowd.ts";

const RETAINED = 100_000;
const FILTERS = 3000;
const PER_WRITE = 500;
const RETAIN = 1;
const LASTS_MS = 10_000;

export const filters: Attack = {
  name: "filters",
  what: `one SUBSCRIBE of ${FILTERS} filters that match nothing or all of ${RETAINED} retained ` +
    `messages; the client reads for ${LASTS_MS / 1000} s`,
  mosquitto: "",
  async run({ target }) {
    const publisher = await LoadConnection.open(target, "retainer");
    for (let sent = 0; sent < RETAINED; sent += PER_WRITE) {
      await publisher.write(joined(Array.from({ length: PER_WRITE }, (_, i) => {
        const frame = publishFrame(`r/${(sent + i) % 100}/${sent + i}`, 0, 4);
        frame[0]! |= RETAIN;
        return frame;
      })));
    }
    await delay(1000);
    const attacker = await LoadConnection.open(target, "subscriber");
    let messages = 0;
    const reading = attacker.consume(() => messages++, () => {}).catch(() => {});
    // Every other one goes through all topics and finds none.
    const asked = Array.from({ length: FILTERS }, (_, i) => i % 2 === 0 ? `+/+/+/${i}` : "#");
    await attacker.write(subscribeFrame(asked, 0));
    await delay(LASTS_MS);
    closeQuietly(attacker);
    closeQuietly(publisher);
    await reading;
    return { "packets in return": messages };
  },
};
