/** WebSocket frames as the client reads and writes them, and the handshake; every byte by hand. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { WebSocketStream } from "../../lib/net/transport/ws_frames.ts";
import { dialWebSocket } from "../../lib/net/transport/ws_handshake.ts";
import { encodeBase64 } from "../../lib/encoding.ts";
import { normalizeClientConfig } from "../../lib/client/config.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { RawClient } from "../support/raw_client.ts";
import { bytes, hex, utf8 } from "../support/raw_packets.ts";
import { frame, Opcode, serverFrame } from "../support/raw_websocket.ts";
import { turn } from "../support/until.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** A stream over a fake one. */
function open(rest: Uint8Array = new Uint8Array(0)) {
  const below = new FakeStream();
  return { below, stream: new WebSocketStream(below, "client", rest) };
}

/** Everything up to the end, read so many bytes at a time. */
async function readAll(stream: WebSocketStream, step = 7): Promise<string> {
  const into = new Uint8Array(step);
  let all = "";
  for (let count = await stream.read(into); count !== null; count = await stream.read(into)) {
    all += new TextDecoder("latin1").decode(into.subarray(0, count));
  }
  return all;
}

/** Takes the mask off the frames that were written. */
function unmasked(written: readonly number[]): { opcode: number; payload: number[] }[] {
  const frames = [];
  for (let at = 0; at < written.length;) {
    const opcode = written[at]! & 0x0f;
    let length = written[at + 1]! & 0x7f;
    assertEquals([written[at]! & 0xf0, written[at + 1]! & 0x80], [0x80, 0x80], "final and masked");
    at += 2;
    if (length === 126) {
      length = written[at]! << 8 | written[at + 1]!;
      at += 2;
    }
    const mask = written.slice(at, at + 4);
    const payload = written.slice(at + 4, at + 4 + length).map((byte, i) => byte ^ mask[i & 3]!);
    frames.push({ opcode, payload });
    at += 4 + length;
  }
  return frames;
}

const MESSAGES = bytes(
  serverFrame(Opcode.BINARY, utf8("a")),
  serverFrame(Opcode.BINARY, utf8("")),
  serverFrame(Opcode.BINARY, utf8("bc"), false),
  serverFrame(Opcode.PONG, utf8("ignored")),
  serverFrame(Opcode.CONTINUATION, utf8(""), false),
  serverFrame(Opcode.CONTINUATION, utf8("d".repeat(200))),
  serverFrame(Opcode.BINARY, utf8("e".repeat(70_000))),
  serverFrame(Opcode.CLOSE, hex("03 e8")),
);
const CONTENT = `abc${"d".repeat(200)}${"e".repeat(70_000)}`;

Deno.test("websocket: frames of all lengths and fragments are one stream", async () => {
  const { below, stream } = open();
  below.give(MESSAGES);
  assertEquals(await readAll(stream, 1000), CONTENT);
});

Deno.test("websocket: bytes in any pieces, also behind the handshake", async () => {
  for (const size of [1, 2, 3, 5, 64]) {
    const { below, stream } = open(MESSAGES.slice(0, size));
    const short = MESSAGES.subarray(size, 300);
    for (let at = 0; at < short.length; at += size) below.give(short.slice(at, at + size));
    below.give(MESSAGES.subarray(300));
    assertEquals(await readAll(stream), CONTENT);
  }
});

Deno.test("websocket: a close is answered and ends the stream", async () => {
  const { below, stream } = open();
  below.give(serverFrame(Opcode.CLOSE, hex("03 e8")));
  assertEquals(await stream.read(new Uint8Array(10)), null);
  assertEquals(await stream.read(new Uint8Array(10)), null);
  assertEquals(unmasked(below.written), [{ opcode: Opcode.CLOSE, payload: [3, 0xe8] }]);
});

Deno.test("websocket: the end of the stream below is the end, but not within a frame", async () => {
  const { below, stream } = open();
  below.end();
  assertEquals(await stream.read(new Uint8Array(1)), null);
  for (const length of [1, 2, 3]) {
    const cut = open();
    cut.below.give(serverFrame(Opcode.BINARY, utf8("abc")).subarray(0, length + 1));
    cut.below.end();
    const reading = async () => {
      while (await cut.stream.read(new Uint8Array(10)) !== null);
    };
    await assertRejects(reading, Error, "cut off within a frame");
  }
});

const VIOLATIONS: readonly [title: string, data: Uint8Array, says: string][] = [
  ["a text frame", serverFrame(Opcode.TEXT, utf8("x")), "text frame [MQTT-6.0.0-1]"],
  ["a masked frame", frame(Opcode.BINARY, utf8("x")), "a mask"],
  ["reserved bits", hex("c2 01 78"), "reserved bits"],
  ["an unknown data opcode", hex("83 00"), "frame 3 amiss"],
  ["an unknown control opcode", hex("8b 00"), "frame 11 amiss"],
  ["a continuation of nothing", serverFrame(Opcode.CONTINUATION, utf8("x")), "frame 0 amiss"],
  ["a fragmented ping", hex("09 00"), "frame 9 amiss"],
  ["a long ping", serverFrame(Opcode.PING, new Uint8Array(126)), "frame 9 amiss"],
  ["an impossible length", hex("82 7f ff ff ff ff ff ff ff ff"), "impossible length"],
  [
    "a message within a message",
    bytes(serverFrame(Opcode.BINARY, utf8("a"), false), serverFrame(Opcode.BINARY, utf8("b"))),
    "frame 2 amiss",
  ],
];

