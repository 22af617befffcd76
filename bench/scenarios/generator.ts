/**
 * One scenario on one broker, in a process apart from it; prints one line of JSON:
 *
 *     deno run --allow-all bench/scenarios/generator.ts NAME HOST:PORT --pid PID
 */
import { parseArgs } from "node:util";
import { targetOf } from "../load/targets.ts";
import { messageOf } from "../../lib/user_error.ts";
import { note, print } from "../terminal.ts";
import { SCENARIOS } from "./list.ts";
import { runStorm } from "./storm.ts";
import { runTraffic } from "./traffic.ts";

/** Seconds; as the suite has it. Nothing here lasts as long. */
const KEEP_ALIVE = 300;
/** Milliseconds for the last messages. */
const PATIENCE = 3000;

async function main(): Promise<void> {
  const { values, positionals: [name, address = ""] } = parseArgs({
    allowPositionals: true,
    options: {
      pid: { type: "string" },
      "warm-up": { type: "string", default: "1500" },
      duration: { type: "string", default: "3000" },
    },
  });
  const { transport = "tcp", traffic, storm } = SCENARIOS.find((one) => one.name === name)!;
  const [hostname = "", port] = address.split(":");
  const options = {
    target: { ...targetOf(transport, { hostname, port: Number(port) }), keepAlive: KEEP_ALIVE },
    duration: Number(values.duration),
    warmUp: Number(values["warm-up"]),
    patience: PATIENCE,
    pid: values.pid === undefined ? undefined : Number(values.pid),
  };
  const measured = storm === undefined
    ? await runTraffic(options, traffic!)
    : await runStorm(options, storm);
  print(JSON.stringify(measured));
}

try {
  await main();
} catch (error) {
  note(messageOf(error));
  Deno.exit(1);
}
Deno.exit();
