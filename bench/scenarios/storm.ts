/** Clients that come at fixed times and stay. Invariant: a client that is late is not left out; its wait counts. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Schedule } from "../../lib/cli/load/open_loop.ts";
import { cpuSeconds, delay, type LoadOptions, type Measured } from "../../lib/cli/load/run.ts";
import { Histogram } from "./histogram.ts";
import type { Storm } from "./list.ts";
import { LoopTurns } from "./loop_turns.ts";

const SMALL_BUFFER = 64;
/** As `runTraffic`; a connection counts when CONNACK has come. */
export async function runStorm(
  { target, pid, patience = 10_000 }: LoadOptions,
  { connections, rate }: Storm,
): Promise<Measured> {
  const [times, late] = [new Histogram(), new Histogram()];
  const opened: LoadConnection[] = [];
  const waiting: Promise<void>[] = [];
  using turns = await LoopTurns.open();
  const before = await cpuSeconds(pid);
  const start = performance.now();
  const schedule = new Schedule(rate, start);
  let last = start;
  const connect = async (index: number) => {
    const due = schedule.timeOf(index);
    late.add(performance.now() - due);
    try {
      opened.push(await LoadConnection.open(target, `storm${index}`, SMALL_BUFFER));
      last = performance.now();
      times.add(last - due);
    } catch { /* it counts as lost */ }
  };
  while (waiting.length < connections) {
    const due = Math.min(connections, schedule.dueBy(performance.now()));
    while (waiting.length < due) waiting.push(connect(waiting.length));
    await turns.until(schedule.timeOf(waiting.length));
  }
  await Promise.race([Promise.all(waiting), delay(patience)]);
  const cpu = (await cpuSeconds(pid) - before) / opened.length * 1e6;
  const measured = {
    offered: rate,
    rate: opened.length / (last - start) * 1000,
    lost: connections - opened.length,
    ...(pid === undefined ? {} : { cpu }),
    ...times.percentiles(),
    late50: late.at(0.5),
    late99: late.at(0.99),
  };
  for (const connection of opened) connection.close();
  return measured;
}
