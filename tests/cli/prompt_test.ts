/**
 * `midge passwd` at a terminal: `script` of util-linux gives it one. Skipped where that is missing, and
 * a failure there under MIDGE_REQUIRE_ALL=1.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { verifyPassword } from "../../lib/access/passwords/verifier.ts";
import { TempFolder } from "../support/midge_process.ts";
import { type Answer, atTerminal, noTerminal } from "../support/at_terminal.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const ASKING = new URL("./asking_process.ts", import.meta.url).pathname;

/** A program at the terminal, two questions of it, and an answer to each. */
function runAt(
  command: string,
  questions: readonly [string, string],
  answers: readonly [Answer, Answer],
) {
  const [first, second] = questions;
  const dialogue = [[first, answers[0]], [second, answers[1]]] as const;
  return atTerminal(`sh -c 'echo pid $$; exec "$@"' sh ${command}`, dialogue);
}

/** `midge passwd` for alice. */
function ask(file: string, first: Answer, second: Answer = "") {
  const command = `'${Deno.execPath()}' run --no-prompt --allow-read --allow-write ` +
    `'${MAIN}' passwd '${file}' alice`;
  return runAt(command, ["Password of alice:", "Once more:"], [first, second]);
}

/** The same, each answer with a Return behind it. */
function askTwice(file: string, first: string, second: string) {
  return ask(file, `${first}\r`, `${second}\r`);
}

const ignore = noTerminal();

Deno.test({ name: "asks twice and shows nothing that is typed", ignore }, async () => {
  await using folder = new TempFolder();
  const { code, shown } = await askTwice(`${folder.path}/p`, "sesame", "sesame");
  assertEquals([code, shown.includes("sesame")], [0, false]);
  const hash = folder.read("p").trim().slice("alice:".length);
  assertEquals(await verifyPassword(new TextEncoder().encode("sesame"), hash), true);
});

Deno.test({ name: "changes nothing when the two differ", ignore }, async () => {
  await using folder = new TempFolder();
  const { code, shown } = await askTwice(`${folder.path}/p`, "sesame", "sesam");
  assertEquals(code, 1);
  assertStringIncludes(shown, "the two passwords differ; nothing was changed");
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

const EDITED: [what: string, keys: string, password: string][] = [
  [
    "a character of several bytes is erased as one",
    "ses\u00e4\u20ac\u{1f600}\x7f\x7f\x7fame",
    "sesame",
  ],
  ["Ctrl-H erases too, and no more than there is", "x\b\b\bsesame", "sesame"],
  ["Ctrl-U erases all", "wrong \u00e4\x15sesame", "sesame"],
  ["other characters stay", "\u00e4 \u20ac\u{1f600}\t", "\u00e4 \u20ac\u{1f600}\t"],
  ["Ctrl-D behind a character does nothing", "ses\x04ame", "sesame"],
  ["arrows and other keys do nothing", "s\x1b[D\x1bOHes\x1b[1;5Came\x01\x1a\x1c", "sesame"],
  ["a paste between its marks", "\x1b[200~sesame\x1b[201~", "sesame"],
];

for (const [what, keys, password] of EDITED) {
  Deno.test({ name: `prompt: ${what}`, ignore }, async () => {
    await using folder = new TempFolder();
    const { code, shown } = await askTwice(`${folder.path}/p`, keys, password);
    assertEquals(code, 0, shown);
    const hash = folder.read("p").trim().slice("alice:".length);
    assertEquals(await verifyPassword(new TextEncoder().encode(password), hash), true);
  });
}

for (const end of ["\r", "\n", "\r\n"]) {
  Deno.test(
    { name: `prompt: both lines pasted at once, ${JSON.stringify(end)}`, ignore },
    async () => {
      await using folder = new TempFolder();
      const { code, shown } = await ask(`${folder.path}/p`, `sesame${end}sesame${end}`);
      assertEquals([code, shown.includes("sesame")], [0, false], shown);
      const hash = folder.read("p").trim().slice("alice:".length);
      assertEquals(await verifyPassword(new TextEncoder().encode("sesame"), hash), true);
    },
  );
}

const ENDED: [what: string, first: Answer, second: Answer, code: number, line: string][] = [
  ["Ctrl-C", "ses\x03", "", 130, ""],
  ["Ctrl-C at the second question", "sesame\r", "\x03", 130, ""],
  ["SIGINT", { signal: "SIGINT" }, "", 130, ""],
  ["SIGTERM", { signal: "SIGTERM" }, "", 143, ""],
  ["SIGHUP at the second question", "sesame\r", { signal: "SIGHUP" }, 143, ""],
  ["Ctrl-D", "\x04", "", 1, "midge: no password was given; nothing was changed"],
  ["Ctrl-D second", "a\r", "\x04", 1, "midge: no password was given; nothing was changed"],
  ["Return alone", "\r", "\r", 1, "midge: an empty password; nothing was changed"],
];

for (const [what, first, second, code, line] of ENDED) {
  Deno.test({ name: `prompt: ${what} ends it, nothing is changed`, ignore }, async () => {
    await using folder = new TempFolder();
    const outcome = await ask(`${folder.path}/p`, first, second);
    assertEquals(outcome.code, code, outcome.shown);
    assertStringIncludes(outcome.shown, line);
    assertEquals([...Deno.readDirSync(folder.path)], []);
  });
}

const GIVEN_BACK: [what: string, first: Answer, second: Answer, outcome: string][] = [
  ["answers", "a\r", "\u00e4\r", "outcome [[97],[195,164]]"],
  ["Ctrl-C", "a\x03", "", "outcome stopped by SIGINT"],
  ["Ctrl-D", "a\r", "\x04", "outcome [[97]]"],
  ["SIGTERM", "a\r", { signal: "SIGTERM" }, "outcome stopped by SIGTERM"],
];

for (const [what, first, second, outcome] of GIVEN_BACK) {
  Deno.test({ name: `prompt: the terminal is as before after ${what}`, ignore }, async () => {
    const command = `'${Deno.execPath()}' run --no-prompt --allow-run=stty '${ASKING}'`;
    const { code, shown } = await runAt(command, ["first?", "second?"], [first, second]);
    assertEquals(code, 0, shown);
    assertStringIncludes(shown, outcome);
    const modes = shown.split("\n").filter((line) => line.startsWith("modes "));
    assertEquals([modes.length, modes[0]], [2, modes[1]], shown);
  });
}
