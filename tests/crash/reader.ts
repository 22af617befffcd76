/** What a new client finds retained. Invariant: it notes what is there between its question and its answer, no more. */
import { RawClient } from "../support/raw_client.ts";
import { parsePublish, PINGREQ, subscribe } from "../support/raw_packets.ts";
import { sequenceOf } from "./payload.ts";
import type { World } from "./world.ts";

const NAME = "reader";
const FILTERS: [string, number][] = [["r/#", 0], ["w/#", 0]];

/** Subscribes to all values, notes them, and goes. */
export async function readRetained({ history, address }: World): Promise<void> {
  const began = history.length;
  await using raw = await RawClient.open(address, { clientId: NAME });
  await raw.send(subscribe(1, ...FILTERS), PINGREQ);
  const values = new Map<string, number>();
  for (let packet = await raw.nextPacket(); packet?.type !== 13; packet = await raw.nextPacket()) {
    if (packet === undefined) throw new Error("the broker closed the reader's connection");
    if (packet.type !== 3) continue;
    const { topic, payload, retain } = parsePublish(packet);
    if (!retain) continue;
    const sequence = sequenceOf(topic, payload);
    if (sequence === undefined) history.add(NAME, { kind: "damaged", topic, payload });
    else values.set(topic, sequence);
  }
  history.add(NAME, { kind: "retained", began, values });
}
