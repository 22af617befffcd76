/** What is no request, or could be read in two ways: refused with JSON, and the connection ends. */
import { assertEquals, assertMatch } from "@std/assert";
import { get, HttpSide, ok, request } from "../support/http_side.ts";

const BODY = "Content-Length: 5";

/** Heads, with the status that they get, and what the answer says of it. */
const REFUSED: readonly [what: string, sent: string, status: number, says: RegExp][] = [
  ["no HTTP", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1", 400, /TLS/],
  ["a first line of two words", request("GET /"), 400, /request line/],
  ["a first line with two spaces", request("GET  / HTTP/1.1", "Host: a"), 400, /request line/],
  ["an unknown version", request("GET / HTTP/2.0", "Host: a"), 505, /HTTP\/1\.1/],
  ["an unknown method", request("BREW / HTTP/1.1", "Host: a"), 501, /method/],
  ["a method in lower case", request("get / HTTP/1.1", "Host: a"), 501, /method/],
  ["TRACE", request("TRACE / HTTP/1.1", "Host: a"), 501, /method/],
  ["CONNECT", request("CONNECT a:80 HTTP/1.1", "Host: a"), 501, /method/],
  ["no Host", request("GET / HTTP/1.1"), 400, /Host/],
  ["an empty Host", request("GET / HTTP/1.1", "Host: "), 400, /Host/],
  ["two Hosts", request("GET / HTTP/1.1", "Host: a", "Host: a"), 400, /Host/],
  ["a Host with a path", request("GET / HTTP/1.1", "Host: a/b"), 400, /Host/],
  ["a Host with a user", request("GET / HTTP/1.1", "Host: u@a"), 400, /Host/],
  ["a Host whose port is none", request("GET / HTTP/1.1", "Host: a:99999"), 400, /Host/],
  ["a Host that is a list", request("GET / HTTP/1.1", "Host: a, b"), 400, /Host/],
  ["another host in the target", request("GET http://b/ HTTP/1.1", "Host: a"), 400, /two servers/],
  ["a target with a user", request("GET http://u@a/ HTTP/1.1", "Host: a"), 400, /two servers/],
  ["no path", request("OPTIONS * HTTP/1.1", "Host: a"), 400, /path/],
  ["a target of another scheme", request("GET ftp://a/ HTTP/1.1", "Host: a"), 400, /path/],
  ["a target with a fragment", get("/x#y"), 400, /path/],
  ["a target with a backslash", get("/\\b/x"), 400, /path/],
  ["a header without a colon", get("/", "nonsense"), 400, /no HTTP header/],
  ["a space before the colon", get("/", "Content-Length : 5"), 400, /no HTTP header/],
  ["a header that is folded", get("/", "X: a", " b"), 400, /no HTTP header/],
  ["NUL in a header", get("/", "X: a\0b"), 400, /no HTTP header/],
  ["CR in a header", get("/", "X: a\rb"), 400, /no HTTP header/],
  ["LF alone behind the first line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, /LF alone/],
  ["LF alone behind a header", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400, /LF alone/],
  ["LF alone behind the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, /LF alone/],
  ["LF alone everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400, /LF alone/],
  ["a head without end", `GET / HTTP/1.1\r\n${"X: y\r\n".repeat(2000)}`, 431, /8192/],
  ["too many headers", get("/", ...Array(101).fill("X: y")), 431, /100 headers/],
  ["two lengths", request("POST / HTTP/1.1", "Host: a", BODY, BODY), 400, /one Content-Length/],
  ["a list of lengths", request("POST / HTTP/1.1", "Host: a", `${BODY}, 5`), 400, /Length/],
  ["a signed length", request("POST / HTTP/1.1", "Host: a", "Content-Length: +5"), 400, /Length/],
  ["a length in hex", request("POST / HTTP/1.1", "Host: a", "Content-Length: 0x5"), 400, /Length/],
  ["a huge length", request("POST / HTTP/1.1", "Host: a", `${BODY}${"0".repeat(20)}`), 400, /Le/],
  ["a negative length", request("POST / HTTP/1.1", "Host: a", "Content-Length: -5"), 400, /Leng/],
  ["an empty length", request("POST / HTTP/1.1", "Host: a", "Content-Length:"), 400, /Length/],
  [
    "chunks and a length",
    request("POST / HTTP/1.1", "Host: a", BODY, "Transfer-Encoding: chunked"),
    400,
    /Transfer-Encoding/,
  ],
  [
    "chunks of HTTP/1.0",
    request("POST / HTTP/1.0", "Transfer-Encoding: chunked"),
    400,
    /Transfer-Encoding/,
  ],
  [
    "chunks",
    `${request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")}0\r\n\r\n`,
    411,
    /Content-Length/,
  ],
  [
    "an encoding that no one knows",
    request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked"),
    411,
    /Content-Length/,
  ],
  ["a GET with a body", get("/", BODY), 400, /no body/],
  ["a body above the limit", request("POST / HTTP/1.1", "Host: a", `${BODY}000`), 413, /1024/],
  ["an unknown expectation", get("/", "Expect: more"), 417, /100-continue/],
];

for (const [what, sent, status, says] of REFUSED) {
  Deno.test(`${what}: ${status}, and no handler sees it, nor what comes behind it`, async () => {
    const asked: string[] = [];
    const it = new HttpSide(({ request }) => {
      asked.push(request.url);
      return new Response("x");
    });
    const text = await it.answer(sent, get("/smuggled"));
    assertEquals(text.match(/HTTP\/1\.1 \d/g)?.length, 1, text);
    assertMatch(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    assertMatch(text, /\r\nContent-Type: application\/json\r\n[^]*\r\nConnection: close\r\n/);
    assertMatch(JSON.parse(text.slice(text.indexOf("\r\n\r\n"))).error, says);
    assertEquals([asked, it.clock.timerCount], [[], 0]);
  });
}

Deno.test("a head may come byte by byte, and end in the middle: nothing is answered", async () => {
  const it = new HttpSide(() => new Response("x"));
  assertEquals(await it.answer(...get("/")), ok("x"));
  assertEquals(await it.answer("GET / HT"), "");
  assertEquals(await it.answer(), "");
});

Deno.test("the URL has the Host that was sent, in whatever form it is asked", async () => {
  const it = new HttpSide(({ request }) => new Response(request.url));
  const asked = async (...lines: string[]) =>
    (await it.answer(request(...lines))).split("\r\n").at(-1);
  assertEquals(
    await asked("GET /a//b?c=%20d HTTP/1.1", "Host: Page.example:81"),
    "http://page.example:81/a//b?c=%20d",
  );
  assertEquals(await asked("GET http://A:1/x HTTP/1.1", "Host: a:1"), "http://a:1/x");
  assertEquals(await asked("GET http://a?x HTTP/1.1", "Host: a"), "http://a/?x");
  assertEquals(await asked("GET //evil/x HTTP/1.1", "Host: a"), "http://a//evil/x");
  assertEquals(await asked("GET / HTTP/1.1", "Host: [::1]:8"), "http://[::1]:8/");
  assertEquals(await asked("GET /x HTTP/1.0"), "http://127.0.0.1/x");
  assertEquals(await asked("GET /x HTTP/1.0", "Host: b"), "http://b/x");
  const secure = new HttpSide(
    ({ request, isSecure }) => new Response(`${isSecure} ${request.url}`),
    {
      isSecure: true,
    },
  );
  assertMatch(await secure.answer(get("/")), /true https:\/\/a\/$/);
});
