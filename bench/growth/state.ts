/**
 * The state that a broker is measured with, made as clients make it: CONNECT, SUBSCRIBE, PUBLISH. Invariant: when a
 * function here resolves, the broker has answered for all of it.
 */
import { joined } from "../../lib/io.ts";
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { connectFrame, Header, publishFrame, subscribeFrame } from "../../lib/cli/load/frames.ts";
import { openAll } from "../../lib/cli/load/open.ts";
import type { Target } from "../../lib/cli/load/target.ts";

/** Midge's max_subscriptions by default. */
const FILTERS_A_CLIENT = 10_000;
const SMALL_BUFFER = 1024;
const MESSAGES_A_WRITE = 500;
const RETAIN = 1;
const PINGREQ = Uint8Array.of(0xc0, 0);
const PINGRESP = 0xd0;
const DISCONNECT = Uint8Array.of(Header.DISCONNECT, 0);
/** Sessions that are made at the same time. */
const LANES = 16;

/** The i-th of many names that share their first levels, three a level and fifty wide. */
export function nameOf(i: number, kind = "sensor"): string {
  return `site/${i % 50}/line/${Math.floor(i / 50) % 50}/${kind}/${i}`;
}

/** Three in five exact, one with `+`, one with `#`; none matches what is published. */
export function filterOf(i: number): string {
  if (i % 5 === 0) return `site/${i % 50}/+/${Math.floor(i / 50) % 50}/other/${i}/#`;
  return i % 5 === 1 ? `site/${i % 50}/line/+/held/${i}` : nameOf(i, "held");
}

/** Clients that hold that many subscriptions together. */
export function holdSubscriptions(target: Target, count: number): Promise<LoadConnection[]> {
  const clients = Math.ceil(count / FILTERS_A_CLIENT);
  return openAll(target, "holder", clients, SMALL_BUFFER, (holder, at) => {
    const from = at * FILTERS_A_CLIENT;
    const length = Math.min(FILTERS_A_CLIENT, count - from);
    return holder.subscribe(Array.from({ length }, (_, i) => filterOf(from + i)), 0);
  });
}

/** Connections that do nothing. */
export function holdConnections(target: Target, count: number): Promise<LoadConnection[]> {
  return openAll(target, "idle", count, 64);
}

/** Sessions that are kept, with one subscription each, and whose clients have left. */
export async function keepSessions(target: Target, count: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < count; i = next++) await keepSession(target, i);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function keepSession(target: Target, i: number): Promise<void> {
  const socket = await target.dial();
  try {
    await socket.write(joined([
      connectFrame(`kept${i}`, { isKept: true }),
      subscribeFrame([nameOf(i, "kept")], 1),
      DISCONNECT,
    ]));
    const answer = new Uint8Array(64);
    while (await socket.read(answer) !== null);
  } finally {
    socket.close();
  }
}

/** Retained messages of 64 bytes, under the names from `from` on. */
export async function retain(target: Target, count: number, from = 0): Promise<void> {
  const publisher = await LoadConnection.open(target, "retainer");
  for (let at = 0; at < count; at += MESSAGES_A_WRITE) {
    const length = Math.min(MESSAGES_A_WRITE, count - at);
    await publisher.write(
      joined(Array.from({ length }, (_, i) => retainedFrame(nameOf(from + at + i)))),
    );
    await answered(publisher);
  }
  publisher.close();
}

/** PUBLISH at QoS 0 that is to be retained. */
export function retainedFrame(topicName: string): Uint8Array {
  const frame = publishFrame(topicName, 0);
  frame[0]! |= RETAIN;
  return frame;
}

/** Resolves when the broker has worked on all that this connection has written. Nothing else may be reading. */
export async function answered(connection: LoadConnection): Promise<void> {
  await connection.write(PINGREQ);
  let isThere = false;
  const onFrame = (header: number) => void (isThere ||= header === PINGRESP);
  while (!isThere) {
    if (!await connection.readOnce(onFrame)) throw new Error("the broker has closed");
  }
}
