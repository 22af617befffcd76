/** A slow client that asks for ten megabytes of retained messages at QoS 0: do all of them arrive, and who waits? */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { subscribeFrame } from "../../lib/cli/load/frames.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { encodePacket } from "../../lib/wire/codec.ts";
import type { Attack, Scene } from "./attack.ts";

const MESSAGES = 500;
const PAYLOAD = new Uint8Array(20_000);
const PUBACK = 0x40;
const PUBLISH = 3;
/** Between two reads of 64 KiB. */
const PAUSE_MS = 20;

export const slowRetained: Attack = {
  name: "slow-retained",
  what: "a client that reads 3 MB/s is sent 500 retained messages of 20 KB at QoS 0",
  mosquitto: "max_queued_messages 0\n",
  run: async (scene) => {
    await retain(scene);
    return { arrived: await readSlowly(scene), of: MESSAGES };
  },
};

async function retain({ target }: Scene): Promise<void> {
  const publisher = await LoadConnection.open(target, "publisher");
  let acknowledged = 0;
  for (let i = 0; i < MESSAGES; i++) {
    const topicName = `retained/${i}`;
    const rest = { qos: 1, retain: true, dup: false, packetId: 1 } as const;
    await publisher.write(encodePacket({ type: "publish", topicName, payload: PAYLOAD, ...rest }));
    while (acknowledged <= i) {
      await publisher.readOnce((header) => void (header === PUBACK && acknowledged++));
    }
  }
  publisher.close();
}

/** How many arrive before nothing more comes. */
async function readSlowly({ target, signal }: Scene): Promise<number> {
  const subscriber = await LoadConnection.open(target, "slow");
  let arrived = 0;
  signal.addEventListener("abort", () => subscriber.close(), { once: true });
  await subscriber.write(subscribeFrame(["retained/#"], 0));
  try {
    while (arrived < MESSAGES) {
      if (!await subscriber.readOnce((header) => void (header >> 4 === PUBLISH && arrived++))) {
        break;
      }
      await delay(PAUSE_MS);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (!signal.aborted) subscriber.close();
  return arrived;
}
