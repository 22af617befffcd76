/** A client that sends messages over the size limit, one after the other: what is read past must not be kept. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { encodePublishHead } from "../../lib/wire/publish.ts";
import { encodeUtf8 } from "../../lib/wire/utf8.ts";
import type { Attack } from "./attack.ts";

const MESSAGES = 3;
const CHUNK = new Uint8Array(1_000_000);
/** Megabytes. */
const SIZE = 250;
const QOS_1 = 0x32;
const PUBACK = 0x40;

export const oversized: Attack = {
  name: "oversized",
  what: "three messages of 250 MB at QoS 1, over a limit of 10 MiB",
  mosquitto: "message_size_limit 10485760\n",
  run: async ({ target, signal }) => {
    const publisher = await LoadConnection.open(target, "publisher");
    signal.addEventListener("abort", () => publisher.close(), { once: true });
    const head = encodePublishHead(QOS_1, encodeUtf8("t", "topic"), 1, SIZE * CHUNK.length);
    let acknowledged = 0;
    try {
      for (let i = 0; i < MESSAGES; i++) {
        await publisher.write(head);
        for (let sent = 0; sent < SIZE; sent++) await publisher.write(CHUNK);
        await publisher.readOnce((header) => void (header === PUBACK && acknowledged++));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (!signal.aborted) publisher.close();
    return { acknowledged, of: MESSAGES };
  },
};
