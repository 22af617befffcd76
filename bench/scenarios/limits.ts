/** The generator's own limit at some rates: limit.ts beside sink.ts, each a process. */
import type { Measured } from "../../lib/cli/load/run.ts";
import { kill } from "../../tests/support/kill.ts";

/** Messages a second, one write each. */
const RATES = [1000, 10_000, 50_000, 100_000, 200_000];

/** A row a rate: `asked`, `rate`, `late50`, `late99`. @param note is told of each */
export async function limits(note: (text: string) => void): Promise<Measured[]> {
  const sink = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", new URL("sink.ts", import.meta.url).href],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const said = sink.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const port = Number((await said.read()).value);
    const rows: Measured[] = [];
    for (const asked of RATES) {
      const row = { asked, ...await limitAt(port, asked) };
      note(`limit: ${JSON.stringify(row)}`);
      rows.push(row);
    }
    return rows;
  } finally {
    kill(sink);
    await sink.status;
    await said.cancel();
  }
}

async function limitAt(port: number, rate: number): Promise<Measured> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", new URL("limit.ts", import.meta.url).href]
      .concat([`127.0.0.1:${port}`, `${rate}`]),
    stdin: "null",
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)) as Measured;
}
