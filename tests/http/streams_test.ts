/** Answers without an end: pulled as they are taken, ended when no one waits for them any longer. */
import { assert, assertEquals } from "@std/assert";
import { FakeStream } from "../support/fake_stream.ts";
import { get, type HttpLine, HttpSide, ok, request } from "../support/http_side.ts";
import { turn, until } from "../support/until.ts";

const EVENTS = { headers: { "content-type": "text/event-stream" } };

/** Sends what is asked of it, and counts. */
class Source {
  pulled = 0;
  isCancelled = false;
  #isSilent: boolean;
  readonly signals: AbortSignal[] = [];

  constructor(isSilent = false) {
    this.#isSilent = isSilent;
  }

  get side(): HttpSide {
    return new HttpSide(({ request, signal }) => {
      if (!request.url.endsWith("/events")) return new Response("x");
      this.signals.push(signal);
      return new Response(this.#stream(), EVENTS);
    });
  }

  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: (controller) => {
        this.pulled++;
        if (this.#isSilent) return new Promise<void>(() => {});
        return controller.enqueue(new Uint8Array(1000));
      },
      cancel: () => void (this.isCancelled = true),
    }, { highWaterMark: 0 });
  }
}

/** Opens the stream; nothing of it is taken. */
async function slowReader(it: HttpSide): Promise<[HttpLine, FakeStream]> {
  const stream = new FakeStream();
  stream.isSlow = true;
  const line = it.open(stream);
  line.send(get("/events"));
  await until(() => stream.isWriting, "the head");
  return [line, stream];
}

Deno.test("a browser that takes nothing: one piece is made and waits, no more", async () => {
  const source = new Source();
  const it = source.side;
  const [line, stream] = await slowReader(it);
  for (let i = 0; i < 50; i++) await turn();
  assertEquals(source.pulled, 1);
  stream.writeSome();
  for (let taken = 1; taken < 5; taken++) {
    await until(() => stream.isWriting, "a piece");
    for (let i = 0; i < 20; i++) await turn();
    assertEquals(source.pulled, taken);
    stream.writeSome();
  }
  it.clock.advance(31_000);
  await line.closes();
  await until(() => source.isCancelled, "the end of the source");
  assert(source.signals[0]?.aborted);
});

for (
  const [how, go] of [
    ["ends its side", (line) => line.stream.end()],
    ["is gone", (line) => line.stream.failRead(new Deno.errors.ConnectionReset("reset"))],
  ] as const satisfies readonly (readonly [string, (line: HttpLine) => void])[]
) {
  Deno.test(`a peer that ${how} while nothing is sent ends the source`, async () => {
    const source = new Source(true);
    const it = source.side;
    const line = it.open();
    line.send(get("/events"));
    await line.says("transfer-encoding: chunked\r\n\r\n");
    await until(() => source.pulled === 1 && line.stream.isReading, "a source that waits");
    assertEquals([source.isCancelled, source.signals[0]?.aborted], [false, false]);
    go(line);
    await line.closes();
    await until(() => source.isCancelled && it.connections.size === 0, "the end of the source");
    assertEquals([source.signals[0]?.aborted, it.log, it.clock.timerCount], [true, [], 0]);
  });
}

Deno.test("what is sent behind a stream's request waits, a piece of it at most", async () => {
  const source = new Source(true);
  const it = source.side;
  const line = it.open();
  line.send(get("/events"));
  await until(() => source.pulled === 1, "the source");
  line.stream.give(new Uint8Array(100_000));
  await line.settled();
  const { rooms, isReading } = line.stream;
  assertEquals([isReading, rooms.at(-1)], [false, 1024]);
  await it.connections.close(0);
  assertEquals(source.isCancelled, true);
});

Deno.test("a request that came during a stream is answered behind it", async () => {
  const gate = Promise.withResolvers<void>();
  const it = new HttpSide(({ request }) => {
    if (!request.url.endsWith("/events")) return new Response("x");
    const body = new ReadableStream({
      async pull(controller) {
        await gate.promise;
        controller.close();
      },
    }, { highWaterMark: 0 });
    return new Response(body, EVENTS);
  });
  const line = it.open();
  line.send(get("/events"));
  await line.says("chunked\r\n\r\n");
  line.send(get("/"));
  await line.settled();
  gate.resolve();
  await line.says(`0\r\n\r\n${ok("x")}`);
  line.stream.end();
  await line.closes();
});

Deno.test("a body larger than its request's limit is not needed to echo what comes in", async () => {
  const it = new HttpSide(({ request }) => new Response(request.body));
  const line = it.open();
  line.send(request("POST / HTTP/1.1", "Host: a", "Content-Length: 6"));
  await line.settled();
  for (const piece of ["ab", "cd", "ef"]) {
    line.send(piece);
    await line.settled();
  }
  await line.says("2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n0\r\n\r\n");
  line.stream.end();
  await line.closes();
});
