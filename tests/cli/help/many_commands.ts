/**
 * Runs many command lines in one process: JSON on stdin, a list of lists of arguments; a line of JSON each on stderr
 * says the exit code. Invariant: they run one after the other.
 */
import { runCommandLine } from "../../../lib/cli/run.ts";
import { writeAll } from "../../../lib/io.ts";

for (const args of JSON.parse(await new Response(Deno.stdin.readable).text()) as string[][]) {
  const code = await runCommandLine(args);
  await writeAll(Deno.stderr, new TextEncoder().encode(`${JSON.stringify({ args, code })}\n`));
}
