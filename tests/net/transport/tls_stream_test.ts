/**
 * TlsStream at both ends of a real TLS connection, and over sockets that a test makes up: back-pressure, ends,
 * failures, closing at any moment.
 */
import { Duplex } from "node:stream";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../../lib/io.ts";
import type { ByteStream } from "../../../lib/net/stream.ts";
import { TlsStream } from "../../../lib/net/transport/tls_stream.ts";
import { withDeadline } from "../../../lib/wait.ts";
import { within } from "../../support/raw_client.ts";
import { utf8 } from "../../support/raw_packets.ts";
import { TlsPair } from "../../support/tls_pair.ts";
import { turn } from "../../support/until.ts";

const MIB = 1_048_576;
const DIRECTIONS = [["client", "server"], ["server", "client"]] as const;

/** What one read gives: text, or null at the end. */
async function read(stream: ByteStream, room = 100): Promise<string | null> {
  const into = new Uint8Array(room);
  const count = await within(stream.read(into), "a read");
  return count === null ? null : new TextDecoder().decode(into.subarray(0, count));
}

async function readBytes(stream: ByteStream, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await within(stream.read(into.subarray(at)), "a read");
    if (count === null) throw new Error(`the end after ${at} bytes`);
    at += count;
  }
  return into;
}

/** Writes until the other side takes no more; how many bytes, and the write that hangs. */
async function writeUntilFull(
  stream: ByteStream,
): Promise<{ sent: number; hanging: Promise<unknown> }> {
  const block = new Uint8Array(MIB);
  for (let sent = 0; sent < 64 * MIB; sent += block.length) {
    const hanging = stream.write(block);
    if (!await withDeadline(hanging, 500)) return { sent, hanging };
  }
  throw new Error("64 MiB went to a peer that does not read");
}

for (const [from, to] of DIRECTIONS) {
  Deno.test(`tls stream: what the ${from} writes is what the ${to} reads`, async () => {
    await using pair = await TlsPair.open();
    const data = Uint8Array.from({ length: 3 * MIB + 1 }, (_, i) => i ^ (i >> 8));
    const writing = writeAll(pair[from], data);
    assertEquals(await readBytes(pair[to], data.length), data);
    await writing;
  });

  Deno.test(`tls stream: a ${to} that does not read stops the ${from}`, async () => {
    await using pair = await TlsPair.open();
    await pair[from].write(utf8("x"));
    assertEquals(await read(pair[to]), "x");
    const { sent, hanging } = await writeUntilFull(pair[from]);
    await readBytes(pair[to], sent + MIB);
    await within(hanging, "the write that waited");
  });

  Deno.test(`tls stream: the ${from} ends its direction, the other goes on`, async () => {
    await using pair = await TlsPair.open();
    await pair[from].write(utf8("last"));
    await within(pair[from].closeWrite(), "closing");
    assertEquals([await read(pair[to]), await read(pair[to])], ["last", null]);
    await turn();
    await pair[to].write(utf8("answer"));
    assertEquals(await read(pair[from]), "answer");
    await within(pair[to].closeWrite(), "closing");
    assertEquals(await read(pair[from]), null);
  });

  Deno.test(`tls stream: the ${from} closes while it reads and writes`, async () => {
    await using pair = await TlsPair.open();
    const { hanging } = await writeUntilFull(pair[from]);
    const reading = read(pair[from]);
    pair[from].close();
    await assertRejects(() => within(hanging, "the write"), Error, "the connection is closed");
    assertEquals(await reading, null);
    for (const late of [() => pair[from].write(utf8("x")), () => pair[from].closeWrite()]) {
      await assertRejects(
        () => within<unknown>(late(), "an error"),
        Error,
        "the connection is closed",
      );
    }
    pair[from].close();
    const toEnd = async () => {
      while (await read(pair[to], MIB) !== null);
    };
    await within(toEnd().catch(() => {}), "the peer's end");
  });
}

/** A socket that takes what is written when the test says so. */
function fakeSocket() {
  const writes: ((error?: Error | null) => void)[] = [];
  const socket = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => void writes.push(done),
  });
  return { socket, stream: new TlsStream(socket), writes };
}

function systemError(code: string): Error {
  return Object.assign(new Error(`read ${code}`), { code });
}

for (const code of ["ECONNRESET", "EPIPE"]) {
  Deno.test(`tls stream: ${code} is a connection that was reset, for reads and writes`, async () => {
    const { socket, stream } = fakeSocket();
    socket.push(utf8("rest"));
    await turn();
    const writing = stream.write(utf8("x"));
    socket.destroy(systemError(code));
    for (const operation of [() => writing, () => stream.write(utf8("y"))]) {
      await assertRejects(operation, Deno.errors.ConnectionReset, "reset by the peer");
    }
    assertEquals(await read(stream), "rest");
    await assertRejects(() => read(stream), Deno.errors.ConnectionReset, "reset by the peer");
  });
}

Deno.test("tls stream: another failure is told as it is, also where only the write hears of it first", async () => {
  const { socket, stream, writes } = fakeSocket();
  const reading = read(stream);
  const writing = stream.write(utf8("x"));
  writes[0]!(new Error("decryption failed"));
  await assertRejects(() => writing, Error, "decryption failed");
  await assertRejects(() => reading, Error, "decryption failed");
  assert(socket.destroyed);
});

Deno.test("tls stream: a socket that someone else has ended gives null, and takes nothing", async () => {
  const { socket, stream } = fakeSocket();
  const reading = read(stream);
  socket.destroy();
  assertEquals(await reading, null);
  await assertRejects(() => stream.write(utf8("x")), Error, "the connection is closed");
});

Deno.test("tls stream: a write that the socket never answers ends with the connection", async () => {
  const { stream } = fakeSocket();
  const writing = stream.write(utf8("x"));
  stream.close();
  await assertRejects(() => writing, Error, "the connection is closed");
});

Deno.test("tls stream: the socket below is paused while much is unread", async () => {
  const { socket, stream } = fakeSocket();
  socket.push(new Uint8Array(60_000));
  await turn();
  assertEquals(socket.isPaused(), false);
  socket.push(new Uint8Array(60_000));
  await turn();
  assertEquals(socket.isPaused(), true);
  await readBytes(stream, 120_000);
  const waiting = read(stream);
  assertEquals(socket.isPaused(), false);
  stream.close();
  assertEquals(await waiting, null);
});
