/**
 * The log: one line a record whatever is in it, levels by logger, text and JSON.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { escapeText } from "../../lib/log/format.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import { type LogConfig, setUpLogging } from "../../lib/log/setup.ts";
import type { SyncWriter } from "../../lib/log/write.ts";

/** Takes at most seven bytes at a time, as a pipe may. */
class Lines implements SyncWriter {
  #bytes: number[] = [];

  writeSync(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, 7);
    this.#bytes.push(...taken);
    return taken.length;
  }

  /** The lines written since the last call. */
  take(): string[] {
    const text = new TextDecoder().decode(Uint8Array.from(this.#bytes));
    this.#bytes = [];
    return text === "" ? [] : text.replace(/\n$/, "").split("\n");
  }
}

function logTo(config: Partial<LogConfig>, colored = false): Lines {
  const lines = new Lines();
  setUpLogging({ level: "info", format: "text", loggers: {}, ...config }, lines, colored);
  return lines;
}

/** The line without its time. */
function withoutTime(line: string | undefined): string {
  assertMatch(line ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
  return line!.slice(line!.indexOf(" ") + 1);
}

Deno.test("text: time, level, logger, message, properties", () => {
  const lines = logTo({});
  loggerFor("broker").info("client connected", {
    clientId: "a b",
    port: 1883,
    username: undefined,
  });
  loggerFor("plugins", "auth_file").warn("line 3 is of no use");
  loggerFor("net").error("accept failed", { error: new TypeError("boom") });
  assertEquals(lines.take().map(withoutTime), [
    'info    midge.broker: client connected clientId="a b" port=1883 username=undefined',
    "warning midge.plugins.auth_file: line 3 is of no use",
    'error   midge.net: accept failed error="TypeError: boom"',
  ]);
});

Deno.test("json: one object a line", () => {
  const lines = logTo({ format: "json" });
  loggerFor("broker").info("hello", { size: 3n, list: [1, NaN], bytes: new Uint8Array(4) });
  loggerFor("broker").info("bare");
  const [first, second] = lines.take().map((line) => JSON.parse(line));
  assertEquals(new Date(first.time).toISOString(), first.time);
  assertEquals({ ...first, time: "" }, {
    time: "",
    level: "info",
    logger: "midge.broker",
    message: "hello",
    properties: { size: "3", list: [1, "NaN"], bytes: "4 bytes" },
  });
  assertEquals("properties" in second, false);
});

Deno.test("levels: the general one, and one for a logger and those below it", () => {
  const lines = logTo({ level: "warning", loggers: { "midge.plugins.auth_file": "debug" } });
  const quiet = loggerFor("plugins", "topic_acl");
  const loud = loggerFor("plugins", "auth_file");
  quiet.info("not this");
  quiet.error("this");
  loud.debug("and this");
  assertEquals(lines.take().map(withoutTime), [
    "error   midge.plugins.topic_acl: this",
    "debug   midge.plugins.auth_file: and this",
  ]);
  assertEquals([quiet.isEnabledFor("info"), quiet.isEnabledFor("warning")], [false, true]);
  assertEquals(loud.isEnabledFor("debug"), true);
});

Deno.test("a second set-up replaces the first, for loggers made before too", () => {
  const logger = loggerFor("broker");
  const before = logTo({ level: "debug" });
  const after = logTo({ level: "error" });
  logger.warn("too little");
  logger.error("enough");
  assertEquals(before.take(), []);
  assertEquals(after.take().length, 1);
});

/** A control, a line end, a terminal escape, a separator, text that runs the other way, half a character. */
const HOSTILE = "a\u0000\r\n2026-01-01 info forged\u001b[2J\u2028\u202e\u0085\ud800";

for (const format of ["text", "json"] as const) {
  Deno.test(`nothing in a record can forge a line: ${format}`, () => {
    const lines = logTo({ format });
    loggerFor("broker").info(`client ${HOSTILE}`, { [HOSTILE]: HOSTILE });
    loggerFor(HOSTILE).error(HOSTILE);
    const written = lines.take();
    assertEquals(written.length, 2);
    for (const line of written) {
      assertMatch(line, /^[\x20-\x7e]+$/);
      assertMatch(line, /forged/);
    }
  });
}

Deno.test("escapes are readable", () => {
  assertEquals(escapeText("a\tb\n\x1b\u2028é😀"), "a\\tb\\n\\x1b\\u2028é😀");
});

Deno.test("a message is text, not a template", () => {
  const lines = logTo({});
  loggerFor("broker").info('got {"a": {b}} and {{c}} and {a}', { a: 1 });
  assertEquals(
    withoutTime(lines.take()[0]),
    'info    midge.broker: got {"a": {b}} and {{c}} and {a} a=1',
  );
});

Deno.test("values that cannot be written do not stop the record", () => {
  for (const format of ["text", "json"] as const) {
    const lines = logTo({ format });
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const trap = {
      get value(): never {
        throw new Error("never");
      },
    };
    loggerFor("broker").info("still here", { cycle });
    loggerFor("broker").info("still here", trap);
    loggerFor("broker").info("still here", { f: () => 1, s: Symbol("x"), n: null });
    const written = lines.take();
    assertEquals(written.length, 3);
    for (const line of written) assertMatch(line, /still here/);
  }
});

Deno.test("a writer that fails, or takes nothing, does not stop the caller", () => {
  let calls = 0;
  const broken: SyncWriter = {
    writeSync: () => {
      calls++;
      throw new Deno.errors.BrokenPipe();
    },
  };
  setUpLogging({ level: "info", format: "text", loggers: {} }, broken, false);
  loggerFor("broker").info("lost");
  setUpLogging({ level: "info", format: "text", loggers: {} }, { writeSync: () => (calls++, 0) });
  loggerFor("broker").info("lost");
  assertEquals(calls, 2);
});

Deno.test("colours only where they are wanted, and never from a message", () => {
  const lines = logTo({}, true);
  loggerFor("broker").error("red \x1b[0m");
  const line = lines.take()[0]!.replace(/Z.*/, (rest) => rest.replaceAll("\x1b", "ESC"));
  assertEquals(
    line.slice(line.indexOf("Z")),
    "ZESC[0m ESC[31merror  ESC[0m midge.broker: red \\x1b[0m",
  );
});

for (const format of ["text", "json"] as const) {
  Deno.test(`${format}: long texts and long lists are cut, and say how long they were`, () => {
    const lines = logTo({ format });
    const long = "x".repeat(65_535);
    loggerFor("broker").info(long, {
      clientId: long,
      error: new Error(long),
      deep: { list: Array.from({ length: 5000 }, () => long) },
    });
    const [line = ""] = lines.take();
    assertEquals(line.length < 60_000, true);
    for (const said of ["... (65535 characters)", "... (5000 in all)"]) {
      assertEquals(line.includes(said), true, said);
    }
  });
}
