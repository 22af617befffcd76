/** Retained messages, large ones, as many as the broker takes. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { publishFrame } from "../../lib/cli/load/frames.ts";
import type { Attack } from "./attack.ts";
import { closeQuietly } from "./crowd.ts";

const PAYLOAD = 16_000;
const MESSAGES = 60_000;
const RETAIN = 1;

export const retained: Attack = {
  name: "retained",
  what: `${MESSAGES} retained messages of ${PAYLOAD / 1000} KB`,
  mosquitto: "",
  async run({ target, signal }) {
    const publisher = await LoadConnection.open(target, "retainer");
    let sent = 0;
    try {
      for (; sent < MESSAGES && !signal.aborted; sent++) {
        const frame = publishFrame(`retained/${sent}`, 0, PAYLOAD);
        frame[0]! |= RETAIN;
        await publisher.write(frame);
      }
    } catch {
      // The broker has ended the connection, or itself.
    }
    closeQuietly(publisher);
    return { "MB sent": Math.round(sent * PAYLOAD / 1e6) };
  },
};
