/**
 * How long one message at QoS 1 waits for its acknowledgement while a kept session has it and has not acknowledged it:
 * one at a time, what a broker needs to promise a message. Invariant: the subscriber's own acknowledgement leaves after
 * the publisher has its PUBACK, or not at all, so that no broker may forget the message before it has promised it.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Header, packetIdOffset, PAYLOAD_SIZE, publishFrame } from "../../lib/cli/load/frames.ts";
import { Times } from "../../lib/cli/load/percentiles.ts";
import type { Load, LoadOptions, Measured } from "../../lib/cli/load/run.ts";
import { bytesWritten } from "../written_bytes.ts";

const MESSAGES = 1000;
const WARM_UP = 200;
const TOPIC = "bench/durable";

/** The subscriber acknowledges each message when the publisher has been told. */
export const durable: Load = { name: "durable", run: (options) => run(options, true) };

/** The subscriber never acknowledges. */
export const durableUnanswered: Load = {
  name: "durable-unanswered",
  run: (options) => run(options, false),
};

/** Times in microseconds, and `bytes`: what the broker wrote for each message, by /proc. */
async function run({ target, pid }: LoadOptions, isAnswered: boolean): Promise<Measured> {
  const kept = { ...target, isKept: true, prefix: `${Date.now()}-` };
  const subscriber = await LoadConnection.open(kept, "durable-sub");
  await subscriber.subscribe([TOPIC], 1);
  const publisher = await LoadConnection.open(target, "durable-pub");
  const frame = publishFrame(TOPIC, 1, PAYLOAD_SIZE, target.level);
  const times = new Times();
  const answer = isAnswered ? answering(subscriber) : draining(subscriber);
  let before = 0;
  for (let i = 0; i < WARM_UP + MESSAGES; i++) {
    if (i === WARM_UP && pid !== undefined) before = bytesWritten(pid).called;
    number(frame, i % 60_000 + 1);
    const start = performance.now();
    await publisher.write(frame);
    await acknowledgement(publisher);
    if (i >= WARM_UP) times.add(performance.now() - start);
    await answer();
  }
  const bytes = pid === undefined ? NaN : (bytesWritten(pid).called - before) / MESSAGES;
  publisher.close();
  subscriber.close();
  await endSession(kept);
  return { ...times.percentiles(), bytes };
}

function number(frame: Uint8Array, packetId: number): void {
  const at = packetIdOffset(frame);
  frame[at] = packetId >> 8;
  frame[at + 1] = packetId & 0xff;
}

async function acknowledgement(publisher: LoadConnection): Promise<void> {
  let isThere = false;
  const onFrame = (header: number) => void (isThere ||= header === Header.PUBACK);
  while (!isThere) if (!await publisher.readOnce(onFrame)) throw closed();
}

/** Waits for one message and acknowledges it. */
function answering(subscriber: LoadConnection): () => Promise<void> {
  return async () => {
    let puback: Uint8Array | undefined;
    while (puback === undefined) {
      const isOpen = await subscriber.readOnce((_header, buffer, body) => {
        const at = body + 2 + (buffer[body]! << 8 | buffer[body + 1]!);
        puback = Uint8Array.of(Header.PUBACK, 2, buffer[at]!, buffer[at + 1]!);
      });
      if (!isOpen) throw closed();
    }
    await subscriber.write(puback);
  };
}

/** Reads on and says nothing. */
function draining(subscriber: LoadConnection): () => Promise<void> {
  subscriber.consume(() => {}, () => {}).catch(() => {});
  return () => Promise.resolve();
}

/** A clean session of the same client takes the place of the kept one. */
async function endSession(kept: LoadOptions["target"]): Promise<void> {
  (await LoadConnection.open({ ...kept, isKept: false }, "durable-sub")).close();
}

function closed(): Error {
  return new Error("the broker closed a connection");
}
