/** The parts of `midge pub` and `midge sub` that need no process: options, lines, output, formats. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { linesOf, wholeOf } from "../../lib/cli/input_lines.ts";
import { textFormat } from "../../lib/cli/message_format.ts";
import type { GivenOptions } from "../../lib/cli/given_options.ts";
import {
  describeOptions,
  type OptionSpec,
  type OptionTable,
  spellingOf,
} from "../../lib/cli/option_table.ts";
import { readOptions } from "../../lib/cli/options.ts";
import { Output } from "../../lib/cli/output.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
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
  says('unexpected argument "mqtt://u:***@h"', "mqtt://u:secret@h");
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

const RICH = {
  "level": { names: ["level", "l"], value: "N", default: "3", help: "how far" },
  "file": { names: ["file", "in", "f"], value: "FILE", filled: true, help: "a file" },
  "no-line-end": { names: ["no-line-end", "N"], help: "a switch with a no" },
  "verbose": { names: ["verbose", "v"], help: "a switch" },
} as const satisfies OptionTable;

Deno.test("options: a default stands in, and the help says it", () => {
  const given = readOptions([], RICH);
  assertEquals([given.last("level"), given.integer("level", 0), given.has("level")], [
    "3",
    3,
    false,
  ]);
  assertEquals(given.all("level"), []);
  assertEquals(readOptions(["-l", "4"], RICH).integer("level", 0), 4);
  assertStringIncludes(describeOptions(RICH), "how far; default 3");
});

Deno.test("options: operands before, between and behind, all behind --", () => {
  const operands = (...args: string[]) => readOptions(args, RICH, ["A", "[B]"]).operands;
  assertEquals(operands("a", "-v", "b"), ["a", "b"]);
  assertEquals(operands("-v", "true"), ["true"]);
  assertEquals(operands("--verbose", "false", "-N"), ["false"]);
  assertEquals(operands("--", "--level", "-v"), ["--level", "-v"]);
  assertEquals(operands("--", "--"), ["--"]);
  assertEquals(operands("", "0x10"), ["", "0x10"]);
  assertEquals(readOptions(["a", "b", "c"], RICH, ["A..."]).operands, ["a", "b", "c"]);
  assertThrows(() => operands(), UsageError, "A is missing");
  assertThrows(() => operands("a", "b", "c"), UsageError, 'unexpected argument "c"');
  assertThrows(() => readOptions([], RICH, ["A..."]), UsageError, "A... is missing");
});

Deno.test("options: errors name an option as it was written, a letter by its long name", () => {
  const says = (line: string, ...args: string[]) => {
    const read = () => {
      const given = readOptions(args, RICH);
      given.integer("level", 0);
      throw given.wrong("file", "another");
    };
    assertEquals((assertThrows(read, UsageError) as Error).message, line);
  };
  says('--level got "x", expected 0 or more', "--level=x");
  says('--level got "x", expected 0 or more', "-l", "x");
  says('--in got "f", expected another', "--in", "f");
  says('--file got "g", expected another', "--in", "f", "-f", "g");
  says("--in needs a value", "--in", "");
  says("--in needs a value", "--in");
  says("--file needs a value", "-vf");
  says("--no-line-end takes no value", "--no-line-end=");
});

const STRANGE = ["-", "--", "-v", "--file", "--level=1", "=", "a=b", "\n", "true", "1e3", "é"];
const NAMES = ["level", "file", "no-line-end", "verbose"] as const;

/** An option, or an operand, in one of the ways to write it. */
function writtenAs(name: typeof NAMES[number] | undefined, value: string, random: Random) {
  if (name === undefined) return [value];
  const spec: OptionSpec = RICH[name];
  const spelling = spellingOf(random.pick(spec.names));
  if (spec.value === undefined) return [spelling];
  const isGlued = spelling.startsWith("--") && random.oneIn(2);
  return isGlued ? [`${spelling}=${value}`] : [spelling, value];
}

Deno.test("options: whatever values and operands look like, each is found where it was", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = new Random(seed);
    const words = random.list(0, 8, () => {
      const name = random.pick([...NAMES, undefined]);
      const value = random.pick(STRANGE);
      return { name, value: name === undefined ? value.replace(/^-+(?=.)|^--$/, "") : value };
    });
    const behind = random.list(0, 3, () => random.pick(STRANGE));
    const args = words.flatMap(({ name, value }) => writtenAs(name, value, random));
    const given = readOptions([...args, "--", ...behind], RICH, ["[ANY]..."]);
    const of = (wanted: string | undefined) =>
      words.filter(({ name }) => name === wanted).map(({ value }) => value);
    const what = `seed ${seed}: ${JSON.stringify(args)}`;
    assertEquals(given.all("level"), of("level"), what);
    assertEquals(given.all("file"), of("file"), what);
    assertEquals(given.has("verbose"), of("verbose").length > 0, what);
    assertEquals(given.has("no-line-end"), of("no-line-end").length > 0, what);
    assertEquals(given.operands, [...of(undefined), ...behind], what);
  }
});

Deno.test("options: names are checked by the compiler", () => {
  type Given = GivenOptions<typeof RICH>;
  type Larger = GivenOptions<typeof RICH & typeof TABLE>;
  type Takes<Wanted, Have> = Have extends Wanted ? true : false;
  const names: Record<Parameters<Given["has"]>[0], true> = {
    "level": true,
    "file": true,
    "no-line-end": true,
    "verbose": true,
  };
  const valued: Record<Parameters<Given["all"]>[0], true> = { "level": true, "file": true };
  const larger: Takes<Given, Larger> = true;
  const smaller: Takes<Larger, Given> = false;
  const given: Given = readOptions([], RICH);
  const sure: string = given.last("level");
  const perhaps: undefined extends ReturnType<Given["last"]> ? true : false = true;
  assertEquals([names, valued, larger, smaller, sure, perhaps].length, 6);
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
