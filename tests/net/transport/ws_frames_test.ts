/** WebSocketStream at either side: what it reads and writes; every byte of the peer by hand. */
import { assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../../lib/io.ts";
import type { WebSocketRole } from "../../../lib/net/transport/ws_frames.ts";
import { bytes, hex, utf8 } from "../../support/raw_packets.ts";
import { Opcode } from "../../support/raw_websocket.ts";
import { turn } from "../../support/until.ts";
import { pattern, peerFrame, ROLES, WebSocketSide as Side } from "../../support/websocket_side.ts";

/** A message in fragments, control frames between them, and another message. */
function conversation(role: WebSocketRole): Uint8Array[] {
  const make = (opcode: number, payload: string, isFinal = true) =>
    peerFrame(role, opcode, payload, isFinal);
  return [
    make(Opcode.BINARY, "ab", false),
    make(Opcode.PING, "p"),
    make(Opcode.CONTINUATION, "", false),
    make(Opcode.PONG, ""),
    make(Opcode.CONTINUATION, "cde", false),
    make(Opcode.CONTINUATION, "f"),
    make(Opcode.BINARY, "g".repeat(130)),
    make(Opcode.BINARY, ""),
  ];
}
const SAID = `abcdef${"g".repeat(130)}`;

for (const role of ROLES) {
  const name = (text: string) => `ws frames, ${role}: ${text}`;

  Deno.test(name("payloads of all lengths, read with room for all, and with little"), async () => {
    for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 200_001]) {
      for (const room of [200_001, 4096, 777]) {
        const side = new Side(role);
        side.below.give(side.frame(Opcode.BINARY, pattern(length)), side.frame(Opcode.CLOSE, ""));
        assertEquals(await side.readAll(room), pattern(length), `${length} in ${room}`);
      }
    }
  });

  Deno.test(name("fragments, and control frames between them"), async () => {
    const side = new Side(role);
    side.below.give(...conversation(role), side.frame(Opcode.CLOSE, ""));
    assertEquals(await side.readAll(), utf8(SAID));
  });

  Deno.test(name("bytes one by one, some of them behind the handshake"), async () => {
    const all = bytes(...conversation(role), peerFrame(role, Opcode.CLOSE, ""));
    for (const behind of [0, 1, 2, 7, 20]) {
      const side = new Side(role, all.slice(0, behind));
      for (let at = behind; at < all.length; at++) side.below.give(all.slice(at, at + 1));
      assertEquals(await side.readAll(), utf8(SAID));
    }
  });

  Deno.test(
    name("one read takes all frames that have come, and no more than it has room for"),
    async () => {
      const side = new Side(role);
      side.below.give(bytes(...conversation(role)));
      assertEquals(await side.read(), utf8(SAID));
      const short = side.frame(Opcode.BINARY, "x".repeat(60));
      side.below.give(bytes(...Array.from({ length: 3 }, () => short)));
      assertEquals((await side.read())?.length, 180);
      side.below.give(bytes(...conversation(role)));
      let said = "";
      while (said.length < SAID.length) {
        const part = (await side.read(10))!;
        assertEquals(part.length <= 10, true);
        said += new TextDecoder().decode(part);
      }
      assertEquals(said, SAID);
    },
  );

  Deno.test(name("bytes outside of the room of a read stay as they are"), async () => {
    const side = new Side(role);
    side.below.give(side.frame(Opcode.BINARY, pattern(3000)), side.frame(Opcode.BINARY, "behind"));
    const into = new Uint8Array(4000).fill(0xee);
    const room = into.subarray(1, 3001);
    let count = 0;
    while (count < 3000) count += await side.stream.read(room.subarray(count)) ?? NaN;
    assertEquals(into.slice(1, 3001), pattern(3000));
    assertEquals([into[0], ...into.slice(3001)], new Array(1000).fill(0xee));
    assertEquals(await side.read(), utf8("behind"));
  });

  Deno.test(
    name("a read that took all its room says so, whatever the frames took of it"),
    async () => {
      const side = new Side(role);
      const short = side.frame(Opcode.BINARY, "x".repeat(60));
      side.below.give(bytes(...Array.from({ length: 20 }, () => short)));
      await side.read(512);
      assertEquals(side.stream.isFull, true);
      side.below.give(short);
      await side.read(4096);
      assertEquals(side.stream.isFull, false);
    },
  );

  Deno.test(name("rooms of every size read the same"), async () => {
    const all = bytes(...conversation(role), peerFrame(role, Opcode.CLOSE, ""));
    for (let room = 1; room < 160; room++) {
      const side = new Side(role);
      side.below.give(all);
      assertEquals(await side.readAll(room), utf8(SAID), `room for ${room}`);
    }
  });

  Deno.test(name("cut off anywhere: an error within a frame, the end between two"), async () => {
    const frames = conversation(role);
    const all = bytes(...frames);
    const borders = new Set([0]);
    let border = 0;
    for (const one of frames) borders.add(border += one.length);
    for (let end = 0; end <= all.length; end++) {
      const side = new Side(role);
      side.below.give(all.slice(0, end));
      side.below.end();
      if (borders.has(end)) await side.readAll();
      else await assertRejects(() => side.readAll(), Error, "cut off within a frame", `at ${end}`);
    }
  });

  Deno.test(name("a ping is answered with its payload, a pong by nothing"), async () => {
    const side = new Side(role);
    for (const payload of [new Uint8Array(0), pattern(125)]) {
      side.below.give(side.frame(Opcode.PONG, payload), side.frame(Opcode.PING, payload));
      side.below.give(side.frame(Opcode.BINARY, "x"));
      assertEquals(await side.read(), utf8("x"));
    }
    await turn();
    assertEquals(side.written, [
      { opcode: Opcode.PONG, payload: new Uint8Array(0) },
      { opcode: Opcode.PONG, payload: pattern(125) },
    ]);
  });

  Deno.test(name("of pings that come while a pong waits the last is answered"), async () => {
    const side = new Side(role);
    side.below.isSlow = true;
    const writing = side.stream.write(utf8("data"));
    await turn();
    for (let count = 0; count < 1000; count++) {
      side.below.give(side.frame(Opcode.PING, `ping ${count}`));
    }
    side.below.give(side.frame(Opcode.BINARY, "x"));
    assertEquals(await side.read(), utf8("x"));
    while (side.below.isWriting) {
      side.below.writeSome(3);
      await turn();
    }
    await writing;
    assertEquals(side.written, [
      { opcode: Opcode.BINARY, payload: utf8("data") },
      { opcode: Opcode.PONG, payload: utf8("ping 999") },
    ]);
  });

  Deno.test(name("a peer that sends nothing but pings leaves time to others"), async () => {
    const side = new Side(role);
    const pings = bytes(...Array.from({ length: 20 }, () => side.frame(Opcode.PING, "")));
    const read = side.below.read.bind(side.below);
    let feeds = 0;
    let isFed = true;
    side.below.read = (into) => {
      isFed &&= feeds++ < 10_000;
      if (isFed) side.below.give(pings);
      return read(into);
    };
    const reading = side.read();
    await turn();
    await turn();
    assertEquals(isFed, true, "a timer fired while it went on");
    isFed = false;
    side.below.give(side.frame(Opcode.BINARY, "at last"));
    assertEquals(await reading, utf8("at last"));
  });

  Deno.test(
    name("a close is answered behind what was written, and ends both directions"),
    async () => {
      const side = new Side(role);
      side.below.isSlow = true;
      const writing = side.stream.write(utf8("last words"));
      await turn();
      side.below.give(side.frame(Opcode.CLOSE, hex("03 e8")), side.frame(Opcode.BINARY, "ignored"));
      let isRead = false;
      const reading = side.read().finally(() => isRead = true);
      await turn();
      await assertRejects(() => side.stream.write(utf8("x")), Error, "the WebSocket is closed");
      while (side.below.isWriting) {
        assertEquals(isRead, false, "the end is told when the answer has left");
        side.below.writeSome();
        await turn();
      }
      await writing;
      assertEquals([await reading, await side.read()], [null, null]);
      assertEquals(side.written, [
        { opcode: Opcode.BINARY, payload: utf8("last words") },
        { opcode: Opcode.CLOSE, payload: hex("03 e8") },
      ]);
    },
  );

  Deno.test(name("a close that cannot be answered is the end all the same"), async () => {
    const side = new Side(role);
    side.below.failWrites(new Error("gone"));
    side.below.give(side.frame(Opcode.CLOSE, ""));
    assertEquals(await side.read(), null);
  });

  Deno.test(name("closing ends the stream below, and writes"), async () => {
    const side = new Side(role);
    side.stream.close();
    assertEquals(side.below.closeCount, 1);
    await assertRejects(() => side.stream.write(utf8("x")), Error, "the WebSocket is closed");
  });

  Deno.test(name("a write is a frame of at most 65,535 bytes"), async () => {
    for (const length of [1, 125, 126, 65_535, 65_536]) {
      const side = new Side(role);
      await writeAll(side.stream, pattern(length));
      const sizes = side.written.map(({ opcode, payload }) => [opcode, payload.length]);
      const first = Math.min(length, 65_535);
      const rest = length - first;
      const expected = rest === 0 ? [first] : [first, rest];
      assertEquals(sizes, expected.map((size) => [Opcode.BINARY, size]));
      assertEquals(bytes(...side.written.map(({ payload }) => payload)), pattern(length));
    }
  });

  Deno.test(name("a failed write is told, and the next one fails by itself"), async () => {
    const side = new Side(role);
    side.below.failWrites(new Error("torn"));
    await assertRejects(() => side.stream.write(utf8("x")), Error, "torn");
    await assertRejects(() => side.stream.write(utf8("x")), Error, "torn");
  });
}

/** Two sides, each of which reads what the other has written. */
Deno.test("ws frames: what one side writes the other reads, both ways", async () => {
  for (const [from, to] of [["client", "server"], ["server", "client"]] as const) {
    const [writer, reader] = [new Side(from), new Side(to)];
    const parts = [1, 125, 126, 5000, 65_535, 65_536, 150_000].map(pattern);
    for (const part of parts) await writeAll(writer.stream, part);
    const sent = Uint8Array.from(writer.below.written);
    for (let at = 0; at < sent.length; at += 1_999) reader.below.give(sent.slice(at, at + 1_999));
    reader.below.end();
    assertEquals(await reader.readAll(), bytes(...parts));
  }
});

Deno.test("ws frames: the stream below is read into the reader's own buffer", async () => {
  const side = new Side("server");
  const data = side.frame(Opcode.BINARY, "x".repeat(40));
  side.below.give(data, data.slice(0, 3), data.slice(3));
  assertEquals((await side.read(1000))?.length, 40);
  assertEquals((await side.read(1000))?.length, 40);
  assertEquals(side.below.rooms, [1000, 1000, 997]);
});
