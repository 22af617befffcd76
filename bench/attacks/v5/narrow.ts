/** Subscribers that take next to nothing: one message at a time, or packets of 1 to 20 bytes. */
import { delay } from "../../../lib/cli/load/run.ts";
import { joined } from "../../../lib/io.ts";
import type { Attack } from "../attack.ts";
import { Dialed } from "./dialer.ts";
import { connect, publish, subscribe, uint32 } from "./words.ts";

const SUBSCRIBERS = 100;
const MESSAGES = 4000;
const PAYLOAD = new Uint8Array(2000);
const SMALLEST = 20_000;
const PER_WRITE = 200;
const SETTLE_MS = 2000;
/** Receive maximum 1. */
const ONE = Uint8Array.of(0x21, 0, 1);

/** Maximum packet size of that many bytes. */
const sizeOf = (bytes: number) => joined([Uint8Array.of(0x27), uint32(bytes)]);

export const narrow: Attack = {
  name: "v5-narrow",
  what: `${SUBSCRIBERS} subscribers with receive maximum 1 that acknowledge nothing, and ` +
    `${SUBSCRIBERS} that take packets of 1 to 20 bytes; ${MESSAGES} messages of 2 KB at QoS 1, ` +
    `${SMALLEST} of 60 bytes at QoS 0`,
  mosquitto: "",
  async run({ broker: { address }, signal }) {
    const open = async (name: string, list: Uint8Array, filter: string, qos: number) => {
      const one = await Dialed.to(address);
      await one.say(connect(name, list), subscribe([filter], qos));
      return one;
    };
    const all: Dialed[] = [];
    for (let i = 0; i < SUBSCRIBERS; i++) {
      all.push(await open(`one${i}`, ONE, "l", 1));
      all.push(await open(`small${i}`, sizeOf(1 + i % 20), "s", 0));
    }
    const publisher = await Dialed.to(address);
    await publisher.say(connect("publisher"));
    for (let sent = 0; sent < MESSAGES && !signal.aborted; sent++) {
      await publisher.say(publish("l", undefined, PAYLOAD, { qos: 1, id: 1 + sent % 60_000 }));
    }
    const frame = publish("s", undefined, PAYLOAD.subarray(0, 60));
    const chunk = joined(Array.from({ length: PER_WRITE }, () => frame));
    for (let sent = 0; sent < SMALLEST && !signal.aborted; sent += PER_WRITE) {
      await publisher.say(chunk);
    }
    await delay(SETTLE_MS);
    const delivered = all.reduce((sum, one) => sum + one.received, 0);
    const stayed = all.filter((one) => one.isOpen).length;
    for (const one of [...all, publisher]) one.close();
    await Promise.all([...all, publisher].map((one) => one.reading));
    return { stayed, "KB delivered": Math.round(delivered / 1000) };
  },
};
