/** The load generator under a look: the look begins when the rate is being measured, and ends before that does. */
import type { Measured } from "../../lib/cli/load/run.ts";
import type { Looked } from "./broker.ts";

/** Milliseconds: V8 has compiled what is hot. */
const WARM_UP = 2500;
/** A look ends so long before the measurement. Milliseconds. */
const MARGIN = 1000;

/** A look, and what passed in its time. */
export interface Under<T> {
  readonly look: T;
  /** Messages (deliveries) in the time of the look. */
  readonly messages: number;
  readonly measured: Measured;
}

/**
 * Puts a load on the broker and looks meanwhile.
 * @param seconds how long the look takes
 */
export async function underLoad<T>(
  load: string,
  { broker: { address }, pid }: Looked,
  seconds: number,
  look: () => Promise<T>,
): Promise<Under<T>> {
  const generator = new URL("../load/main.ts", import.meta.url).href;
  const times = ["--warm-up", `${WARM_UP}`, "--duration", `${seconds * 1000 + MARGIN}`];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", generator, load, `${address.hostname}:${address.port}`]
      .concat(["--pid", `${pid}`, "--announce"], times),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream());
  const said = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const result = Array.fromAsync(output);
  const { value = "", done } = await said.read();
  if (done || !value.startsWith("measuring")) throw new Error(`${load}: ${value.trim()}`);
  const looked = await look();
  const measured = JSON.parse((await result).join("")) as Measured;
  await said.cancel();
  await child.status;
  return { look: looked, messages: (measured["rate"] ?? NaN) * seconds, measured };
}
