/**
 * The generator's own limit: how precisely it sends at a rate, to a program that only reads. `limit.ts HOST:PORT RATE`
 * prints a line of JSON: `rate` that was sent, `late50` and `late99` in microseconds.
 */
import { publishFrame } from "../../lib/cli/load/frames.ts";
import { openAll } from "../../lib/cli/load/open.ts";
import { type Lane, pace } from "../../lib/cli/load/open_loop.ts";
import { Run } from "../../lib/cli/load/run.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { print } from "../terminal.ts";
import { Histogram } from "./histogram.ts";
import { LoopTurns } from "./loop_turns.ts";

const PUBLISHERS = 100;
const SIZE = 16;
/** Milliseconds. */
const WARM_UP = 500;
const DURATION = 1500;

const [address = "", rate] = Deno.args;
const [hostname = "", port] = address.split(":");
const target = tcpTarget({ hostname, port: Number(port) });
const lanes = (await openAll(target, "pub", PUBLISHERS)).map((publisher, i): Lane => ({
  publisher,
  frame: publishFrame(`test/${i}`, 0, SIZE),
  underWay: 0,
  packetId: 0,
}));
using turns = await LoopTurns.open();
const load = new Run({ target, duration: DURATION, warmUp: WARM_UP, pid: undefined });
let late = new Histogram();
const sending = pace(load, lanes, {
  qos: 0,
  size: SIZE,
  rate: Number(rate),
  pause: (next) => turns.until(next),
  late: (by) => late.add(by),
});
await new Promise((resolve) => setTimeout(resolve, WARM_UP));
late = new Histogram();
const start = performance.now();
await new Promise((resolve) => setTimeout(resolve, DURATION));
const sent = late.count / (performance.now() - start) * 1000;
load.stopped = true;
await sending;
print(JSON.stringify({ rate: sent, late50: late.at(0.5), late99: late.at(0.99) }));
Deno.exit();
