/**
 * Section 4.7, topic names and filters.
 */
import type { Peer } from "../peer.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** Filter, topic, whether it matches; each below the run's own root. */
const MATCHES: [filter: string, topic: string, matches: boolean][] = [
  ["a", "a", true],
  ["a", "b", false],
  ["a", "A", false],
  ["a", "a/b", false],
  ["a/b", "a", false],
  ["a/b", "a/b", true],
  ["a/", "a", false],
  ["a/", "a/", true],
  ["a", "a/", false],
  ["a//b", "a//b", true],
  ["a//b", "a/b", false],
  ["a/+/b", "a//b", true],
  ["a/+/b", "a/x/b", true],
  ["a/+/b", "a/x/y/b", false],
  ["a/+", "a", false],
  ["a/+", "a/", true],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/+/+", "a/b/c", true],
  ["+", "a", true],
  ["+", "a/b", false],
  ["+/b", "a/b", true],
  ["+/+", "a/b", true],
  ["+/+", "a", false],
  ["+/#", "a", true],
  ["+/#", "a/b/c", true],
  ["#", "a", true],
  ["#", "a/b/c", true],
  ["#", "/", true],
  ["a/#", "a", true],
  ["a/#", "a/", true],
  ["a/#", "a/b/c/d", true],
  ["a/#", "ab", false],
  ["a/#", "b/a", false],
  ["a/+/#", "a", false],
  ["a/+/#", "a/b", true],
  ["a/+/c/#", "a/b/c", true],
  ["a/+/c/#", "a/b/d", false],
  ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
  ["/+", "/a", true],
  ["/+", "a", false],
  ["a b", "a b", true],
  ["a b", "a  b", false],
  ["é", "é", true],
  ["é", "e\u0301", false],
  ["ß", "SS", false],
  ["\uff41", "a", false],
  ["a/./b", "a/b", false],
  ["a/../b", "b", false],
  ["a%2fb", "a/b", false],
  ["$x", "$x", true],
  ["+", "$x", true],
  ["a*", "ab", false],
  ["?", "a", false],
];

async function matching(
  stage: Stage,
  filter: string,
  topic: string,
  matches: boolean,
): Promise<void> {
  const peer = await stage.subscriber(stage.topic(filter));
  await (await stage.open()).publish(stage.topic(topic), "x");
  if (!matches) return await peer.nothing();
  const got = await peer.receive();
  if (got.topic !== stage.topic(topic)) throw new Error(got.topic);
  await peer.nothing();
}

/** The number whose rule decides the case. */
function ruleOf(filter: string): string {
  if (filter.includes("#")) return "4.7.1-2 3.3.2-3";
  return filter.includes("+") ? "4.7.1-3 3.3.2-3" : "4.7.3-4 3.3.2-3";
}

/** Two levels at the top, where there is no root above the wildcard. */
async function rootWildcards(stage: Stage, filter: string, topic: string): Promise<void> {
  const peer = await stage.open();
  await peer.subscribed([filter, 0]);
  await (await stage.open()).publish(topic, "x");
  await until(peer, topic);
}

/** Receives until the message on `topic` comes; others may use the broker too. */
async function until(peer: Peer, topic: string): Promise<void> {
  for (;;) if ((await peer.receive()).topic === topic) return;
}

async function dollar(stage: Stage, filter: string): Promise<void> {
  const topic = `$${stage.root}/a`;
  const peer = await stage.open();
  await peer.subscribe([filter, 0]);
  const publisher = await stage.open();
  // A broker may refuse to let clients publish there, even by closing.
  await publisher.publish(topic, "x", { retain: false }).catch(() => {});
  for (const got of await peer.drain()) {
    if (got.topic.startsWith("$")) throw new Error(`${filter} matched ${got.topic}`);
  }
}

