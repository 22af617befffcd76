/** Responses as bytes: what is understood, and that nothing is that could be understood in two ways. */
import { assertEquals, assertRejects } from "@std/assert";
import { SourceError } from "../../../lib/access/sources/error.ts";
import { ByteReader } from "../../../plugins/http/reader.ts";
import { MAX_BODY, readResponse } from "../../../plugins/http/response.ts";
import type { ByteStream } from "../../../lib/net/stream.ts";

/** A stream of these bytes, at most `step` at a time, and then its end. */
function streamOf(text: string, step: number): ByteStream {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return {
    read(into) {
      const part = bytes.subarray(at, at + Math.min(step, into.length));
      if (part.length === 0) return Promise.resolve(null);
      into.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
    write: () => Promise.reject(new Error("not asked")),
    close: () => {},
  };
}

async function read(text: string, step: number): Promise<[number, string | undefined, boolean]> {
  const { status, body, keepAlive } = await readResponse(new ByteReader(streamOf(text, step)));
  return [status, body && new TextDecoder().decode(body), keepAlive];
}

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("responses that are understood, at once and byte by byte", async (t) => {
  const vectors: [name: string, text: string, expected: [number, string | undefined, boolean]][] = [
    ["a counted body", `${OK}Content-Length: 6\r\n\r\nignore`, [200, "ignore", true]],
    ["an empty body", `${OK}content-length: 0\r\n\r\n`, [200, "", true]],
    ["no reason", "HTTP/1.1 403\r\ncontent-length: 0\r\n\r\n", [403, "", true]],
    ["lines ending in LF", "HTTP/1.1 200 OK\ncontent-length: 2\n\nok", [200, "ok", true]],
    ["204 has no body", "HTTP/1.1 204 No Content\r\n\r\n", [204, "", true]],
    ["204 with a length", "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", [204, "", true]],
    ["304 has no body", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", [304, "", true]],
    ["a body up to the end", `${OK}\r\nignore`, [200, "ignore", false]],
    ["Connection: close", `${OK}Connection: Close\r\ncontent-length: 2\r\n\r\nok`, [
      200,
      "ok",
      false,
    ]],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", [200, "ok", false]],
    [
      "HTTP/1.0 that goes on",
      "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok",
      [200, "ok", true],
    ],
    [
      "chunks",
      `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nign\r\n3;x=y\r\nore\r\n0\r\nTrailer: x\r\n\r\n`,
      [200, "ignore", true],
    ],
    ["the same length twice", `${OK}content-length: 2\r\ncontent-length: 2\r\n\r\nok`, [
      200,
      "ok",
      true,
    ]],
    ["100 first", `HTTP/1.1 100 Continue\r\n\r\n${OK}content-length: 2\r\n\r\nok`, [
      200,
      "ok",
      true,
    ]],
    ["103 first", `HTTP/1.1 103 X\r\nlink: y\r\n\r\n${OK}content-length: 2\r\n\r\nok`, [
      200,
      "ok",
      true,
    ]],
    [
      "a body above the limit",
      `${OK}content-length: ${MAX_BODY + 1}\r\n\r\nstart`,
      [200, undefined, false],
    ],
    [
      "a body at the limit",
      `${OK}content-length: ${MAX_BODY}\r\n\r\n${"x".repeat(MAX_BODY)}`,
      [200, "x".repeat(MAX_BODY), true],
    ],
    ["an endless body", `${OK}\r\n${"x".repeat(MAX_BODY + 1)}`, [200, undefined, false]],
    [
      "too many chunks",
      `${OK}transfer-encoding: chunked\r\n\r\n${`8000\r\n${"x".repeat(0x8000)}\r\n`.repeat(3)}`,
      [200, undefined, false],
    ],
  ];
  for (const [name, text, expected] of vectors) {
    await t.step(name, async () => {
      assertEquals(await read(text, 1 << 20), expected);
      assertEquals(await read(text, 1), expected);
    });
  }
});

Deno.test("bytes behind a response make its connection unusable", async () => {
  assertEquals(await read(`${OK}content-length: 2\r\n\r\nokHTTP/1.1 200`, 1 << 20), [
    200,
    "ok",
    false,
  ]);
});

Deno.test("responses that are refused", async (t) => {
  const vectors: [name: string, text: string][] = [
    ["another protocol", "SSH-2.0-OpenSSH\r\n"],
    ["HTTP/2", "HTTP/2 200\r\n\r\n"],
    ["HTTP/0.9", "<html>ok</html>\n"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"],
    ["a header without colon", `${OK}nonsense\r\n\r\n`],
    ["a folded header", `${OK}a: b\r\n c: d\r\n\r\n`],
    ["a space in front of the colon", `${OK}content-length : 2\r\n\r\nok`],
    ["two lengths", `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok!`],
    ["a length that is none", `${OK}content-length: -1\r\n\r\n`],
    ["an empty length", `${OK}content-length:\r\n\r\n`],
    ["length and chunks", `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["an unknown coding", `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["a chunk size that is none", `${OK}transfer-encoding: chunked\r\n\r\nx\r\n\r\n`],
    ["a chunk longer than it says", `${OK}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`],
    ["switching protocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["nothing but interim responses", "HTTP/1.1 100 Continue\r\n\r\n".repeat(11)],
    ["an endless line", `${OK}a: ${"x".repeat(5000)}\r\n\r\n`],
    ["an endless head", `${OK}${`a: ${"x".repeat(1000)}\r\n`.repeat(20)}\r\n`],
    ["an end in the status line", "HTTP/1.1 20"],
    ["an end in the head", `${OK}content-length: 2\r\n`],
    ["an end in a counted body", `${OK}content-length: 6\r\n\r\nign`],
    ["an end in a chunk", `${OK}transfer-encoding: chunked\r\n\r\n6\r\nign`],
    ["an end behind a chunk", `${OK}transfer-encoding: chunked\r\n\r\n3\r\nign\r\n`],
    ["nothing at all", ""],
  ];
  for (const [name, text] of vectors) {
    await t.step(name, async () => {
      await assertRejects(() => read(text, 1 << 20), SourceError);
      await assertRejects(() => read(text, 1), SourceError);
    });
  }
});
