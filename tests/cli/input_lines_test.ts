/** Lines and whole streams that are longer than a message may be. */
import { assertEquals, assertRejects } from "@std/assert";
import { linesOf, wholeOf } from "../../lib/cli/input_lines.ts";
import { UserError } from "../../lib/user_error.ts";

/** Chunks of text; `pulled` counts those that were taken. */
function chunks(...texts: string[]) {
  const source = {
    pulled: 0,
    async *[Symbol.asyncIterator]() {
      for (const text of texts) {
        source.pulled++;
        yield await Promise.resolve(new TextEncoder().encode(text));
      }
    },
  };
  return source;
}

Deno.test("a line that is too long is an error with its number, before the rest is read", async () => {
  const source = chunks("ab\nabc\n", "ab", "cd", "ef\n", "never");
  const got: string[] = [];
  const read = async () => {
    for await (const line of linesOf(source, 3)) got.push(new TextDecoder().decode(line));
  };
  await assertRejects(read, UserError, "line 3 is longer than 3 bytes");
  assertEquals([got, source.pulled], [["ab", "abc"], 3]);
});

Deno.test("a stream that is too long is an error with its name, before the rest is read", async () => {
  const source = chunks("ab", "cd", "never");
  await assertRejects(() => wholeOf(source, "stdin", 3), UserError, "stdin is longer than 3 bytes");
  assertEquals(source.pulled, 2);
});

Deno.test("lines as long as may be are whole", async () => {
  const got: string[] = [];
  for await (const line of linesOf(chunks("abc\nab", "c\n\n", "abc"), 3)) {
    got.push(new TextDecoder().decode(line));
  }
  assertEquals(got, ["abc", "abc", "", "abc"]);
});
