/** Peers that are slow, or do nothing: whatever is waited for ends, and no timer stays. */
import { assertEquals, assertMatch } from "@std/assert";
import { FakeStream } from "../support/fake_stream.ts";
import { get, HttpSide, ok, request } from "../support/http_side.ts";
import { until } from "../support/until.ts";

const echo = () =>
  new HttpSide(async ({ request }) => new Response(await request.text()), { maxBody: 1e6 });
const POST = request("POST / HTTP/1.1", "Host: a", "Content-Length: 5");

Deno.test("who says nothing is closed after ten seconds, and was told so", async () => {
  const it = echo();
  const line = it.open();
  it.clock.advance(10_000);
  await line.settled();
  assertEquals(line.isClosed, false);
  it.clock.advance(1000);
  await line.closes();
  assertMatch(line.text, /^HTTP\/1\.1 408 [^]*the head of the request did not come in time/);
  await until(() => it.connections.size === 0, "no connection");
  assertEquals(it.clock.timerCount, 0);
});

Deno.test("a head that trickles in has ten seconds, not ten for each byte", async () => {
  const it = echo();
  const line = it.open();
  for (const byte of get("/", "X: y").slice(0, 20)) {
    line.send(byte);
    await line.settled();
    it.clock.advance(1000);
  }
  await line.closes();
  assertMatch(line.text, /^HTTP\/1\.1 408 /);
});

Deno.test("between two requests there are thirty seconds; then it is closed without a word", async () => {
  const it = echo();
  const line = it.open();
  line.send(get("/"));
  await line.says(ok(""));
  it.clock.advance(30_000);
  line.send(get("/"));
  await line.says(ok("") + ok(""));
  it.clock.advance(31_000);
  await line.closes();
  assertEquals(line.text, ok("") + ok(""));
});

Deno.test("the second head has ten seconds from its first byte on", async () => {
  const it = echo();
  const line = it.open();
  line.send(get("/"));
  await line.says(ok(""));
  it.clock.advance(25_000);
  line.send("GET");
  await line.settled();
  it.clock.advance(10_000);
  await line.settled();
  assertEquals(line.isClosed, false);
  it.clock.advance(1000);
  await line.closes();
  assertMatch(line.text.slice(ok("").length), /^HTTP\/1\.1 408 /);
});

