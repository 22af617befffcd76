/**
 * Questions of `midge init` at a terminal. Invariants: Return alone takes what stands in brackets; a wrong answer is
 * asked again; Ctrl-C and Ctrl-D end it, and nothing has been written then.
 */
import { equalBytes } from "../../equal.ts";
import { UserError } from "../../user_error.ts";
import { askHidden } from "../hidden_prompt.ts";
import { printProblem, printPrompt } from "../terminal.ts";

/** Who answers. */
export interface Asker {
  /**
   * A line.
   * @param otherwise what Return alone means
   * @param problem what is wrong with an answer; it is asked again then
   */
  line(
    question: string,
    otherwise: string,
    problem: (answer: string) => string | undefined,
  ): Promise<string>;
  /** A password; undefined: one is to be made up. */
  password(user: string): Promise<Uint8Array | undefined>;
}

/** At the terminal that stdin is. */
export const TERMINAL: Asker = {
  async line(question, otherwise, problem) {
    while (true) {
      printPrompt(`${question} [${otherwise}]:`);
      const answer = (await typedLine()).trim() || otherwise;
      const wrong = problem(answer);
      if (wrong === undefined) return answer;
      printProblem(wrong);
    }
  },
  async password(user) {
    const [first] = await askHidden([`Password of ${user} (Return makes one up):`]);
    if (first === undefined) throw ended();
    if (first.length === 0) return undefined;
    const [second] = await askHidden(["Once more:"]);
    if (second === undefined) throw ended();
    if (equalBytes(first, second)) return first;
    printProblem("the two passwords differ");
    return await TERMINAL.password(user);
  },
};

function ended(): UserError {
  return new UserError("no answer; nothing was written");
}

/** The terminal gives whole lines, and edits them itself. */
async function typedLine(): Promise<string> {
  const buffer = new Uint8Array(1024);
  const count = await Deno.stdin.read(buffer);
  if (count === null || count === 0) throw ended();
  return new TextDecoder().decode(buffer.subarray(0, count));
}
