/** Many sessions that listen to everything, and a client that publishes under ever new names. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import { joined } from "../../lib/io.ts";
import type { Attack } from "./attack.ts";
import { openMany } from "./crowd.ts";

const SESSIONS = 500;
const TOPICS = 16_000;
const PER_WRITE = 50;

export const routes: Attack = {
  name: "routes",
  what: `${SESSIONS} sessions on \`#\`, one message to each of ${TOPICS} topics`,
  mosquitto: "",
  async run({ target, signal }) {
    await using crowd = await openMany(target, "everything", SESSIONS);
    for (const one of crowd.members) await one.subscribe(["#"], 0);
    crowd.readAll();
    const publisher = await LoadConnection.open(target, "namer");
    let sent = 0;
    for (; sent < TOPICS && !signal.aborted; sent += PER_WRITE) {
      const frames = Array.from(
        { length: PER_WRITE },
        (_, i) => publishFrame(`some/topic/${sent + i}`, 0, 4),
      );
      await publisher.write(joined(frames));
    }
    await crowd.settled(signal);
    publisher.close();
    return { topics: sent, delivered: crowd.messages };
  },
};
