/**
 * What goes to the disk, since flash wears: for 1,000 messages at QoS 1, and for an hour in which nothing happens.
 * Invariant: the numbers are the kernel's for the broker's process (/proc/PID/io); what the file system adds for itself
 * is in none of them.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { delay, type Measured } from "../../lib/cli/load/run.ts";
import { type Target, tcpTarget } from "../../lib/cli/load/target.ts";
import type { RunningBroker } from "../brokers.ts";
import { bytesWritten } from "../written_bytes.ts";
import { storingMidge, storingMosquitto } from "./brokers.ts";
import { runsTable, type Shown } from "./medians.ts";
import { allOf, type PartOptions, startAll, takeTurns } from "./part.ts";
import { keptSubscriber, publishAll } from "./traffic.ts";

const RUNS = 3;
const MESSAGES = 1000;
/** Milliseconds for the last acknowledgements to be written. */
const SETTLE = 500;
const IDLE = 120_000;
const HOUR = 3_600_000;
const CLIENTS = 20;

const SHOWN: readonly Shown[] = [
  { value: "thereDisk", title: "one at a time, subscriber there: KB to the disk" },
  { value: "thereCalled", title: "- KB given to write()" },
  { value: "awayDisk", title: "one at a time, subscriber away: KB to the disk" },
  { value: "awayCalled", title: "- KB given to write()" },
  { value: "manyThereDisk", title: "100 under way, subscriber there: KB to the disk" },
  { value: "manyThereCalled", title: "- KB given to write()" },
  { value: "manyAwayDisk", title: "100 under way, subscriber away: KB to the disk" },
  { value: "manyAwayCalled", title: "- KB given to write()" },
];
const SHOWN_IDLE: readonly Shown[] = [
  { value: "disk", title: "KB to the disk" },
  { value: "called", title: "KB given to write()" },
];

/** For 1,000 messages. */
export async function written(options: PartOptions): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const kinds = await allOf(
    stack,
    storingMidge("off", options),
    storingMidge("os", options),
    storingMidge("full", options),
    storingMosquitto("default", options),
    storingMosquitto("onChanges", options),
  );
  const running = await startAll(stack, kinds);
  const sides = running.map((broker) => ({ name: broker.name, measure: () => messages(broker) }));
  const runs = await takeTurns("written", options.runs ?? RUNS, sides, options);
  return runsTable("1,000 messages at QoS 1", runs, SHOWN);
}

async function messages(broker: RunningBroker): Promise<Measured> {
  const target = { ...tcpTarget(broker.address), prefix: `${Date.now()}-` };
  const [there, away] = [
    await wrote(broker, target, 1, true),
    await wrote(broker, target, 1, false),
  ];
  const [manyThere, manyAway] = [
    await wrote(broker, target, 100, true),
    await wrote(broker, target, 100, false),
  ];
  return {
    ...named("there", there),
    ...named("away", away),
    ...named("manyThere", manyThere),
    ...named("manyAway", manyAway),
  };
}

const named = (name: string, { disk, called }: Measured): Measured => ({
  [`${name}Disk`]: disk!,
  [`${name}Called`]: called!,
});

/** What a broker writes for the messages. */
async function wrote(
  broker: RunningBroker,
  target: Target,
  window: number,
  isThere: boolean,
): Promise<Measured> {
  const topic = `bench/written/${window}/${isThere}`;
  const name = `reader-${window}-${isThere}`;
  const subscriber = await keptSubscriber(target, name, [topic]);
  if (!isThere) subscriber.close();
  await delay(SETTLE);
  const before = bytesWritten(broker.pid!);
  await publishAll(target, { count: MESSAGES, topicOf: () => topic, window });
  await delay(SETTLE);
  const after = bytesWritten(broker.pid!);
  if (isThere) subscriber.close();
  await endSession(target, name);
  return difference(before, after, 1);
}

/** So that what waits for it is not written again and again by a broker that writes all of its state. */
async function endSession(target: Target, clientId: string): Promise<void> {
  (await LoadConnection.open(target, clientId)).close();
}

/** KB (1,000 bytes). */
function difference(
  before: ReturnType<typeof bytesWritten>,
  after: ReturnType<typeof bytesWritten>,
  factor: number,
): Measured {
  return {
    disk: (after.toDisk - before.toDisk) / 1000 * factor,
    called: (after.called - before.called) / 1000 * factor,
  };
}

/** For an hour in which twenty clients with kept sessions are connected; two minutes of it are measured. */
export async function idle(options: PartOptions): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const kinds = await allOf(
    stack,
    storingMidge("off", options),
    storingMidge("full", options),
    storingMosquitto("default", options),
    storingMosquitto("onChanges", options),
  );
  const running = await startAll(stack, kinds);
  for (const { address } of running) {
    for (let i = 0; i < CLIENTS; i++) {
      const client = await keptSubscriber(tcpTarget(address), `idle${i}`, [`bench/idle/${i}`]);
      stack.defer(() => client.close());
    }
  }
  await delay(SETTLE);
  const before = running.map(({ pid }) => bytesWritten(pid!));
  options.note(`idle: ${IDLE / 1000} s`);
  await delay(IDLE);
  const runs = Object.fromEntries(running.map(({ name, pid }, i) => {
    return [name, [difference(before[i]!, bytesWritten(pid!), HOUR / IDLE)]] as const;
  }));
  return runsTable(
    "an idle hour, 20 clients connected, $SYS as it is by default",
    runs,
    SHOWN_IDLE,
  );
}
