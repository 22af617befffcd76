/** Listings of any length: in parts that cost little, whatever is looked for; and arguments that are anything. */
import { assert, assertEquals } from "@std/assert";
import { parts } from "../../../lib/broker/face/rows.ts";
import { type CommandName, COMMANDS } from "../../../lib/manage/commands.ts";
import { UserError } from "../../../lib/user_error.ts";
import { CTL, ManagedBroker, userOf } from "../../support/managed_broker.ts";
import { Random } from "../../support/random.ts";

Deno.test("parts: a hundred rows, a thousand looks, or a quarter of a megabyte", () => {
  const numbers = Array.from({ length: 2500 }, (_, n) => n);
  const lengths = (made: Iterable<unknown[]>) => [...made].map(({ length }) => length);
  assertEquals(lengths(parts(numbers.slice(0, 250), (n) => n)), [100, 100, 50]);
  assertEquals(lengths(parts(numbers, (n) => n === 2400 ? n : undefined)), [0, 0, 1]);
  assertEquals(lengths(parts(numbers.slice(0, 7), (n) => n, () => 100_000)), [3, 3, 1]);
});

Deno.test("20,000 topics: a search that finds one of them is done in parts too", async () => {
  await using managed = await ManagedBroker.start();
  const { broker } = managed.it;
  await managed.rows("topics");
  for (let n = 0; n < 10_000; n++) {
    broker.publish({ topicName: `live/${n}`, payload: "x" });
    broker.publish({ topicName: `kept/${n}`, payload: "x", retain: true });
  }
  const walk = [...await managed.ask("topics", { search: "live/9999" }) as Iterable<unknown[]>];
  assertEquals(walk.flat().length, 1);
  assert(walk.length >= 20, `${walk.length} parts`);
  assertEquals((await managed.rows("topics")).length, 20_000);
  const viewed = await managed.rows("topics", {}, userOf("v", { isAdmin: false }));
  assertEquals(viewed.length, 20_000);
  const { messages } = await managed.result("retained purge", { topicFilter: "kept/+" });
  assertEquals(messages, 10_000);
});

Deno.test("a listing is walked while clients come and go", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  for (let n = 0; n < 150; n++) await it.open(`c${n}`);
  const ids: string[] = [];
  for (const part of await managed.ask("clients") as Iterable<{ clientId: string }[]>) {
    ids.push(...part.map(({ clientId }) => clientId));
    for (let n = 0; n < 150; n += 2) it.broker.kick(`c${n}`);
  }
  assertEquals(new Set(ids).size, ids.length);
  for (let n = 1; n < 150; n += 2) assert(ids.includes(`c${n}`), `c${n}`);
});

/** Commands that ask or steer this broker, and may be given anything. */
const ASKED: readonly CommandName[] = [
  "clients",
  "client",
  "kick",
  "sessions",
  "session",
  "sessions end",
  "subscriptions",
  "topics",
  "topic",
  "retained",
  "retained get",
  "retained delete",
  "retained purge",
  "retained undo",
  "publish",
  "plugins",
  "config",
  "storage",
  "health",
  "log levels",
  "log level",
];

const VALUES = [
  undefined,
  null,
  true,
  0,
  -1,
  2,
  1.5,
  NaN,
  2 ** 40,
  "",
  "t",
  "a/b",
  "#",
  "+/#",
  "a/#/b",
  "$SYS/#",
  "$share/g/t",
  "<img src=x onerror=alert(1)>",
  "\u0000",
  "\ud800",
  "__proto__",
  "x".repeat(70_000),
  "/".repeat(70_000),
  "debug",
  "base64",
  [],
  {},
  [{ name: "\u0000", value: "\udfff" }],
];

Deno.test("whatever the arguments are: an answer, or one line for people", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  await (await it.keep("t")).subscribed(["#", 1]);
  it.broker.publish({ topicName: "t", payload: "x", retain: true });
  const random = new Random(7);
  const callers = [CTL, userOf("v", { isAdmin: false }), userOf("a")];
  let answered = 0;
  for (let n = 0; n < 4000; n++) {
    const name = ASKED[random.below(ASKED.length)]!;
    const keys = [
      ...Object.keys(COMMANDS[name].args.entries),
      ...random.below(20) === 0 ? ["x"] : [],
    ];
    const args = Object.fromEntries(
      keys.flatMap((key) =>
        random.below(4) === 0 ? [] : [[key, VALUES[random.below(VALUES.length)]]]
      ),
    );
    try {
      const answer = await managed.ask(name, args, callers[random.below(3)]!);
      if ("row" in COMMANDS[name]) {
        for (const part of answer as Iterable<unknown>) JSON.stringify(part);
      } else JSON.stringify(answer);
      answered++;
    } catch (error) {
      if (!(error instanceof UserError)) {
        throw new Error(`${name} ${JSON.stringify(args)}`, { cause: error });
      }
      assert(!error.message.includes("\n"), error.message);
    }
  }
  assert(answered > 500, `${answered} answers`);
});
