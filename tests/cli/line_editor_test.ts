/** Keys to lines, however the bytes are cut. */
import { assertEquals } from "@std/assert";
import { LineEditor } from "../../lib/cli/line_editor.ts";
import { Random } from "../support/random.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** What the keys come to. */
function typed(keys: string): string[] {
  const editor = new LineEditor();
  const results: string[] = [];
  for (const byte of ENCODER.encode(keys)) {
    const result = editor.type(byte);
    if (result instanceof Uint8Array) results.push(`line ${DECODER.decode(result)}`);
    else if (result !== undefined) results.push(result);
  }
  return results;
}

Deno.test("line editor: line ends", () => {
  assertEquals(typed("a\rb\nc\r\nd\n\re"), ["line a", "line b", "line c", "line d", "line "]);
  assertEquals(typed("\r\r"), ["line ", "line "]);
});

Deno.test("line editor: Ctrl-C at any time, Ctrl-D on an empty line", () => {
  assertEquals(typed("a\x03"), ["interrupt"]);
  assertEquals(typed("a\x04\r\x04"), ["line a", "end"]);
  assertEquals(typed("a\x7f\x04"), ["end"]);
  assertEquals(typed("\x1b\x03\x1b[\x03\x1bO\x03"), ["interrupt", "interrupt", "interrupt"]);
});

Deno.test("line editor: keys without a character", () => {
  assertEquals(typed("a\x1b[Ab\x1bOPc\x1b[3~d\x1b[1;5Ce\r"), ["line abcde"]);
  assertEquals(typed("\x1b[200~a\rb\x1b[201~\r"), ["line a", "line b"]);
  assertEquals(typed("a\x1bb\x1b\x1b[Ac\r"), ["line abc"]);
  assertEquals(typed("a\x1b[\rb\x1bO\r"), ["line a", "line b"]);
  assertEquals(typed("a\0\x01\x0c\x1fb\tc\r"), ["line ab\tc"]);
});

Deno.test("line editor: any keys come to what a list of characters comes to", () => {
  const keys = [
    "a",
    "[",
    "O",
    "~",
    "\u00e4",
    "\u20ac",
    "\u{1f600}",
    "\x7f",
    "\b",
    "\x15",
    "\x1b[A",
  ];
  for (let seed = 0; seed < 500; seed++) {
    const random = new Random(seed);
    const pressed = random.list(0, 30, () => random.pick(keys));
    const wanted: string[] = [];
    for (const key of pressed) {
      if (key === "\x7f" || key === "\b") wanted.pop();
      else if (key === "\x15") wanted.length = 0;
      else if (key !== "\x1b[A") wanted.push(key);
    }
    assertEquals(typed(pressed.join("") + "\r"), [`line ${wanted.join("")}`], `seed ${seed}`);
  }
});
