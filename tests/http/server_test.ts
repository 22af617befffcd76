/** Requests and answers on one connection: framing, order, what each side may leave out. */
import { assertEquals, assertMatch } from "@std/assert";
import type { HttpHandler } from "../../lib/plugin/management.ts";
import { get, HttpSide, ok, request } from "../support/http_side.ts";

const post = (body: string, ...headers: string[]) =>
  request("POST / HTTP/1.1", "Host: a", `Content-Length: ${body.length}`, ...headers) + body;

const echo: HttpHandler = async ({ request }) =>
  new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`);

Deno.test("requests in one piece are answered in order, one at a time", async () => {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const asked: string[] = [];
  const it = new HttpSide(async ({ request }) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const gate = Promise.withResolvers<void>();
    gates.set(pathname, gate);
    await gate.promise;
    return new Response(pathname);
  });
  const line = it.open();
  line.send(get("/1") + get("/2") + get("/3"));
  await line.settled();
  assertEquals([asked, line.text], [["/1"], ""]);
  for (const path of ["/1", "/2", "/3"]) {
    gates.get(path)!.resolve();
    await line.says(ok(path));
    await line.settled();
  }
  assertEquals([asked, line.text], [["/1", "/2", "/3"], ok("/1") + ok("/2") + ok("/3")]);
  line.stream.end();
  await line.closes();
});

Deno.test("a body is what its length says, and the next request what is behind it", async () => {
  const it = new HttpSide(echo);
  const text = await it.answer(post("GET /x HTTP/1.1\r\n\r\n") + get("/b"));
  assertEquals(text, ok("POST / GET /x HTTP/1.1\r\n\r\n") + ok("GET /b "));
  assertEquals(await it.answer(...post("in pieces")), ok("POST / in pieces"));
  assertEquals(await it.answer(post("")), ok("POST / "));
});

Deno.test("a body that no one reads is read past, where it is there", async () => {
  const it = new HttpSide(({ request }) => new Response(request.method));
  assertEquals(await it.answer(post("x".repeat(1000)) + get("/")), ok("POST") + ok("GET"));
});

Deno.test("Expect: 100-continue is answered when the body is asked for, and only then", async () => {
  const it = new HttpSide(({ request }) =>
    request.headers.has("x-no")
      ? new Response("no", { status: 403 })
      : request.text().then((text) => new Response(text))
  );
  const line = it.open();
  const [head = "", body = ""] = post("hello", "Expect: 100-Continue").split(/(?<=\r\n\r\n)/);
  line.send(head);
  await line.says("HTTP/1.1 100 Continue\r\n\r\n");
  line.send(body);
  await line.says(ok("hello"));
  assertEquals(line.isClosed, false);
  line.stream.end();
  await line.closes();
  const text = await it.answer(
    post("hello", "Expect: 100-continue", "X-No: 1").replace(/hello$/, ""),
  );
  assertMatch(text, /^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\nconnection: close\r\n\r\nno$/);
});

Deno.test("connections end where either side says so, and in HTTP/1.0 unless the client asks", async () => {
  const it = new HttpSide(echo);
  const after = async (...lines: string[]) => {
    const line = it.open();
    line.send(request(...lines) + get("/next"));
    await line.settled();
    const { isClosed, text } = line;
    if (!isClosed) line.stream.end();
    await line.closes();
    return [isClosed, text.includes("/next"), /connection: .*/.exec(text)?.[0].trim()];
  };
  assertEquals(await after("GET / HTTP/1.1", "Host: a"), [false, true, undefined]);
  const closed = [true, false, "connection: close"];
  assertEquals(await after("GET / HTTP/1.1", "Host: a", "Connection: x, Close"), closed);
  assertEquals(await after("GET / HTTP/1.0"), closed);
  const kept = [false, true, "connection: keep-alive"];
  assertEquals(await after("GET / HTTP/1.0", "Connection: keep-alive"), kept);
});

Deno.test("HEAD has the head of GET and no body; 204 and 304 have no length", async () => {
  let isCancelled = false;
  const it = new HttpSide(({ request }) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/stream") {
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(9)),
        cancel: () => void (isCancelled = true),
      });
      return new Response(body);
    }
    if (pathname === "/known") return new Response(null, { headers: { "content-length": "77" } });
    if (pathname === "/none") return new Response(null, { status: 204 });
    if (pathname === "/same") return new Response(null, { status: 304, headers: { etag: '"x"' } });
    return new Response("12345");
  });
  const head = (path: string) => request(`HEAD ${path} HTTP/1.1`, "Host: a");
  assertEquals(await it.answer(head("/") + get("/")), ok("12345").slice(0, -5) + ok("12345"));
  assertEquals(await it.answer(head("/known")), "HTTP/1.1 200 OK\r\ncontent-length: 77\r\n\r\n");
  assertEquals(await it.answer(get("/known")), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  assertEquals(await it.answer(get("/none")), "HTTP/1.1 204 No Content\r\n\r\n");
  assertEquals(await it.answer(get("/same")), 'HTTP/1.1 304 Not Modified\r\netag: "x"\r\n\r\n');
  assertMatch(await it.answer(head("/stream")), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
  assertEquals(isCancelled, true);
});

Deno.test("what frames an answer is ours to say, whatever headers a handler sets", async () => {
  const headers = {
    "Transfer-Encoding": "gzip",
    "Content-Length": "999",
    Connection: "upgrade",
    Upgrade: "x",
    "Set-Cookie": "a=1",
  };
  const it = new HttpSide(() => {
    const response = new Response("abc", { headers });
    response.headers.append("Set-Cookie", "b=\xff");
    return response;
  });
  assertEquals(
    (await it.answer(get("/"))).split("\r\n"),
    [
      "HTTP/1.1 200 OK",
      "content-type: text/plain;charset=UTF-8",
      "set-cookie: a=1",
      "set-cookie: b=\xff",
    ]
      .concat("content-length: 3", "", "abc"),
  );
});

Deno.test("a handler that throws, and one that answers nothing: 500, no word of it, a line in the log", async () => {
  const it = new HttpSide(({ request }) => {
    if (request.url.endsWith("/none")) return undefined as unknown as Response;
    throw new Error("the secret is 42");
  });
  const text = await it.answer(get("/a") + get("/none"));
  assertEquals(text.match(/HTTP\/1\.1 500 Internal Server Error/g)?.length, 2);
  assertEquals(text.match(/\{"error":"the request failed; the log says why"\}/g)?.length, 2);
  assertEquals(text.includes("secret"), false);
  assertEquals(it.log, [
    "GET /a failed: the secret is 42",
    "GET /none failed: the handler has answered with no Response",
  ]);
});

Deno.test("an answer that fails before its first byte is a 500, later the connection is cut", async () => {
  const it = new HttpSide(({ request }) => {
    let pieces = request.url.endsWith("/late") ? 2 : 0;
    return new Response(
      new ReadableStream({
        pull: (controller) =>
          pieces-- > 0
            ? controller.enqueue(new Uint8Array([65]))
            : controller.error(new Error("torn")),
      }, { highWaterMark: 0 }),
    );
  });
  assertMatch(await it.answer(get("/early")), /^HTTP\/1\.1 500 /);
  const text = await it.answer(get("/late"));
  assertEquals(text.endsWith("1\r\nA\r\n1\r\nA\r\n"), true, text);
  assertEquals(it.log, [
    "GET /early: its answer broke off: torn",
    "GET /late: its answer broke off: torn",
  ]);
});

Deno.test("a body of unknown length goes in chunks, in HTTP/1.0 to the end of the connection", async () => {
  const it = new HttpSide(() => {
    const pieces = ["ab", "", "c"];
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          const piece = pieces.shift();
          if (piece === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(piece));
        },
      }),
    );
  });
  const line = it.open();
  line.send(get("/"));
  await line.says("0\r\n\r\n");
  assertMatch(line.text, /\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n$/);
  assertEquals(line.isClosed, false);
  line.send(request("GET / HTTP/1.0"));
  await line.closes();
  assertMatch(line.text, /0\r\n\r\nHTTP\/1\.1 200 OK\r\nconnection: close\r\n\r\nabc$/);
});

Deno.test("who sends a body that is refused gets the answer, also while it goes on sending", async () => {
  const it = new HttpSide(() => new Response("x"));
  const line = it.open();
  line.send(request("POST / HTTP/1.1", "Host: a", "Content-Length: 5000"));
  await line.says('{"error":"the body has more than 1024 bytes"}');
  line.send("x".repeat(5000));
  await line.settled();
  assertEquals(line.isClosed, false, "a close now would take the answer back");
  line.stream.end();
  await line.closes();
});
