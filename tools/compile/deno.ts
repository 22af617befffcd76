/**
 * Runs the Deno that runs this. Invariant: what it has printed is shown when it fails, and only then.
 */
import { UserError } from "../../lib/user_error.ts";

/**
 * @param args as on the command line
 * @param cwd the folder to run in
 * @param what for the sentence when it fails, such as `the bundler`
 */
export async function runDeno(args: readonly string[], cwd: string, what: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    stdin: "null",
  }).output();
  if (success) return;
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n").trim();
  const [said = ""] = text.split(/\n\s*Stack backtrace:/);
  const lines = said.split("\n").filter((line) => !/^\s*(Download|$)/.test(line));
  throw new UserError([`${what} failed: ${lines.slice(-12).join("\n  ")}`]);
}
