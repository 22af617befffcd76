/** Heads of HTTP requests: whole, in pieces, broken, too long. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  LONGEST_HEAD,
  MOST_HEADERS,
  parseHead,
  readRequest,
} from "../../../lib/net/listen/http_head.ts";
import { HttpRefusal } from "../../../lib/net/listen/http_refusal.ts";
import { FakeStream } from "../../support/fake_stream.ts";
import { bytes, utf8 } from "../../support/raw_packets.ts";

const HEAD =
  "GET /mqtt?a=b HTTP/1.1\r\nHost: example.org\r\nX-One:1\r\nx-one: \t 2 \t\r\nEmpty:\r\n\r\n";
const PARSED = {
  method: "GET",
  target: "/mqtt?a=b",
  version: "1.1",
  headers: new Map([["host", ["example.org"]], ["x-one", ["1", "2"]], ["empty", [""]]]),
};
const BEHIND = bytes(0x82, 0x80, 13, 10, 13, 10);

Deno.test("http head: whole, byte by byte and split at each place, with what is behind it", async () => {
  const all = bytes(HEAD, BEHIND);
  for (let at = 0; at <= all.length; at++) {
    const stream = new FakeStream();
    stream.give(all.slice(0, at), all.slice(at));
    const { head, rest } = await readRequest(stream, undefined);
    assertEquals(head, PARSED);
    // What was not read yet is still to come.
    assertEquals(BEHIND.slice(0, rest.length), rest);
  }
  const stream = new FakeStream();
  for (const byte of all) stream.give(Uint8Array.of(byte));
  const { head, rest } = await readRequest(stream, undefined);
  assertEquals([head, rest], [PARSED, bytes()]);
});

Deno.test("http head: bytes that came early are its beginning, and may be more than all of it", async () => {
  for (let early = 0; early <= HEAD.length; early++) {
    const stream = new FakeStream();
    const all = utf8(HEAD);
    stream.give(all.slice(early));
    assertEquals((await readRequest(stream, all.slice(0, early))).head, PARSED);
  }
  const { head, rest } = await readRequest(new FakeStream(), bytes(HEAD, BEHIND));
  assertEquals([head, rest], [PARSED, BEHIND]);
  const large = bytes(HEAD, new Uint8Array(20_000));
  assertEquals((await readRequest(new FakeStream(), large)).rest, new Uint8Array(20_000));
});

Deno.test("http head: the longest is taken, one that is longer is refused before more is read", async () => {
  const withLength = (length: number) => {
    const frame = "GET / HTTP/1.1\r\nX: \r\n\r\n";
    return utf8(frame.replace("X: ", `X: ${"x".repeat(length - frame.length)}`));
  };
  const longest = new FakeStream();
  longest.give(withLength(LONGEST_HEAD));
  assertEquals((await readRequest(longest, undefined)).head.method, "GET");
  const longer = new FakeStream();
  longer.give(withLength(LONGEST_HEAD + 1));
  const refusal = await assertRejects(() => readRequest(longer, undefined), HttpRefusal);
  assertEquals(refusal.status, 431);
});

Deno.test("http head: one of a gigabyte costs eight kilobytes", async () => {
  const stream = new FakeStream();
  let given = 0;
  const read = stream.read.bind(stream);
  stream.read = (into) => {
    stream.give(utf8(given === 0 ? "GET / HTTP/1.1\r\n" : "X-Large: 1234567\r\n".repeat(20)));
    given++;
    return read(into);
  };
  const refusal = await assertRejects(() => readRequest(stream, undefined), HttpRefusal);
  assertEquals([refusal.status, given < 60], [431, true]);
  assertEquals(Math.max(...stream.rooms) <= LONGEST_HEAD, true);
});

Deno.test("http head: at most a hundred headers", () => {
  const withHeaders = (count: number) => `GET / HTTP/1.1${"\r\nX: y".repeat(count)}`;
  assertEquals(parseHead(withHeaders(MOST_HEADERS)).headers.get("x")?.length, MOST_HEADERS);
  const refusal = assertThrows(() => parseHead(withHeaders(MOST_HEADERS + 1)), HttpRefusal);
  assertEquals(refusal.status, 431);
});

Deno.test("http head: what is doubtful is refused", () => {
  const bad = [
    "",
    "GET /",
    "GET  / HTTP/1.1",
    "GET / HTTP/1.1 ",
    "GET / http/1.1",
    "GET / HTTP/11",
    "GET /a b HTTP/1.1",
    "GET /\x00 HTTP/1.1",
    "GET /\xe9 HTTP/1.1",
    "G(T / HTTP/1.1",
    " GET / HTTP/1.1",
    "GET / HTTP/1.1\r\nHost",
    "GET / HTTP/1.1\r\n: x",
    "GET / HTTP/1.1\r\nHost : x",
    "GET / HTTP/1.1\r\n Host: x",
    "GET / HTTP/1.1\r\nHost: x\r\n folded",
    "GET / HTTP/1.1\r\nHost: x\n",
    "GET / HTTP/1.1\r\nHost: x\rX: y",
    "GET / HTTP/1.1\nHost: x",
    "GET / HTTP/1.1\r\nHost: \x00",
    "GET / HTTP/1.1\r\nH\xf6st: x",
  ];
  for (const text of bad) {
    const refusal = assertThrows(
      () => parseHead(text),
      HttpRefusal,
      undefined,
      JSON.stringify(text),
    );
    assertEquals(refusal.status, 400);
  }
});

Deno.test("http head: what is no HTTP is told at its first byte", async () => {
  for (
    const [first, says] of [[0x10, "MQTT without"], [0x16, "TLS"], [0, "no HTTP"], [
      13,
      "no HTTP",
    ]] as const
  ) {
    const stream = new FakeStream();
    stream.give(Uint8Array.of(first));
    const refusal = await assertRejects(() => readRequest(stream, undefined), HttpRefusal, says);
    assertEquals(refusal.status, 400);
  }
});

Deno.test("http head: the end of the stream within it", async () => {
  for (const part of ["", "GET / HTTP/1.1\r\nHost: x\r\n"]) {
    const stream = new FakeStream();
    stream.give(utf8(part));
    stream.end();
    await assertRejects(() => readRequest(stream, undefined), Error, "ended within the head");
  }
});

Deno.test("http head: a refusal is a whole answer, and all of it is text", () => {
  const refusal = new HttpRefusal(426, "what is expected: Füße", "Upgrade: websocket");
  const [head = "", body = ""] = new TextDecoder().decode(refusal.bytes).split("\r\n\r\n");
  assertEquals(head.split("\r\n"), [
    "HTTP/1.1 426 Upgrade Required",
    "Content-Type: text/plain; charset=utf-8",
    "X-Content-Type-Options: nosniff",
    `Content-Length: ${utf8(body).length}`,
    "Connection: close",
    "Upgrade: websocket",
  ]);
  assertEquals(body, "what is expected: Füße\n");
});
