/**
 * Something that looks like a broker to one client and does nothing but send: it lets everybody in, grants every
 * subscription, and then writes PUBLISH packets of 64 bytes as fast as they are read. It shows what a
 * subscriber can take where no broker is the limit. `source.ts` prints its port.
 */
import { bodyOf, frameEnd, publishFrame } from "../../lib/cli/load/frames.ts";
import { writeAll } from "../../lib/io.ts";

const CHUNK_BYTES = 65_536;
const FRAME = publishFrame("bench/client", 0);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
await Deno.stdout.write(new TextEncoder().encode(`${listener.addr.port}\n`));
for await (const connection of listener) serve(connection).catch(() => {}); // the client has left

async function serve(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return connection.close();
    for (let at = 0; at < count; at = frameEnd(buffer, at, count)) {
      const body = bodyOf(buffer, at);
      if (buffer[at] === 0x10) await connection.write(Uint8Array.of(0x20, 2, 0, 0));
      if (buffer[at] !== 0x82) continue;
      await connection.write(Uint8Array.of(0x90, 3, buffer[body]!, buffer[body + 1]!, 0));
      send(connection).catch(() => {}); // likewise
    }
  }
}

async function send(connection: Deno.TcpConn): Promise<void> {
  const frames = Math.floor(CHUNK_BYTES / FRAME.length);
  const chunk = new Uint8Array(frames * FRAME.length);
  for (let i = 0; i < frames; i++) chunk.set(FRAME, i * FRAME.length);
  for (;;) {
    await writeAll(connection, chunk);
  }
}
