/**
 * The executable: hands the arguments to lib/cli and ends with its exit code.
 * Invariant: what is imported here needs no package, so that a clone without network says so in one line.
 */
import { printProblem } from "./lib/cli/terminal.ts";
import { problemsOf } from "./lib/user_error.ts";

async function main(): Promise<number> {
  try {
    const { runCommandLine }: typeof import("./lib/cli/run.ts") = await import(
      new URL("./lib/cli/run.ts", import.meta.url).href
    );
    return await runCommandLine(Deno.args);
  } catch (error) {
    for (const problem of problemsOf(error)) printProblem(`midge: ${problem}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
