/**
 * What a home or a small plant sends, at a steady rate: values at QoS 0, 1 and 2, some retained, some under names that
 * never come again; subscribers that stay, one with a kept session that goes away and comes back, clients that come and
 * go. Invariant: the rate does not depend on how fast the broker answers; whatever breaks ends the run with its reason.
 */
import { acknowledge, LoadConnection } from "../../lib/cli/load/connection.ts";
import { Header, packetIdOffset, publishFrame } from "../../lib/cli/load/frames.ts";
import { delay } from "../../lib/cli/load/run.ts";
import type { Target } from "../../lib/cli/load/target.ts";

const TOPICS = 500;
const RETAIN = 1;
/** Of a hundred messages: the first forty go at QoS 0, the next forty at QoS 1, the rest at QoS 2. */
const [QOS_1_FROM, QOS_2_FROM] = [40, 80];
/** One message of that many is retained, and one has a name of its own. */
const RETAINED_EACH = 10;
const NEW_NAME_EACH = 100;
const TICK = 10;

/** What has passed since the traffic began. */
export interface Tally {
  sent: number;
  received: number;
  /** Clients that came and went. */
  visits: number;
}

/** Sends until `stop` fires. @param rate messages a second */
export async function traffic(
  target: Target,
  rate: number,
  tally: Tally,
  stop: AbortSignal,
): Promise<void> {
  const parts = [
    subscriber(target, "soak-all", ["soak/#"], tally, stop),
    subscriber(target, "soak-some", ["soak/+/1", "soak/+/2", "$share/a/soak/#"], tally, stop),
    subscriber(target, "soak-other", ["$share/a/soak/#"], tally, stop),
    publisher(target, rate, tally, stop),
    visitors(target, tally, stop),
    traveller(target, tally, stop),
  ];
  await Promise.all(parts);
}

async function subscriber(
  target: Target,
  clientId: string,
  filters: readonly string[],
  tally: Tally,
  stop: AbortSignal,
): Promise<void> {
  const connection = await LoadConnection.open(target, clientId);
  stop.addEventListener("abort", () => connection.close());
  await connection.subscribe(filters, 2);
  await listen(connection, tally);
  if (!stop.aborted) throw new Error(`the broker closed ${clientId}`);
}

/** Reads and acknowledges until the connection ends. */
function listen(connection: LoadConnection, tally: Tally): Promise<void> {
  return connection.consume((header, buffer, body) => {
    if (acknowledge(connection, header, buffer, body)) tally.received++;
  }, () => connection.flush());
}

async function publisher(
  target: Target,
  rate: number,
  tally: Tally,
  stop: AbortSignal,
): Promise<void> {
  const connection = await LoadConnection.open(target, "soak-publisher");
  stop.addEventListener("abort", () => connection.close());
  const answered = connection.consume((header, buffer, body) => {
    if (header >> 4 === Header.PUBREC >> 4) connection.pushAck(Header.PUBREL, buffer, body);
  }, () => connection.flush());
  const start = performance.now();
  for (let sent = 0; !stop.aborted; await delay(TICK)) {
    const due = (performance.now() - start) / 1000 * rate;
    for (; sent < due; sent++) connection.push(message(sent));
    connection.flush();
    tally.sent = sent;
  }
  await answered;
}

/** The message with that number. */
function message(index: number): Uint8Array {
  const place = index % 100;
  const qos = place < QOS_1_FROM ? 0 : place < QOS_2_FROM ? 1 : 2;
  const topicName = index % NEW_NAME_EACH === 0
    ? `soak/once/${index}`
    : `soak/${index % TOPICS}/${index % 5}`;
  const frame = publishFrame(topicName, qos);
  if (index % NEW_NAME_EACH !== 0 && index % RETAINED_EACH === 1) frame[0]! |= RETAIN;
  if (qos > 0) {
    const packetId = index % 60_000 + 1;
    const at = packetIdOffset(frame);
    frame[at] = packetId >> 8;
    frame[at + 1] = packetId & 0xff;
  }
  return frame;
}

/** A client a second that subscribes, gets what is retained, and leaves. */
async function visitors(target: Target, tally: Tally, stop: AbortSignal): Promise<void> {
  for (; !stop.aborted; tally.visits++) {
    const connection = await LoadConnection.open(target, `soak-visitor-${tally.visits}`);
    await connection.subscribe([`soak/${tally.visits % TOPICS}/#`], 1);
    const listening = listen(connection, tally);
    await delay(1000);
    connection.close();
    await listening;
  }
}

/** A kept session: there for five seconds, away for five, in which its messages queue. */
async function traveller(target: Target, tally: Tally, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const connection = await LoadConnection.open({ ...target, isKept: true }, "soak-traveller");
    // The broker sends what has queued at once, in front of SUBACK: who waits for that alone would miss it.
    const listening = listen(connection, tally);
    connection.push(subscribeOnce());
    connection.flush();
    await delay(5000);
    connection.close();
    await listening;
    if (!stop.aborted) await delay(5000);
  }
}

function subscribeOnce(): Uint8Array {
  const filter = new TextEncoder().encode("soak/+/3");
  return new Uint8Array([0x82, filter.length + 5, 0, 1, 0, filter.length, ...filter, 1]);
}
