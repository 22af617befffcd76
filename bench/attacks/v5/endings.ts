/** Clients that come to say goodbye with many words, and those that authenticate without end. */
import { delay } from "../../../lib/cli/load/run.ts";
import { joined } from "../../../lib/io.ts";
import type { Attack, Scene } from "../attack.ts";
import { Dialed, inLanes } from "./dialer.ts";
import { connect, packet, properties, text } from "./words.ts";

const CLIENTS = 3000;
const REASON = "because ".repeat(128);
const CONNACK = 4;
const ROUNDS = 50;
const PATIENCE_MS = 1000;

/** DISCONNECT 0x80 with a reason string of 1 KiB. */
const GOODBYE = packet(
  0xe0,
  Uint8Array.of(0x80),
  properties(joined([Uint8Array.of(0x1f), text(REASON)])),
);

export const goodbyes: Attack = {
  name: "v5-goodbyes",
  what: `${CLIENTS} clients that are let in and send DISCONNECT with a reason string of 1 KiB`,
  mosquitto: "",
  async run({ broker: { address }, signal }) {
    let letIn = 0;
    await inLanes(CLIENTS, signal, async (i) => {
      const one = await Dialed.to(address);
      await one.say(connect(`goodbye${i}`));
      if (await one.heard(CONNACK)) letIn++;
      await one.say(GOODBYE);
      await one.reading;
      one.close();
    });
    return { "let in": letIn };
  },
};

const METHOD = joined([Uint8Array.of(0x15), text("SCRAM-SHA-256"), Uint8Array.of(0x16)]);
const AUTH = packet(
  0xf0,
  Uint8Array.of(0x18),
  properties(joined([METHOD, text("c=biws,r=".padEnd(500, "x"))])),
);

export const authLoop: Attack = {
  name: "v5-auth",
  what: `${CLIENTS} connections that begin with SCRAM-SHA-256 and send AUTH ${ROUNDS} times, ` +
    "whatever they are told",
  mosquitto: "",
  run: loop,
};

async function loop({ broker: { address }, signal }: Scene): Promise<Record<string, number>> {
  let closed = 0;
  let heard = 0;
  await inLanes(CLIENTS, signal, async (i) => {
    const one = await Dialed.to(address);
    await one.say(connect(`auth${i}`, joined([METHOD, text("n,,n=user,r=nonce")])));
    for (let round = 0; round < ROUNDS && await one.say(AUTH); round++);
    await Promise.race([one.reading, delay(PATIENCE_MS)]);
    if (!one.isOpen) closed++;
    one.close();
    await one.reading;
    heard += one.received;
  });
  return { closed, "KB heard": Math.round(heard / 1000) };
}