for (const [title, data, says] of VIOLATIONS) {
  Deno.test(`websocket: ${title} is refused`, async () => {
    const { below, stream } = open();
    below.give(data);
    await assertRejects(() => readAll(stream), Error, says);
  });
}

Deno.test("websocket: what is written is masked, in frames of at most 65,535 bytes", async () => {
  const { below, stream } = open();
  const data = Uint8Array.from({ length: 70_000 }, (_, i) => i & 0xff);
  for (let at = 0; at < data.length;) at += await stream.write(data.subarray(at));
  await stream.write(utf8("short"));
  const frames = unmasked(below.written);
  assertEquals(frames.map(({ opcode, payload }) => [opcode, payload.length]), [
    [Opcode.BINARY, 65_535],
    [Opcode.BINARY, 4465],
    [Opcode.BINARY, 5],
  ]);
  assertEquals(frames.slice(0, 2).flatMap(({ payload }) => payload), [...data]);
});

Deno.test("websocket: a pong waits until the frame under way is written", async () => {
  const { below, stream } = open();
  below.isSlow = true;
  const writing = stream.write(utf8("data"));
  below.give(serverFrame(Opcode.PING, utf8("hi")), serverFrame(Opcode.BINARY, utf8("x")));
  assertEquals(await stream.read(new Uint8Array(10)), 1);
  while (below.isWriting) {
    below.writeSome(3);
    await turn();
  }
  await writing;
  assertEquals(unmasked(below.written).map(({ opcode, payload }) => [opcode, payload.length]), [
    [Opcode.BINARY, 4],
    [Opcode.PONG, 2],
  ]);
});

/** What the client makes of this answer to its handshake. */
async function handshake(answer: (key: string) => string, headers = {}): Promise<string> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const uri = `ws://127.0.0.1:${listener.addr.port}/mqtt?x=1`;
  const config = normalizeClientConfig({ connection: { uri, headers } });
  const dialling = dialWebSocket(config, AbortSignal.timeout(PATIENCE_MS)).then(
    (stream) => {
      stream.close();
      return "open";
    },
    (error: Error) => error.message,
  );
  const server = RawClient.of(await listener.accept());
  let request = "";
  while (!request.endsWith("\r\n\r\n")) {
    request += new TextDecoder().decode(await server.take(1));
  }
  assertStringIncludes(request, "GET /mqtt?x=1 HTTP/1.1\r\n");
  assertStringIncludes(request, `\r\nHost: 127.0.0.1:${listener.addr.port}\r\n`);
  await server.sendAnyway(utf8(answer(/^Sec-WebSocket-Key: (.*)\r$/m.exec(request)![1]!)));
  await server.closeWrite();
  const result = await dialling;
  await server.close();
  return result;
}

async function accept(key: string): Promise<string> {
  const text = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  return encodeBase64(new Uint8Array(await crypto.subtle.digest("SHA-1", text)));
}

Deno.test("websocket: the standard's own example of an answer's key", async () => {
  assertEquals(await accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

const ANSWERS: readonly [answer: string, says: string][] = [
  ["HTTP/1.1 404 Not Found\r\n\r\n", "the server answered 404 Not Found and no WebSocket"],
  ["HTTP/1.1 302\r\nLocation: /\r\n\r\n", "the server answered 302 and no WebSocket"],
  ["220 smtp.example ESMTP\r\n\r\n", "the server does not speak HTTP"],
  [
    "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: upgrade\r\n" +
    "Sec-WebSocket-Accept: wrong\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
    "the server's answer to the WebSocket handshake is wrong",
  ],
  ["HTTP/1.1 101 Yes\r\n\r\n", "the server's answer to the WebSocket handshake is wrong"],
  [
    `HTTP/1.1 101 Yes\r\nX: ${"x".repeat(20_000)}`,
    "the server's answer to the handshake is too long",
  ],
  ["", "the server closed the connection during the handshake"],
];

for (const [answer, says] of ANSWERS) {
  Deno.test(`websocket: handshake answered by ${JSON.stringify(answer.slice(0, 40))}`, async () => {
    assertEquals(await handshake(() => answer), says);
  });
}

Deno.test("websocket: a header that would be another line is refused", async () => {
  const dial = (headers: Record<string, string>) =>
    dialWebSocket(
      normalizeClientConfig({ connection: { uri: "ws://127.0.0.1:1", headers } }),
      AbortSignal.timeout(PATIENCE_MS),
    );
  await assertRejects(() => dial({ "X-A": "1\r\nX-B: 2" }), Error, 'header "X-A" cannot be sent');
  await assertRejects(() => dial({ "X A": "1" }), Error, 'header "X A" cannot be sent');
});
