/**
 * `forward.ts PORT`: what a message on its way costs in Deno itself. It writes what reads bring to the connection that
 * has subscribed last, and does nothing else that a broker does. Invariant: one write is under way; what comes meanwhile
 * leaves in the next one.
 */
const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
const READ_BYTES = 4096;
/** More than generators have under way. */
const WRITE_BYTES = 4_194_304;
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
let subscriber: Deno.TcpConn | undefined;
let gathering = new Uint8Array(WRITE_BYTES);
let leaving = new Uint8Array(WRITE_BYTES);
let gathered = 0;
let isWriting = false;

async function serve(connection: Deno.TcpConn): Promise<void> {
  connection.setNoDelay(true);
  const buffer = new Uint8Array(READ_BYTES);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) break;
    const type = buffer[0]! >> 4;
    if (type === 1) await connection.write(CONNACK);
    else if (type === 3) forward(count === READ_BYTES ? buffer : buffer.subarray(0, count));
    else if (type === 8) {
      subscriber = connection;
      await connection.write(Uint8Array.of(0x90, 3, buffer[2]!, buffer[3]!, 0));
    }
  }
  connection.close();
}

function forward(bytes: Uint8Array): void {
  gathering.set(bytes, gathered);
  gathered += bytes.length;
  if (!isWriting) write().catch(() => isWriting = false); // the subscriber has left
}

async function write(): Promise<void> {
  isWriting = true;
  while (gathered > 0) {
    let rest = gathering.subarray(0, gathered);
    [gathering, leaving] = [leaving, gathering];
    gathered = 0;
    while (rest.length > 0) rest = rest.subarray(await subscriber!.write(rest));
  }
  isWriting = false;
}

for await (const connection of listener) serve(connection).catch(() => {});
