/** Events over the management protocol: they come as they happen, and end when either side has enough. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Feed } from "../../lib/feed.ts";
import { follow, type Follower } from "../../lib/manage/client.ts";
import { ALIVE_MS } from "../../lib/manage/events.ts";
import type { CommandRunner } from "../../lib/manage/server.ts";
import { UserError } from "../../lib/user_error.ts";
import { TempFolder } from "../support/midge_process.ts";
import { until } from "../support/until.ts";
import { RawPeer, TestServer } from "./support.ts";

/** A server whose one command is a feed. */
class Stage {
  readonly feeds: Feed<unknown>[] = [];
  ended = 0;
  /** Events that a feed keeps. */
  most = 100;

  readonly runner: CommandRunner = () => {
    const feed = new Feed<unknown>(this.most, () => this.ended++);
    this.feeds.push(feed);
    return feed;
  };

  async feed(): Promise<Feed<unknown>> {
    await until(() => this.feeds.length > 0, "a feed");
    return this.feeds[0]!;
  }
}

async function withStage(
  test: (it: { server: TestServer; stage: Stage; path: string }) => Promise<void>,
): Promise<void> {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  const stage = new Stage();
  await using server = await TestServer.start({ kind: "unix", path }, stage.runner);
  await test({ server, stage, path });
}

const REQUEST = { v: 1, id: 5, command: "tail" };

/** Asks for events; that they are followed is said at once. */
async function ask(peer: RawPeer): Promise<void> {
  await peer.say(REQUEST);
  assertEquals(await peer.hear(), { id: 5, alive: true });
}

function followed(signal: AbortSignal): Follower & { events: unknown[]; lost: number } {
  const heard = {
    events: [] as unknown[],
    lost: 0,
    signal,
    event: (event: unknown) => void heard.events.push(event),
    missed: (count: number) => void (heard.lost += count),
  };
  return heard;
}

Deno.test("events come as they happen, then the end, and the connection is closed", async () => {
  await withStage(async ({ stage, path }) => {
    using peer = await RawPeer.dial(path);
    await ask(peer);
    const feed = await stage.feed();
    feed.give({ n: 1 });
    assertEquals(await peer.hear(), { id: 5, event: { n: 1 } });
    feed.give({ n: 2 });
    assertEquals(await peer.hear(), { id: 5, event: { n: 2 } });
    feed.end();
    assertEquals(await peer.hear(), { id: 5, ok: true, result: null });
    await peer.closed();
  });
});

Deno.test("a peer that hears nothing gets a sign of life, again and again", async () => {
  await withStage(async ({ server: { clock }, stage, path }) => {
    using peer = await RawPeer.dial(path);
    await ask(peer);
    const feed = await stage.feed();
    for (let i = 0; i < 3; i++) {
      await until(() => clock.timerCount === 1, "the wait");
      clock.advance(ALIVE_MS);
      assertEquals(await peer.hear(), { id: 5, alive: true });
    }
    feed.give("late");
    assertEquals(await peer.hear(), { id: 5, event: "late" });
  });
});

for (
  const [what, say] of [
    ["sends a line", (peer: RawPeer) => peer.send("enough\n")],
    ["sends a single byte", (peer: RawPeer) => peer.send("x")],
    ["sends what is no line, 300 KB", (peer: RawPeer) => peer.send("x".repeat(300_000))],
  ] as const
) {
  Deno.test(`a peer that ${what} ends it`, async () => {
    await withStage(async ({ stage, path }) => {
      using peer = await RawPeer.dial(path);
      await ask(peer);
      await stage.feed();
      await say(peer).catch(() => {}); // it may be closed before all is sent
      await until(() => stage.ended === 1, "the end of the feed");
      await peer.closed();
    });
  });
}

Deno.test("a peer that goes away ends it, and nothing is logged as a fault", async () => {
  await withStage(async ({ server, stage, path }) => {
    const peer = await RawPeer.dial(path);
    await ask(peer);
    const feed = await stage.feed();
    peer[Symbol.dispose]();
    await until(() => stage.ended === 1, "the end of the feed");
    feed.give("to no one");
    assertEquals(server.log.filter((line) => !line.startsWith("debug")), []);
  });
});

Deno.test("a peer that takes nothing is sent away", async () => {
  await withStage(async ({ server, stage, path }) => {
    using peer = await RawPeer.dial(path);
    await ask(peer);
    const feed = await stage.feed();
    feed.give("x".repeat(4 * 1024 * 1024)); // more than a socket holds, and no one reads
    await until(() => server.clock.hasTimerIn(10_000), "the write");
    server.clock.advance(10_000);
    await until(() => stage.ended === 1, "the end of the feed");
    await peer.closed();
  });
});

Deno.test("a slow peer is told how many events it has missed", async () => {
  await withStage(async ({ stage, path }) => {
    stage.most = 10;
    using peer = await RawPeer.dial(path);
    await ask(peer);
    const feed = await stage.feed();
    for (let i = 0; i < 25; i++) feed.give(i); // in one turn: it cannot have taken any
    assertEquals(await peer.hear(), { id: 5, missed: 15 });
    for (let i = 15; i < 25; i++) assertEquals(await peer.hear(), { id: 5, event: i });
  });
});

Deno.test("events that fail are said to the peer and logged", async () => {
  const events = {
    next: () => Promise.reject(new TypeError("x is not a function")),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  await using server = await TestServer.start({ kind: "unix", path }, () => events);
  using peer = await RawPeer.dial(path);
  await ask(peer);
  const error = "tail failed: x is not a function";
  assertEquals(await peer.hear(), { id: 5, ok: false, error });
  assertEquals(server.log, [`error: management: ${error}`]);
});

Deno.test("closing the server ends streams", async () => {
  await withStage(async ({ server, stage, path }) => {
    using peer = await RawPeer.dial(path);
    await ask(peer);
    await stage.feed();
    await server.server.close();
    await peer.closed();
    assertEquals(stage.ended, 1);
    assertEquals(server.clock.timerCount, 0);
  });
});

Deno.test("the client follows until it has enough, or the broker ends it", async () => {
  await withStage(async ({ stage, path }) => {
    const address = { kind: "unix", path } as const;
    const ended = followed(new AbortController().signal);
    const first = follow(address, "tail", {}, ended);
    const feed = await stage.feed();
    feed.give("a");
    feed.end();
    await first;
    assertEquals(ended.events, ["a"]);

    const aborter = new AbortController();
    const enough = followed(aborter.signal);
    const second = follow(address, "tail", {}, enough);
    await until(() => stage.feeds.length === 2, "the second feed");
    stage.feeds[1]!.give("b");
    await until(() => enough.events.length === 1, "the event");
    aborter.abort();
    await second;
    await until(() => stage.ended === 2, "the end of the feed");

    const none = followed(AbortSignal.abort());
    await follow(address, "tail", {}, none);
    assertEquals(none.events, []);
  });
});

Deno.test("the client says so when the broker stops in the middle", async () => {
  await withStage(async ({ server, stage, path }) => {
    const heard = followed(new AbortController().signal);
    const lost = assertRejects(
      () => follow({ kind: "unix", path }, "tail", {}, heard),
      UserError,
      "the broker closed the connection",
    );
    await stage.feed();
    await server.server.close();
    const { message } = await lost;
    assert(message.startsWith(path));
  });
});
