/**
 * A program that asks two hidden questions and says the terminal's modes before and after them. Invariant:
 * it lives on behind the questions, since Deno itself gives a terminal back when a process ends.
 */
import { askHidden } from "../../lib/cli/hidden_prompt.ts";
import { Stopped } from "../../lib/cli/signals.ts";
import { printLine } from "../../lib/cli/terminal.ts";

async function printModes(): Promise<void> {
  const command = new Deno.Command("stty", { args: ["-g"], stdin: "inherit" });
  const { stdout } = await command.output();
  printLine(`modes ${new TextDecoder().decode(stdout).trim()}`);
}

/** The answers, or what ended the questions. */
async function outcome(): Promise<string> {
  try {
    const answers = await askHidden(["first?", "second?"]);
    return JSON.stringify(answers.map((answer) => [...answer]));
  } catch (error) {
    if (error instanceof Stopped) return error.message;
    throw error;
  }
}

await printModes();
printLine(`outcome ${await outcome()}`);
await printModes();
Deno.exit(0);
