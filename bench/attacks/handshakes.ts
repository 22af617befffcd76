/** Handshakes in a row, each of a connection that says CONNECT, is let in and goes. Invariant: the number is fixed. */
import { delay } from "../../lib/cli/load/run.ts";
import type { Transport } from "../load/targets.ts";
import type { Attack } from "./attack.ts";
import { handshakesInThread } from "./handshakes_worker.ts";

const COUNT = 2000;
const AT_ONCE = 8;
const SETTLE_MS = 3000;

function handshakesOver(transport: Transport): Attack {
  return {
    name: `${transport}-handshakes`,
    what:
      `${COUNT} connections over ${transport}, ${AT_ONCE} at a time, each gone when it is let in`,
    mosquitto: "",
    doors: [transport],
    async run({ broker }) {
      const address = broker.addressOf(transport);
      const order = { address, transport, count: COUNT, atOnce: AT_ONCE };
      const seconds = await handshakesInThread(order);
      await delay(SETTLE_MS);
      return { "handshakes/s": Math.round(COUNT / seconds) };
    },
  };
}

/** Over TLS. */
export const tlsHandshakes: Attack = handshakesOver("tls");
/** Over WebSocket. */
export const wsHandshakes: Attack = handshakesOver("ws");
/** Over both. */
export const wssHandshakes: Attack = handshakesOver("wss");
