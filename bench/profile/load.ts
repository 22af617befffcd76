/** The load generator under a look: the look begins when the rate is being measured, and ends before that does. */
import type { Measured } from "../../lib/cli/load/run.ts";
import type { Looked } from "./broker.ts";
import { type Mark, rateBetween } from "./marks.ts";

/** Milliseconds: V8 has compiled what is hot. */
const WARM_UP = 2500;
/** A look ends so long before the measurement. Milliseconds. */
const MARGIN = 1500;

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
  const marks: Mark[] = [];
  const begun = Promise.withResolvers<void>();
  const said = follow(child.stderr, marks, begun.resolve);
  const result = Array.fromAsync(output);
  await Promise.race([begun.promise, said]);
  if (marks.length === 0) throw new Error(`${load}: ${(await said).trim()}`);
  const from = performance.now();
  const looked = await look();
  const to = performance.now();
  const measured = JSON.parse((await result).join("")) as Measured;
  await said;
  await child.status;
  return { look: looked, messages: rateBetween(marks, from, to) * seconds, measured };
}

/** Keeps what the generator says has arrived, and gives back what else it says. */
async function follow(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  marks: Mark[],
  begun: () => void,
): Promise<string> {
  let other = "";
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const count = /^measuring (\d+)$/.exec(line)?.[1];
      if (count === undefined) other += `${line}\n`;
      else marks.push({ at: performance.now(), count: Number(count) });
    }
    if (marks.length > 0) begun();
  }
  return other + rest;
}
