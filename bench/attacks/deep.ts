/** Filters and retained topics of very many levels, none of which they share. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import type { Attack } from "./attack.ts";
import { closeQuietly, openMany } from "./crowd.ts";

const CLIENTS = 20;
const FILTERS = 2000;
const TOPICS = 40_000;
const LEVELS = 127;
const RETAIN = 1;

export const deep: Attack = {
  name: "deep",
  what: `${CLIENTS} clients with ${FILTERS} filters of ${LEVELS + 1} levels each, and ${TOPICS} ` +
    "retained topics of as many",
  mosquitto: "",
  async run({ target, signal }) {
    let granted = 0;
    let sent = 0;
    try {
      await using crowd = await openMany(target, "deep", CLIENTS);
      for (const [at, one] of crowd.members.entries()) {
        const filters = Array.from(
          { length: FILTERS },
          (_, i) => `f${at}-${i}${"/a".repeat(LEVELS)}`,
        );
        for (let from = 0; from < FILTERS && !signal.aborted; from += 200) {
          await one.subscribe(filters.slice(from, from + 200), 0);
          granted += 200;
        }
      }
      const publisher = await LoadConnection.open(target, "retainer");
      for (; sent < TOPICS && !signal.aborted; sent++) {
        const frame = publishFrame(`r${sent}${"/a".repeat(LEVELS)}`, 0, 1);
        frame[0]! |= RETAIN;
        await publisher.write(frame);
      }
      closeQuietly(publisher);
    } catch {
      // Refused, or the broker has ended.
    }
    return { granted, retained: sent };
  },
};
