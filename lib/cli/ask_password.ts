/**
 * A new password from the terminal or stdin, never from the command line. Called by `midge passwd` and `midge db`.
 * Invariant: what is typed is not shown, and has to be typed twice.
 */
import { promptSecret } from "@std/cli/prompt-secret";
import { UserError } from "../user_error.ts";

/** @std/cli's prompt: the line typed, shown as nothing; null when stdin is no terminal. */
const prompt: (message: string, options: { mask: string }) => string | null = promptSecret;

/**
 * Asks twice; when stdin is no terminal, its first line is the password.
 * @throws {UserError} when it is empty or the two differ
 */
export async function askPassword(user: string): Promise<Uint8Array> {
  const password = Deno.stdin.isTerminal() ? askTwice(user) : await firstLineOfStdin();
  if (password.length === 0) throw new UserError("an empty password; nothing was changed");
  return password;
}

function askTwice(user: string): Uint8Array {
  const first = askHidden(`Password of ${user}:`);
  const second = askHidden("Once more:");
  if (first !== second) throw new UserError("the two passwords differ; nothing was changed");
  return new TextEncoder().encode(first);
}

/** Asks without showing the answer, not even what is typed before the question is there. */
function askHidden(question: string): string {
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  return prompt(question, { mask: "" }) ?? "";
}

/** The first line of stdin without its line end, as bytes: a password need not be text. */
async function firstLineOfStdin(): Promise<Uint8Array> {
  const bytes = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  const end = bytes.indexOf(0x0a);
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
