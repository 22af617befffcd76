/**
 * What is measured beside a state: processor time a message, latency, single operations, pauses that others feel.
 * Invariant: every probe is bounded in time and leaves the state as it was.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { timeMessages } from "../../lib/cli/load/latency.ts";
import { Times } from "../../lib/cli/load/percentiles.ts";
import { delay, type Measured, Run } from "../../lib/cli/load/run.ts";
import { type TcpAddress, tcpTarget } from "../../lib/cli/load/target.ts";
import { startQuiet } from "../attacks/quiet.ts";
import { chunksOf } from "../load/topics.ts";

/** Milliseconds between two pings of the client that feels pauses. */
const PING_MS = 2;

/** A broker that is measured. */
export interface Probed {
  readonly name: string;
  readonly address: TcpAddress;
  readonly pid: number;
  /** A look: fewer and shorter probes. */
  readonly isQuick: boolean;
}

/** Microseconds of the broker's processor time a message, from one publisher to one subscriber of `filters`. */
export async function messageCost(
  { address, pid, isQuick }: Probed,
  names: readonly string[],
  filters: readonly string[] = names,
): Promise<number> {
  const target = tcpTarget(address);
  const subscriber = await LoadConnection.open(target, "probe-sub");
  await subscriber.subscribe(filters, 0);
  const publisher = await LoadConnection.open(target, "probe-pub");
  const [warmUp, duration] = isQuick ? [200, 300] : [500, 700];
  const load = new Run({ target, pid, warmUp, duration });
  load.count(subscriber);
  const chunks = chunksOf(names, publisher.level);
  const { cpu, lost } = await load.measure([() => load.publishChunks(publisher, chunks)]);
  subscriber.close();
  publisher.close();
  if (lost! > 0) throw new Error(`${lost} messages were lost`);
  return cpu!;
}

/** One message at a time: `p50` and `p99`, microseconds. */
export async function latency({ address, isQuick }: Probed): Promise<Measured> {
  const messages = isQuick ? 500 : 2000;
  const shape = { qos: 0, size: 64, messages, warmUp: 500 } as const;
  const { p50, p99 } = await timeMessages(tcpTarget(address), shape);
  return { p50: p50!, p99: p99! };
}

/** The median of an operation, one at a time: microseconds. */
export async function typical(
  { isQuick }: Probed,
  operation: (i: number) => Promise<unknown>,
): Promise<number> {
  const times = new Times();
  for (let i = 0; i < (isQuick ? 50 : 300); i++) {
    const start = performance.now();
    await operation(i);
    times.add(performance.now() - start);
  }
  return times.percentiles()["p50"]!;
}

/** A SUBSCRIBE to one filter that was not there. */
export async function subscribeTime(probed: Probed): Promise<number> {
  const client = await LoadConnection.open(tcpTarget(probed.address), "one-more");
  const time = await typical(probed, (i) => client.subscribe([`site/7/line/${i}/more/${i}`], 0));
  client.close();
  return time;
}

/** From dialling to CONNACK, clean sessions. */
export function connectTime(probed: Probed): Promise<number> {
  const target = tcpTarget(probed.address);
  return typical(probed, async (i) => (await LoadConnection.open(target, `visitor${i}`)).close());
}

/** How long it takes until a new subscription has got that many retained messages: milliseconds. */
export async function retainedTime(
  { address }: Probed,
  filter: string,
  count: number,
): Promise<number> {
  const client = await LoadConnection.open(tcpTarget(address), "finder");
  let left = count;
  const start = performance.now();
  const reading = client.consume((header) => {
    if (header >> 4 === 3 && --left === 0) client.close();
  }, () => {});
  await client.write(subscription(filter));
  await reading;
  if (left > 0) throw new Error(`${left} of ${count} retained messages did not come`);
  return performance.now() - start;
}

/** The longest that another client waited for the answer to a ping, while this was done: milliseconds. */
export async function longestPause(
  { address }: Probed,
  during: () => Promise<unknown>,
  settle = 500,
): Promise<number> {
  const quiet = await startQuiet(address, PING_MS);
  await delay(200);
  await during();
  await delay(settle);
  const { max } = await quiet.stop();
  return max!;
}

function subscription(filter: string): Uint8Array {
  const text = new TextEncoder().encode(filter);
  return Uint8Array.of(0x82, text.length + 5, 0, 1, 0, text.length, ...text, 0);
}