Deno.test("a body has thirty seconds from when it is asked for; the handler's wait ends", async () => {
  let failure = "";
  const it = new HttpSide(async ({ request }) => {
    await request.text().catch((cause: Error) => failure = cause.message);
    return new Response("too late");
  });
  const line = it.open();
  line.send(`${POST}1234`);
  await line.settled();
  it.clock.advance(30_000);
  await line.settled();
  assertEquals(line.isClosed, false);
  it.clock.advance(1000);
  await line.closes();
  await until(() => failure !== "", "the handler's failure");
  assertMatch(line.text, /^HTTP\/1\.1 408 [^]*the body of the request did not come in time"\}\n$/);
  assertEquals(it.log, []);
});

Deno.test("a handler may take its time", async () => {
  const gate = Promise.withResolvers<void>();
  const it = new HttpSide(() => gate.promise.then(() => new Response("x")));
  const line = it.open();
  line.send(get("/"));
  await line.settled();
  it.clock.advance(600_000);
  gate.resolve();
  await line.says(ok("x"));
  line.stream.end();
  await line.closes();
});

Deno.test("a body that no one reads and that does not come ends the connection", async () => {
  const it = new HttpSide(() => new Response("x"));
  const line = it.open();
  line.send(POST);
  await line.says(ok("x"));
  it.clock.advance(31_000);
  await line.closes();
  assertEquals(line.text, ok("x"));
});

Deno.test("who takes nothing of an answer for thirty seconds is closed; who takes a little is not", async () => {
  const it = new HttpSide(() => new Response("x".repeat(300_000)));
  const stream = new FakeStream();
  stream.isSlow = true;
  const line = it.open(stream);
  line.send(get("/"));
  for (let i = 0; i < 5; i++) {
    await until(() => stream.isWriting, "a write");
    it.clock.advance(30_000);
    assertEquals(line.isClosed, false);
    stream.writeSome(100);
    await line.settled();
  }
  it.clock.advance(31_000);
  await line.closes();
  await until(() => it.connections.size === 0, "no connection");
  assertEquals([it.clock.timerCount, it.log], [0, []]);
});

Deno.test("who goes on sending behind a refusal is closed after a second, or a megabyte", async () => {
  const it = echo();
  const line = it.open();
  line.send("nonsense\r\n\r\n");
  await line.says("400 Bad Request");
  it.clock.advance(2000);
  await line.closes();
  const other = it.open();
  other.send("nonsense\r\n\r\n");
  await other.says("400 Bad Request");
  other.stream.give(new Uint8Array(1_200_000));
  await other.closes();
});

Deno.test("above the limit the connection that waits longest for a request makes room, else the new one goes", async () => {
  const gate = Promise.withResolvers<void>();
  const it = new HttpSide(async ({ request }) => {
    if (request.url.endsWith("/slow")) await gate.promise;
    return new Response("x");
  }, { most: 2 });
  const [first, second] = [it.open(), it.open()];
  first.send(get("/"));
  await first.says(ok("x"));
  second.send(get("/"));
  await second.says(ok("x"));
  const third = it.open();
  await first.closes();
  second.send(get("/slow"));
  await second.settled();
  const fourth = it.open();
  assertEquals([third.isClosed, fourth.isClosed], [false, true]);
  gate.resolve();
  await second.says(ok("x") + ok("x"));
  await it.connections.close(1000);
  assertEquals([second.isClosed, third.isClosed, it.clock.timerCount], [true, true, 0]);
});

Deno.test("at the end answers that are being made are finished, for as long as they may", async () => {
  const gate = Promise.withResolvers<void>();
  const it = new HttpSide(async ({ request }) => {
    await (request.url.endsWith("/never") ? new Promise(() => {}) : gate.promise);
    return new Response("x");
  });
  const [idle, slow, never] = [it.open(), it.open(), it.open()];
  slow.send(get("/"));
  never.send(get("/never"));
  await never.settled();
  const closed = it.connections.close(500);
  await idle.closes();
  assertEquals([slow.isClosed, never.isClosed, it.open().isClosed], [false, false, true]);
  gate.resolve();
  await slow.closes();
  assertEquals(slow.text, ok("x", "connection: close"));
  it.clock.advance(500);
  await never.closes();
  void closed; // a handler that never answers keeps its own promise, and no connection
});

Deno.test("who sends no request, half of one, or takes no answer keeps no one out", async () => {
  const it = new HttpSide(({ request }) => {
    return Promise.resolve(new Response("x".repeat(request.url.endsWith("/much") ? 9 : 1)));
  }, { most: 3 });
  const silent = it.open();
  const half = it.open();
  half.send("GET / HTTP/1.1\r\n");
  await half.settled();
  const stream = new FakeStream();
  stream.isSlow = true;
  const deaf = it.open(stream);
  deaf.send(get("/much"));
  await deaf.settled();
  const soon = it.open();
  assertEquals(soon.isClosed, true);
  it.clock.advance(1000);
  for (const gone of [silent, half, deaf]) {
    const late = it.open();
    await gone.closes();
    late.send(get("/"));
    await late.says(ok("x"));
  }
  await it.connections.close(0);
});

Deno.test("the network that holds the most connections makes room, also with those that have only come", async () => {
  const it = new HttpSide(() => Promise.resolve(new Response("x")), { most: 3 });
  const admin = it.open(new FakeStream(), "2001:db8:1::1");
  admin.send(get("/"));
  await admin.says(ok("x"));
  const [first, second] = [
    it.open(new FakeStream(), "2001:db8:2::1"),
    it.open(new FakeStream(), "2001:db8:2::2"),
  ];
  const other = it.open(new FakeStream(), "192.0.2.8");
  await first.closes();
  assertEquals([admin.isClosed, second.isClosed, other.isClosed], [false, false, false]);
  await it.connections.close(0);
});
