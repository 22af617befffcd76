/**
 * Messages that all have to be stored, at a steady rate, until it is killed: `background.ts HOST PORT` prints a line when
 * it has begun. Each is retained and goes to a kept session, at QoS 1. Invariant: the rate is the same however long the
 * broker takes to acknowledge.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { packetIdOffset, PAYLOAD_SIZE, publishFrame } from "../../lib/cli/load/frames.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { keptSubscriber } from "./traffic.ts";

const PER_MILLISECOND = 1;
const TOPICS = 500;
/** It ends by itself after this, should no one be left to end it. Milliseconds. */
const AT_MOST = 600_000;

const [hostname, port] = Deno.args;
if (hostname === undefined || port === undefined) throw new Error("background.ts HOST PORT");
const target = tcpTarget({ hostname, port: Number(port) });
await keptSubscriber(target, "background-sub", ["bench/background/#"]);
const publisher = await LoadConnection.open(target, "background-pub");
publisher.consume(() => {}, () => {}).catch(() => {});
const frames = Array.from({ length: TOPICS }, (_, i) => {
  const frame = publishFrame(`bench/background/${i}`, 1, PAYLOAD_SIZE);
  frame[0]! |= 1;
  return frame;
});

await Deno.stdout.write(new TextEncoder().encode("publishing\n"));
const start = performance.now();
for (let sent = 0, elapsed = 0; elapsed < AT_MOST; elapsed = performance.now() - start) {
  for (; sent < elapsed * PER_MILLISECOND; sent++) {
    const frame = frames[sent % TOPICS]!;
    const packetId = sent % 60_000 + 1;
    frame[packetIdOffset(frame)] = packetId >> 8;
    frame[packetIdOffset(frame) + 1] = packetId & 0xff;
    publisher.push(frame);
  }
  publisher.flush();
  await delay(1);
}
