/**
 * Messages at QoS 1 where no time is measured: to kept sessions that are there or away, retained or not. Invariant: all
 * that was published is acknowledged when a call resolves.
 */
import { acknowledge, LoadConnection } from "../../lib/cli/load/connection.ts";
import { Header, packetIdOffset, PAYLOAD_SIZE, publishFrame } from "../../lib/cli/load/frames.ts";
import type { Target } from "../../lib/cli/load/target.ts";

const RETAIN = 1;

/** A client with a kept session, subscribed at QoS 1, that acknowledges all it gets. */
export async function keptSubscriber(
  target: Target,
  clientId: string,
  filters: readonly string[],
): Promise<LoadConnection> {
  const subscriber = await LoadConnection.open({ ...target, isKept: true }, clientId);
  await subscriber.subscribe(filters, 1);
  const consumed = subscriber.consume(
    (header, buffer, body) => void acknowledge(subscriber, header, buffer, body),
    () => subscriber.flush(),
  );
  consumed.catch(() => {});
  return subscriber;
}

/** What is published. */
export interface Published {
  readonly count: number;
  /** Of the message with that number, from 0 on. */
  readonly topicOf: (index: number) => string;
  /** Messages under way. */
  readonly window: number;
  readonly isRetained?: boolean;
}

/** Publishes all of them, each with its number in its last four bytes, that many under way; resolves when the last one is acknowledged. */
export async function publishAll(
  target: Target,
  { count, topicOf, window, isRetained = false }: Published,
): Promise<void> {
  const publisher = await LoadConnection.open(target, "traffic-pub");
  let acknowledged = 0;
  const onFrame = (header: number) => void (acknowledged += header === Header.PUBACK ? 1 : 0);
  for (let sent = 0; acknowledged < count;) {
    while (sent < count && sent - acknowledged < window) {
      publisher.push(frameOf(topicOf(sent), sent, isRetained));
      sent++;
    }
    publisher.flush();
    if (!await publisher.readOnce(onFrame)) throw new Error("the broker closed the publisher");
  }
  publisher.close();
}

function frameOf(topicName: string, index: number, isRetained: boolean): Uint8Array {
  const frame = publishFrame(topicName, 1, PAYLOAD_SIZE);
  const at = packetIdOffset(frame);
  const packetId = index % 60_000 + 1;
  frame[at] = packetId >> 8;
  frame[at + 1] = packetId & 0xff;
  if (isRetained) frame[0]! |= RETAIN;
  new DataView(frame.buffer).setUint32(frame.length - 4, index);
  return frame;
}