/** Waits for a $SYS message that is not a retained one; skips where the broker sends none. */
async function systemMessage(stage: Stage): Promise<void> {
  const peer = await stage.open();
  const [code] = await peer.subscribe(["$SYS/#", 0]);
  if (code === 0x80) throw new Skip("$SYS/# is refused");
  try {
    while ((await stage.time.within(5000, peer.receive())).retain);
  } catch (error) {
    throw new Skip("no $SYS message came", { cause: error });
  }
}

/** Reads all the while, so that a broker has no reason to drop what it should not have sent. */
async function newSystemMessages(stage: Stage): Promise<void> {
  const wild = await stage.open();
  await wild.subscribe(["#", 0], ["+/#", 0], ["+/broker/#", 0]);
  let isOver = false;
  const came = systemMessage(stage).finally(() => isOver = true);
  came.catch(() => {}); // awaited below, unless a wildcard matched first
  for (let last = false; !last;) {
    last = isOver;
    for (const got of await wild.drain()) {
      if (got.topic.startsWith("$")) throw new Error(got.topic);
    }
    if (!last) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await came;
}

export const TOPICS: Sequence[] = [
  ...MATCHES.map(([filter, topic, matches]) =>
    sequence(
      ruleOf(filter),
      `${matches ? "matches" : "does not match"} ${filter} with ${topic}`,
      (stage) => matching(stage, filter, topic, matches),
    )
  ),
  sequence(
    "4.7.1-2",
    "matches # alone with a topic of the top level",
    (stage) => rootWildcards(stage, "#", stage.root),
  ),
  sequence(
    "4.7.1-3",
    "matches + alone with a topic of the top level",
    (stage) => rootWildcards(stage, "+", stage.root),
  ),
  sequence(
    "4.7.1-3",
    "matches /+ with a topic that begins with /",
    (stage) => rootWildcards(stage, "/+", `/${stage.root}`),
  ),
  sequence(
    "4.7.1-3",
    "matches +/+ with a topic that begins with /",
    (stage) => rootWildcards(stage, "+/+", `/${stage.root}`),
  ),
  sequence("4.7.3-4", "takes a leading / as a topic of its own", async (stage) => {
    const peer = await stage.subscriber(`/${stage.root}`);
    await (await stage.open()).publish(stage.root, "x");
    await peer.nothing();
  }),
  ...["#", "+/a", "+/#", "+/+"].map((filter) =>
    sequence(
      "4.7.2-1",
      `does not match ${filter} with a topic that begins with $`,
      (stage) => dollar(stage, filter),
    )
  ),
  sequence("4.7.2-1", "does not send retained $SYS topics to # and +/#", async (stage) => {
    const peer = await stage.open();
    await peer.subscribe(["#", 0], ["+/#", 0]);
    for (const got of await peer.drain()) {
      if (got.topic.startsWith("$")) throw new Error(got.topic);
    }
  }),
  sequence(
    "4.7.2-1",
    "does not send new $SYS messages to #, +/# and +/broker/#",
    newSystemMessages,
    {
      slow: true,
    },
  ),
  sequence("4.7.2-1", "takes $ in a later place as any character", async (stage) => {
    const peer = await stage.subscriber(stage.topic("+/b"));
    await (await stage.open()).publish(stage.topic("$a/b"), "x");
    await peer.receive();
  }),
  sequence("4.7.3-1", "takes / as a topic", (stage) => rootWildcards(stage, "/", "/")),
  sequence("4.7.3-1", "takes a topic of one character", (stage) => rootWildcards(stage, "x", "x")),
  sequence("4.7.1-3", "reads a topic of 100 levels", async (stage) => {
    const topic = stage.topic(Array.from({ length: 100 }, (_, i) => `${i}`).join("/"));
    const peer = await stage.subscriber(stage.topic("+/1/+/3/#"));
    await (await stage.open()).publish(topic, "x");
    if ((await peer.receive()).topic !== topic) throw new Error("another topic");
  }),
];
