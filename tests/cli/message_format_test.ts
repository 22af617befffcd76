/** `midge sub -F`: mosquitto_sub's letters, widths and times. */
import { assertEquals, assertThrows } from "@std/assert";
import { ReceivedMessage } from "../../lib/client/message.ts";
import { textFormat } from "../../lib/cli/message_format.ts";
import { conversionOf } from "../../lib/cli/strftime.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";

const TIME = new Date(2026, 10, 27, 16, 20, 55, 949);

function show(format: string, payload: string, qos: 0 | 1 | 2 = 1): string {
  const bytes = new TextEncoder().encode(payload);
  const message = new ReceivedMessage("a/b", bytes, qos, true, false, qos === 0 ? 0 : 7);
  const parts = textFormat(format, () => TIME, "")(message);
  return parts.map((part) => new TextDecoder().decode(part)).join("");
}

Deno.test("%j and %J are the objects of mosquitto_sub", () => {
  const tst = `2026-11-27T16:20:55.949000Z${conversionOf("z")!(TIME)}`;
  const head = `{"tst":"${tst}","topic":"a/b","qos":1,"retain":1,"payloadlen":`;
  assertEquals(show("%j", '{"x": 1}'), `${head}8,"mid":7,"payload":"{\\"x\\": 1}"}`);
  assertEquals(show("%J", '{"x": 1}'), `${head}8,"mid":7,"payload":{"x":1}}`);
  const odd = show("%J", '[ "a b\\"  c",\n 9007199254740993 ]');
  assertEquals(odd.endsWith(`"payload":["a b\\"  c",9007199254740993]}`), true, odd);
  assertEquals(show("%J", '"\u009b"').endsWith('"payload":"\\u009b"}'), true);
  assertEquals(show("%J", "no json"), `${head}7,"mid":7,"payload":"no json"}`);
  assertEquals(show("%j", "", 0), `${head}0,"payload":""}`.replace('"qos":1', '"qos":0'));
});

Deno.test("%m, widths, and the escapes of mosquitto_sub", () => {
  assertEquals(show("%m|%m", "x"), "7|7");
  assertEquals(show("%m", "x", 0), "0");
  assertEquals(show("%6t|%-6t|%04l|%.2t|%6.2t|%-03q|", "abc"), "   a/b|a/b   |0003|a/|    a/|1  |");
  assertEquals(show("%9p", "abc"), "abc");
  assertEquals(show("\\a\\e\\v\\0", "x"), "\x07\x1b\v\0");
});

Deno.test("@ is a time; @@ is @", () => {
  assertEquals(show("@Y-@m-@dT@H:@M:@S u@@h", "x"), "2026-11-27T16:20:55 u@h");
  assertEquals(show("@N", "x"), "949000000");
});

for (const format of ["%z", "%5", "%", "@", "@q", "%-"]) {
  Deno.test(`what is no field is refused: ${format}`, () => {
    assertThrows(() => show(format, "x"), UsageError, "--format has");
  });
}

const LETTERS = [..."aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ"];

/** The program `date` of GNU, which is strftime of C; undefined where there is none. */
async function gnuDate(seconds: number, format: string): Promise<string | undefined> {
  try {
    const args = ["-d", `@${seconds}`, `+${format}`];
    const { success, stdout } = await new Deno.Command("date", { args, env: { LC_ALL: "C" } })
      .output();
    return success ? new TextDecoder().decode(stdout).replace(/\n$/, "") : undefined;
  } catch {
    return undefined;
  }
}

Deno.test({
  name: "every letter says what strftime of C says",
  ignore: await gnuDate(0, "%s") === undefined,
  async fn() {
    const format = LETTERS.map((letter) => `${letter}=%${letter}`).join("|");
    for (let year = 2019; year < 2031; year++) {
      for (const day of ["01-01T00:00:01", "03-01T12:30:00", "12-30T11:59:59", "12-31T23:59:59"]) {
        const time = new Date(`${year}-${day}Z`);
        const expected = await gnuDate(time.getTime() / 1000, format);
        const ours = LETTERS.map((letter) => `${letter}=${conversionOf(letter)!(time)}`).join("|");
        assertEquals(ours, expected);
      }
    }
  },
});
