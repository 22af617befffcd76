/** The near end of a pipe: does what the lines of its stdin say, and answers each with a line of JSON. */
import { TextLineStream } from "./lines.ts";
import { Near } from "./traffic.ts";
import { BETWEEN_PROCESSES, openStream, openWorker } from "./transports.ts";

const [transport, address] = Deno.args;
const near = new Near((onBatch) =>
  BETWEEN_PROCESSES.includes(transport!)
    ? openStream(transport!, address!, true, onBatch)
    : openWorker(transport!, onBatch)
);

function say(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

await near.ready();
say({});
for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
  const [what, first, second] = line.split(" ");
  if (what === "rate") say(await near.rate(Number(first), Number(second)));
  else if (what === "trips") say(await near.roundTrips(Number(first)));
}
Deno.exit();
