/**
 * Questions at the terminal whose answers are not shown. Invariant: the terminal is as it was before, whatever ends
 * the questions: answers, Ctrl-C, Ctrl-D, a signal, an error.
 */
import { LineEditor } from "./line_editor.ts";
import { EXIT_CODES, listenToSignals, Stopped } from "./signals.ts";
import { endPrompt, printPrompt } from "./terminal.ts";

/**
 * Asks one question after the other; what is typed or pasted ahead answers the next one.
 * @returns the answers as the bytes that were typed; fewer than the questions after Ctrl-D or a hang-up
 * @throws {Stopped} at Ctrl-C, SIGINT, SIGTERM and SIGHUP
 */
export async function askHidden(questions: readonly string[]): Promise<Uint8Array[]> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const unlisten = listenToSignals({
    stop: (signal) => reject(new Stopped(signal)),
    force: (signal) => {
      Deno.stdin.setRaw(false);
      Deno.exit(EXIT_CODES[signal]);
    },
    reload: () => reject(new Stopped("SIGTERM")),
  });
  try {
    // Without cbreak: Ctrl-C is a byte, and the terminal is given back before the process ends.
    Deno.stdin.setRaw(true);
    return await Promise.race([askAll(questions), stopped]);
  } catch (error) {
    endPrompt();
    throw error;
  } finally {
    Deno.stdin.setRaw(false);
    unlisten();
  }
}

async function askAll(questions: readonly string[]): Promise<Uint8Array[]> {
  const lines = typedLines();
  const answers: Uint8Array[] = [];
  for (const question of questions) {
    printPrompt(question);
    const { value: line, done } = await lines.next();
    endPrompt();
    if (done) break;
    answers.push(line);
  }
  return answers;
}

/** Lines as they are typed, until Ctrl-D or a hang-up. */
async function* typedLines(): AsyncGenerator<Uint8Array, void> {
  const editor = new LineEditor();
  const buffer = new Uint8Array(256);
  let count: number | null;
  while ((count = await Deno.stdin.read(buffer)) !== null) {
    for (const byte of buffer.subarray(0, count)) {
      const typed = editor.type(byte);
      if (typed === "end") return;
      if (typed === "interrupt") throw new Stopped("SIGINT");
      if (typed !== undefined) yield typed;
    }
  }
}
