/** What an error says in one line. */
import { assertEquals } from "@std/assert";
import { messageOf, UserError } from "../lib/user_error.ts";

Deno.test("the system's words stay, Deno's call behind them does not", async () => {
  const path = "/no/such folder/x.tmp";
  const error = await Deno.readFile(path).then(() => undefined, (cause) => cause);
  assertEquals(error.message.includes(path), true, "there is something to leave out");
  assertEquals(messageOf(error), error.message.split(": ")[0]);
  assertEquals(messageOf(new Error("a: readfile 'b'")), "a: readfile 'b'");
});

Deno.test("a list of known words stands in the first line that has it", () => {
  const lines = ["a: unknown; known keys: x, y", "b: unknown; did you mean x? Known keys: x, y"];
  assertEquals(new UserError([...lines, "c: unknown; known keys: z"]).problems, [
    lines[0]!,
    "b: unknown; did you mean x?",
    "c: unknown; known keys: z",
  ]);
});

Deno.test("a line has no colours, which Deno's words have on a terminal", () => {
  const coloured = 'Module not found "\x1b[36mfile:///p.js\x1b[0m".\n    at \x1b[33m1\x1b[0m';
  assertEquals(messageOf(new TypeError(coloured)), 'Module not found "file:///p.js".');
});
