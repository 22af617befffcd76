/** The parts of `midge pub` and `midge sub` that need no process: options, lines, output, formats. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/cli/flags.ts";
import { linesOf, wholeOf } from "../../lib/cli/input_lines.ts";
import { textFormat } from "../../lib/cli/message_format.ts";
import { describeOptions, type OptionTable, readOptions } from "../../lib/cli/options.ts";
import { Output } from "../../lib/cli/output.ts";
import { ReceivedMessage } from "../../lib/client/message.ts";
import { Random } from "../support/random.ts";

const TABLE = {
  "text": { names: ["text", "t"], value: "TEXT", help: "a text" },
  "more": { names: ["more", "also", "m"], value: "TEXT", help: "more\nof it" },
  "switch": { names: ["switch", "s"], help: "a switch" },
  "other": { names: ["other", "o"], help: "another" },
} as const satisfies OptionTable;

const read = (...args: string[]) => readOptions(args, TABLE);

Deno.test("options: a value is whatever stands next", () => {
  assertEquals(read("-t", "-5").last("text"), "-5");
  assertEquals(read("--text", "--switch").last("text"), "--switch");
  assertEquals(read("-t", "").last("text"), "");
  assertEquals(read("--text=").last("text"), "");
  assertEquals(read("--text=a=b").last("text"), "a=b");
  assertEquals(read("-m", "1", "--also", "2").all("more"), ["1", "2"]);
  assertEquals(read("-so").has("other"), true);
  assertEquals(read("-st", "x").last("text"), "x");
  assertEquals(read().has("switch"), false);
});

Deno.test("options: what is not understood", () => {
  const says = (line: string, ...args: string[]) =>
    assertStringIncludes((assertThrows(() => read(...args), UsageError) as Error).message, line);
  says("unknown flag --txt; did you mean --text?", "--txt", "x");
  says("unknown flag -x", "-x");
  says("unknown flag --t", "--t", "x");
  says("--text needs a value", "--text");
  says("-t needs a value", "-t");
  says("-t needs a space before its value", "-tx");
  says("--switch takes no value", "--switch=yes");
  says('unexpected argument "x"', "x");
  says('unexpected argument "-"', "-");
});

Deno.test("options: numbers and seconds", () => {
  const table = { n: { names: ["n"], value: "N", help: "" } } as const satisfies OptionTable;
  const given = (value: string) => readOptions(["-n", value], table);
  assertEquals(given("12").integer("n", 0), 12);
  assertEquals(given("0.25").seconds("n"), 250);
  for (const wrong of ["-1", "1.5", "x", "1e3", ""]) {
    assertThrows(() => given(wrong).integer("n", 0), UsageError);
  }
  for (const wrong of ["-1", "x", ""]) assertThrows(() => given(wrong).seconds("n"), UsageError);
  assertThrows(() => given("3").integer("n", 0, 2), UsageError);
});

Deno.test("options: the help has a line for each", () => {
  assertEquals(describeOptions(TABLE).split("\n"), [
    "  --text, -t TEXT               a text",
    "  --more, --also, -m TEXT       more",
    "                                of it",
    "  --switch, -s                  a switch",
    "  --other, -o                   another",
  ]);
});

/** Text in chunks of the given sizes. */
async function* chunksOf(text: string, random: Random): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(7);
    yield bytes.subarray(at, at + size);
    at += size;
  }
  await Promise.resolve();
}

Deno.test("input: lines and wholes, however the stream is cut", async () => {
  const texts = ["", "\n", "a", "a\n", "a\r\nb", "\r\n\r\n", "\r", "ä\nö\r\n\nü", "x".repeat(100)];
  for (let seed = 0; seed < 50; seed++) {
    for (const text of texts) {
      const got: string[] = [];
      for await (const line of linesOf(chunksOf(text, new Random(seed)))) {
        got.push(new TextDecoder().decode(line));
      }
      const expected = text.split("\n").map((line) => line.replace(/\r$/, ""));
      if (text.endsWith("\n") || text === "") expected.pop();
      assertEquals(got, expected, JSON.stringify(text));
      const whole = await wholeOf(chunksOf(text, new Random(seed)));
      assertEquals(new TextDecoder().decode(whole), text);
    }
  }
});

Deno.test("output: in order, gathered while a write is under way, whoever is too fast waits", async () => {
  const writes: { bytes: Uint8Array; done: (count: number) => void }[] = [];
  const output = new Output({
    write: (bytes) => new Promise((done) => writes.push({ bytes: bytes.slice(), done })),
  });
  const text = (value: string) => new TextEncoder().encode(value);
  assertEquals(output.write(text("a"), text("b")), undefined);
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(output.write(text("c")), undefined);
  assertEquals(output.write(text("d")), undefined);
  const tooMuch = output.write(new Uint8Array(300_000));
  assert(tooMuch instanceof Promise);
  const got: number[] = [];
  while (writes.length > 0) {
    const { bytes, done } = writes.shift()!;
    const count = Math.min(bytes.length, 100_000);
    got.push(count);
    done(count);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await tooMuch;
  await output.flush();
  assertEquals(got, [2, 100_000, 100_000, 100_000, 2]);
});

Deno.test("output: a reader that has gone away is no error, any other failure is one", async () => {
  const gone = new Output({ write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")) });
  gone.write(new Uint8Array(1));
  await gone.flush();
  assertEquals([gone.isClosed, gone.write(new Uint8Array(1))], [true, undefined]);
  const full = new Output({ write: () => Promise.reject(new Error("disk full")) });
  full.write(new Uint8Array(1));
  assertEquals(await full.flush().catch((error) => error.message), "disk full");
});

Deno.test("format: every field, escapes, and what is unknown", () => {
  const message = new ReceivedMessage("a/b", Uint8Array.of(0x41, 0xff), 2, true, false);
  const time = new Date(1_700_000_000_123);
  const show = (format: string) => {
    const parts = textFormat(format, () => time, "")(message);
    return parts.map((part) => [...part].map((byte) => String.fromCharCode(byte)).join("")).join(
      "",
    );
  };
  assertEquals(show("%t %q %r %l %x %X %b %%"), "a/b 2 1 2 41ff 41FF Qf8= %");
  assertEquals(show("%p"), "A\xff");
  assertEquals(show("%I|%U"), "2023-11-14T22:13:20.123Z|1700000000.123");
  assertEquals(show("\\t\\n\\\\\\z"), "\t\n\\\\z");
  assertEquals(show(""), "");
  assertThrows(() => show("%y"), UsageError);
});
