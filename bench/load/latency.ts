/**
 * How long a message takes from the publisher's write to the subscriber's read, one at a time:
 * alone, and while ten other clients flood the broker from a process of their own.
 */
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import { PAYLOAD_SIZE } from "../../lib/cli/load/frames.ts";
import { timeMessages } from "../../lib/cli/load/latency.ts";
import { cpuSeconds, delay, type Load } from "../../lib/cli/load/run.ts";
import { startFlood } from "./flood.ts";

const SHAPE = { qos: 0, size: PAYLOAD_SIZE, messages: 4000, warmUp: 400 } as const;
/** While others flood, each message takes far longer. */
const SHAPE_IN_FLOOD = { ...SHAPE, messages: 1000 };

/** A quiet broker; microseconds. */
export const latency: Load = {
  name: "latency",
  run: ({ target }) => timeMessages(target, SHAPE),
};

/** The same again and again for as long as a rate is measured: `rate` of the messages, `cpu` of the broker. */
export const roundTrips: Load = {
  name: "round-trips",
  async run({ target, warmUp, duration, pid, progress }) {
    const until = async (end: number, isMeasured: boolean) => {
      let messages = 0;
      while (performance.now() < end) {
        progress?.(messages, isMeasured);
        await timeMessages(target, { ...SHAPE, warmUp: 0 });
        messages += SHAPE.messages;
      }
      return messages;
    };
    await until(performance.now() + warmUp, false);
    const [start, before] = [performance.now(), await cpuSeconds(pid)];
    const messages = await until(start + duration, true);
    const seconds = (performance.now() - start) / 1000;
    const cpu = (await cpuSeconds(pid) - before) / messages * 1e6;
    return { rate: messages / seconds, lost: 0, ...(pid === undefined ? {} : { cpu }) };
  },
};

/** With ten flooding clients, which are a process of their own; microseconds. */
export function fairness(address: TcpAddress): Load {
  return {
    name: "fairness",
    async run({ target, warmUp }) {
      const flood = await startFlood(address);
      try {
        await delay(warmUp);
        return await timeMessages(target, SHAPE_IN_FLOOD);
      } finally {
        await flood.stop();
      }
    },
  };
}
