/** `log levels`, `log level`, `log tail`: of the log that Midge has set up; another program's is left alone. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { configureSync } from "@logtape/logtape";
import type { Feed } from "../../../lib/feed.ts";
import { type LogLine, LogRing } from "../../../lib/log/ring.ts";
import { loggerFor } from "../../../lib/log/logger.ts";
import { setUpLogging } from "../../../lib/log/setup.ts";
import { captureLog } from "../../support/clocked_broker.ts";
import { ManagedBroker, userOf } from "../../support/managed_broker.ts";

async function tail(managed: ManagedBroker, args = {}): Promise<Feed<LogLine>> {
  return await managed.ask("log tail", args, userOf("v", { isAdmin: false })) as Feed<LogLine>;
}

async function next(feed: Feed<LogLine>): Promise<LogLine> {
  const { value, done } = await feed.next();
  assert(!done);
  return value;
}

/** The lines that wait in it. */
async function drained(feed: Feed<LogLine>): Promise<LogLine[]> {
  feed.end();
  const lines: LogLine[] = [];
  for await (const line of feed) lines.push(line);
  return lines;
}

Deno.test("log tail: the last lines, then those that come; by level and by logger", async () => {
  await using managed = await ManagedBroker.start();
  const mark = crypto.randomUUID();
  loggerFor("broker").info(`${mark} first`, { a: 1 });
  const feed = await tail(managed, { logger: "midge.broker" });
  let line = await next(feed);
  while (!line.message.startsWith(mark)) line = await next(feed);
  assertEquals([line.level, line.logger, line.message], [
    "info",
    "midge.broker",
    `${mark} first a=1`,
  ]);
  loggerFor("plugins", "x").warn(`${mark} of another`);
  loggerFor("broker", "deep").error(`${mark} \u001b[2J\nsecond`);
  const second = await next(feed);
  assertEquals([second.logger, second.message], ["midge.broker.deep", `${mark} \\x1b[2J\\nsecond`]);
  const errors = await drained(await tail(managed, { level: "error" }));
  assertEquals(errors.filter(({ level }) => level !== "error"), []);
  assertEquals(errors.filter(({ message }) => message.startsWith(mark)).length, 1);
  feed.end();
});

Deno.test("log level: more is written from now on, plugins are asked again; a reload sets it back", async () => {
  let wanted = false;
  const seen: string[] = [];
  await using managed = await ManagedBroker.start({}, {
    observes: () => wanted,
    messageBroadcast: ({ message }) => void seen.push(message.topicName),
  });
  const { it } = managed;
  assertEquals(await managed.rows("log levels"), [{ logger: "midge", level: "info" }]);
  loggerFor("broker").debug("unheard");
  wanted = true;
  const set = { logger: "midge.broker", level: "debug" };
  assertEquals(await managed.result("log level", set), set as never);
  loggerFor("broker").debug("heard");
  it.broker.publish({ topicName: "t", payload: "" });
  assertEquals([it.logged("unheard").length, it.logged("heard").length, seen], [0, 1, ["t"]]);
  assertEquals(it.logged("log level of midge.broker is debug, by test").length, 1);
  assertEquals((await managed.rows("log levels")).length, 2);
  await managed.result("log level", { logger: "midge.broker", level: "error" });
  loggerFor("broker").warn("not this");
  assertEquals(it.logged("not this").length, 0);
  captureLog();
  assertEquals(await managed.rows("log levels"), [{ logger: "midge", level: "info" }]);
});

Deno.test("log level: other names and levels are refused, and a viewer", async () => {
  await using managed = await ManagedBroker.start();
  for (
    const logger of [
      "",
      "logtape",
      "midge.",
      "midgex",
      "midge.a b",
      "midge..a",
      `midge.${"x".repeat(200)}`,
    ]
  ) {
    assertStringIncludes(
      await managed.refusal("log level", { logger, level: "info" }),
      "expected a logger",
    );
  }
  assertStringIncludes(
    await managed.refusal("log level", { logger: "midge", level: "trace" }),
    "args.level",
  );
  const viewer = userOf("v", { isAdmin: false });
  assertStringIncludes(
    await managed.refusal("log level", { logger: "midge", level: "info" }, viewer),
    "only look",
  );
});

Deno.test("a log that another program has set up is left alone", async () => {
  await using managed = await ManagedBroker.start();
  configureSync({
    reset: true,
    sinks: { own: () => {} },
    loggers: [{ category: "midge", sinks: ["own"] }],
  });
  for (
    const [name, args] of [
      ["log tail", {}],
      ["log levels", {}],
      ["log level", { logger: "midge", level: "debug" }],
    ] as const
  ) {
    assertStringIncludes(await managed.refusal(name, args), "set up by its own program");
  }
  captureLog();
});

Deno.test("the ring: five hundred lines, and a quarter of a megabyte; who is slow misses the oldest", async () => {
  const ring = new LogRing();
  const record = (message: string) => ({
    level: "info" as const,
    category: ["midge"],
    message: [message],
    rawMessage: message,
    timestamp: 7,
    properties: {},
  });
  const slow = ring.follow("debug", undefined);
  for (let n = 0; n < 1600; n++) ring.add(record(`line ${n}`));
  assertEquals(slow.takeMissed(), 600);
  assertEquals((await next(slow)).message, "line 600");
  const lines = await drained(ring.follow("info", "midge"));
  assertEquals([lines.length, lines[0]?.message, lines[0]?.at], [500, "line 1100", 7]);
  for (let n = 0; n < 200; n++) ring.add(record("x".repeat(3000)));
  const long = await drained(ring.follow("info", undefined));
  assertEquals(long.length, Math.floor(256 * 1024 / 3005));
});

Deno.test("the last lines stay when the log is set up again", async () => {
  const config = { level: "info", format: "json", loggers: {} } as const;
  const writer = { writeSync: (bytes: Uint8Array) => bytes.length };
  setUpLogging(config, writer, false);
  const mark = crypto.randomUUID();
  loggerFor("broker").info(mark);
  setUpLogging(config, writer, false);
  await using managed = await ManagedBroker.start();
  const lines = await drained(await tail(managed));
  assertEquals(lines.filter(({ message }) => message === mark).length, 1);
});
