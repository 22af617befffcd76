/** Messages to a topic that very many shared subscriptions listen to. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import { joined } from "../../lib/io.ts";
import type { Attack } from "./attack.ts";
import { closeQuietly, openMany } from "./crowd.ts";

const GROUPS = 20_000;
const CLIENTS = 20;
const MESSAGES = 400;

export const groups: Attack = {
  name: "groups",
  what: `${MESSAGES} messages in one write to a topic with ${GROUPS} shared subscriptions of ` +
    `${CLIENTS} clients`,
  async run({ target, signal }) {
    await using crowd = await openMany(target, "member", CLIENTS);
    for (const [at, one] of crowd.members.entries()) {
      const own = GROUPS / CLIENTS;
      const asked = Array.from({ length: own }, (_, i) => `$share/g${at * own + i}/t`);
      await one.subscribe(asked, 0);
    }
    crowd.readAll();
    const publisher = await LoadConnection.open(target, "publisher");
    await publisher.write(joined(Array.from({ length: MESSAGES }, () => publishFrame("t", 0, 1))));
    await crowd.settled(signal);
    closeQuietly(publisher);
    return { delivered: crowd.messages };
  },
};
