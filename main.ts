/**
 * The executable: hands the arguments to lib/cli and ends with its exit code.
 */
import { runCommandLine } from "./lib/cli/run.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args));
