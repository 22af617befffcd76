/** Bytes that no one has asked for answer no question: on an idle connection, behind a response, in front of a request. */
import { assertEquals, assertRejects } from "@std/assert";
import { SourceError } from "../../../lib/access/sources/error.ts";
import type { ByteStream } from "../../../lib/net/stream.ts";
import { HttpConnection, StaleConnectionError } from "../../../plugins/http/connection.ts";
import type { HttpRequest } from "../../../plugins/http/request.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { turn } from "../../support/until.ts";
import { NEVER } from "../../access/sources/support.ts";
import { RawHttpServer, response } from "../../support/raw_http_server.ts";
import { HttpPlugin, short } from "../http_support.ts";

const QUESTION: HttpRequest = {
  method: "POST",
  url: new URL("http://a.example/acl"),
  headers: new Map(),
  body: "topic=a",
};

/** A server's end in the hands of a test: what it says, and when a write is over. */
class Scene implements ByteStream {
  readonly connection: HttpConnection;
  readonly written: Uint8Array[] = [];
  isClosed = false;
  /** Bytes that one write takes. */
  room = Infinity;
  /** Called with each write, before it is over. */
  onWrite: () => void = () => {};
  #said = new Uint8Array();
  #hear: (() => void) | undefined;

  constructor(clock?: FakeClock) {
    this.connection = new HttpConnection(this, clock);
  }

  say(text: string): void {
    this.#said = new TextEncoder().encode(text);
    this.#hear?.();
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#said.length === 0) {
      if (this.isClosed) return null;
      await new Promise<void>((resolve) => this.#hear = resolve);
    }
    const count = Math.min(into.length, this.#said.length);
    into.set(this.#said.subarray(0, count));
    this.#said = this.#said.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    const part = bytes.slice(0, this.room);
    this.written.push(part);
    this.onWrite();
    return new Promise((resolve) => setTimeout(() => resolve(part.length), 0));
  }

  close(): void {
    this.isClosed = true;
    this.#hear?.();
  }

  /** The answer's status. */
  async ask(): Promise<number> {
    return (await this.connection.exchange(QUESTION, NEVER)).status;
  }
}

for (const unasked of [response(200), "H", "\r\n"]) {
  const title = `idle: ${
    JSON.stringify(unasked)
  } drops the connection, the next question has its own answer`;
  Deno.test(title, async () => {
    await using server = new RawHttpServer(() => response(403));
    await using http = await HttpPlugin.setUp({
      acl_req: { url: server.url("/acl") },
      cache_ttl: 0,
    });
    assertEquals(short(await http.right("publish", "mine")), "deny");
    await server.say(unasked);
    await server.allClosed();
    assertEquals(short(await http.right("publish", "yours")), "deny");
    assertEquals([server.connections, server.requests.length], [2, 2]);
  });
}

Deno.test("idle: bytes that came while several connections were kept drop them all", async () => {
  await using server = new RawHttpServer(() => response(403));
  await using http = await HttpPlugin.setUp({ acl_req: { url: server.url("/acl") }, cache_ttl: 0 });
  const topics = ["a", "b", "c"];
  await Promise.all(topics.map((topic) => http.right("publish", topic)));
  await server.say(response(200));
  await server.allClosed();
  const again = await Promise.all(topics.map((topic) => http.right("publish", topic)));
  assertEquals(again.map(short), ["deny", "deny", "deny"]);
  assertEquals(server.connections, 6);
});

Deno.test("behind a response, in a packet of its own: the next question, at once, has its own answer", async () => {
  const answers = [[response(403), response(200)], response(403)];
  await using server = new RawHttpServer((_, index) => answers[index]!);
  await using http = await HttpPlugin.setUp({ acl_req: { url: server.url("/acl") }, cache_ttl: 0 });
  assertEquals(short(await http.right("publish", "a")), "deny");
  assertEquals(short(await http.right("publish", "b")), "deny");
  assertEquals(server.connections, 2);
});

Deno.test("a response without a question, at the first sight of us, is none", async () => {
  const scene = new Scene();
  scene.say(response(200));
  await assertRejects(() => scene.ask(), Error, "sent something before the request was sent");
  assertEquals([scene.written, scene.isClosed], [[], true]);
});

Deno.test("a response to half a request is none", async () => {
  const scene = new Scene();
  scene.room = 20;
  scene.onWrite = () => scene.say(response(200));
  await assertRejects(() => scene.ask(), Error, "sent something before the request was sent");
  assertEquals([scene.written.length, scene.isClosed], [1, true]);
});

Deno.test("bytes in front of a later request: another connection may ask it", async () => {
  const scene = new Scene();
  scene.onWrite = () => scene.say(response(403));
  assertEquals(await scene.ask(), 403);
  scene.say(response(200));
  await assertRejects(() => scene.ask(), StaleConnectionError);
  assertEquals([scene.written.length, scene.isClosed], [1, true]);
});

Deno.test("bytes that come a moment behind a response are not the next one's", async () => {
  const scene = new Scene(new FakeClock()); // no moment passes by itself
  assertEquals(scene.connection.isQuiet, true);
  scene.onWrite = () => scene.say(response(403));
  assertEquals(await scene.ask(), 403);
  assertEquals(scene.connection.isQuiet, false);
  const asked = assertRejects(() => scene.ask(), StaleConnectionError);
  await turn();
  scene.say(response(200));
  await asked;
  assertEquals(scene.written.length, 1);
});

Deno.test("the next request waits for two milliseconds of quiet, and no longer", async () => {
  const clock = new FakeClock();
  const scene = new Scene(clock);
  scene.onWrite = () => scene.say(response(403));
  assertEquals(await scene.ask(), 403);
  const asked = scene.ask();
  await turn();
  clock.advance(1);
  await turn();
  assertEquals(scene.written.length, 1);
  clock.advance(1);
  assertEquals(await asked, 403);
  assertEquals(clock.timerCount, 0);
});

/** Asks twice; the second time the server does this when it has the request. */
async function secondAnswer(answer: (scene: Scene) => void): Promise<number> {
  const scene = new Scene();
  scene.onWrite = () => scene.say(response(403));
  await scene.ask();
  scene.onWrite = () => answer(scene);
  return await scene.ask();
}

Deno.test("a kept connection that says nothing more may be replaced; one that says something wrong may not", async () => {
  const closed = (scene: Scene) => scene.close();
  await assertRejects(() => secondAnswer(closed), StaleConnectionError);
  const cut = (scene: Scene) => {
    scene.say("HTTP/1.1 200");
    setTimeout(closed, 5, scene);
  };
  await assertRejects(() => secondAnswer(cut), SourceError, "before the whole answer had come");
  const foreign = (scene: Scene) => scene.say("SSH-2.0-x\r\n");
  await assertRejects(() => secondAnswer(foreign), SourceError, "not HTTP/1.1");
  const scene = new Scene();
  scene.onWrite = () => scene.close();
  await assertRejects(() => scene.ask(), SourceError, "before the whole answer had come");
  const gone = new Scene();
  gone.isClosed = true;
  await assertRejects(() => gone.ask(), SourceError, "before the whole answer had come");
  assertEquals(gone.written, [], "no one is there to be asked");
});

Deno.test("an idle connection says that it has ended once, and not while it is asked", async () => {
  const scene = new Scene();
  let ended = 0;
  scene.onWrite = () => scene.say(response(204));
  for (let round = 0; round < 3; round++) {
    assertEquals(await scene.ask(), 204);
    scene.connection.watchIdle(() => ended++);
    assertEquals(ended, 0);
  }
  scene.close();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(ended, 1);
});
