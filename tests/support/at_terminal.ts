/**
 * A program at a terminal, which `script` of util-linux gives it. Invariant: each answer is given once its question is
 * shown behind the one before.
 */
import { within } from "./raw_client.ts";

function hasScript(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    return new Deno.Command("script", { args: ["--version"] }).outputSync().success;
  } catch {
    return false; // not installed
  }
}

/** What is typed at a question: keys, or a signal to the process whose id the terminal has shown as `pid N`. */
export type Answer = string | { readonly signal: Deno.Signal };

/** Gives each answer once its question has been asked; the result is all that the terminal showed. */
async function converse(
  command: string,
  dialogue: readonly (readonly [question: string, answer: Answer])[],
): Promise<{ code: number; shown: string }> {
  const child = new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", command, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const open = [...dialogue];
  let shown = "";
  let answered = 0;
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    shown += decoder.decode(chunk, { stream: true });
    const at = open[0] === undefined ? -1 : shown.indexOf(open[0][0], answered);
    if (open[0] === undefined || at < 0) continue;
    answered = at + open[0][0].length;
    const answer = open.shift()![1];
    if (typeof answer === "string") await writer.write(new TextEncoder().encode(answer));
    else Deno.kill(Number(/pid (\d+)/.exec(shown)![1]), answer.signal);
  }
  await writer.close().catch(() => {}); // script is gone already
  return { code: (await child.status).code, shown };
}

/** Are tests at a terminal left out here? Not under MIDGE_REQUIRE_ALL=1. */
export function noTerminal(): boolean {
  return !hasScript() && Deno.env.get("MIDGE_REQUIRE_ALL") !== "1";
}

/**
 * Runs a command of the shell at a terminal.
 * @returns its exit code, and all that the terminal showed
 */
export function atTerminal(
  command: string,
  dialogue: readonly (readonly [question: string, answer: Answer])[],
): Promise<{ code: number; shown: string }> {
  return within(converse(command, dialogue), "it");
}
