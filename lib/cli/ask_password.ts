/**
 * A new password from the terminal or stdin, never from the command line. Invariant: what is typed is not shown, and
 * has to be typed twice.
 */
import { equalBytes } from "../equal.ts";
import { UserError } from "../user_error.ts";
import { askHidden } from "./hidden_prompt.ts";

/**
 * Asks twice; when stdin is no terminal, its first line is the password.
 * @param isFromStdin its first line is, whatever it is
 * @throws {UserError} when it is empty or the two differ
 * @throws {Stopped} when a person or a signal ends the question
 */
export async function askPassword(user: string, isFromStdin = false): Promise<Uint8Array> {
  const isAsked = Deno.stdin.isTerminal() && !isFromStdin;
  const password = isAsked ? await askTwice(user) : await firstLineOfStdin();
  if (password.length === 0) throw new UserError("an empty password; nothing was changed");
  return password;
}

async function askTwice(user: string): Promise<Uint8Array> {
  const [first, second] = await askHidden([`Password of ${user}:`, "Once more:"]);
  if (first === undefined || second === undefined) {
    throw new UserError("no password was given; nothing was changed");
  }
  if (equalBytes(first, second)) return first;
  throw new UserError("the two passwords differ; nothing was changed");
}

/** The first line of stdin without its line end, as bytes: a password need not be text. */
async function firstLineOfStdin(): Promise<Uint8Array> {
  const bytes = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  const end = bytes.indexOf(0x0a);
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
