/** A script of bench/ as a process of its own, on one broker. Invariant: it has begun when it has printed something. */
import type { TcpAddress } from "../lib/cli/load/target.ts";

/** A script that has begun. */
export interface RunningScript {
  readonly process: Deno.ChildProcess;
  /** What it prints after its first words. */
  readonly output: ReadableStreamDefaultReader<string>;
}

/** Starts a script with HOST and PORT as its first arguments; its standard input is a pipe. */
export async function startScript(
  url: string,
  address: TcpAddress,
  ...more: readonly string[]
): Promise<RunningScript> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net", url, address.hostname, `${address.port}`, ...more],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { done } = await output.read();
  if (done) throw new Error(`${url} did not begin`);
  return { process, output };
}
