/** How fast messages at QoS 1 pass: to kept sessions, which storage is for, and to clean ones, which it must not touch. */
import { measure } from "../measure.ts";
import { storingMidge, storingMosquitto } from "./brokers.ts";
import { medianOf, runsTable, type Shown } from "./medians.ts";
import { allOf, type PartOptions, startAll, takeTurns } from "./part.ts";

const RUNS = 7;
const SHOWN: readonly Shown[] = [
  { value: "rate", title: "messages/s" },
  { value: "cpu", title: "broker's CPU a message, µs" },
  { value: "lost", title: "lost" },
];

/** Ten pairs whose subscribers have kept sessions. */
export function kept(options: PartOptions): Promise<string> {
  return rates("kept-qos1", "10 pairs at QoS 1, kept sessions", options, [
    storingMidge("off", options),
    storingMidge("os", options),
    storingMidge("full", options),
    storingMosquitto("default", options),
    storingMosquitto("onChanges", options),
  ]);
}

/** Ten pairs whose subscribers have clean sessions. */
export function clean(options: PartOptions): Promise<string> {
  return rates("pairs-qos1", "10 pairs at QoS 1, clean sessions", options, [
    storingMidge("off", options),
    storingMidge("full", options),
  ]);
}

async function rates(
  load: string,
  title: string,
  options: PartOptions,
  kinds: Parameters<typeof allOf>[1][],
): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const running = await startAll(stack, await allOf(stack, ...kinds));
  const how = { duration: options.duration, mqtt: undefined, stop: options.stop };
  const sides = running.map((broker) => ({
    name: broker.name,
    measure: () => measure(load, broker, how),
  }));
  const runs = await takeTurns(load, options.runs ?? RUNS, sides, options);
  const [off, full] = ["Midge, off", "Midge, full"].map((name) => medianOf(runs, name, "rate"));
  const share = (full! / off! * 100).toFixed(0);
  return `${runsTable(title, runs, SHOWN)}\n\nfull / off: ${share} % of the rate.`;
}
