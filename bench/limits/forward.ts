/**
 * `forward.ts PORT`: what a message on its way costs in Deno itself. It writes what a read brings to the connection that
 * has subscribed last, a write for each read, and does nothing else that a broker does.
 */
const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
const READ_BYTES = 4096;
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
let subscriber: Deno.TcpConn | undefined;

async function serve(connection: Deno.TcpConn): Promise<void> {
  connection.setNoDelay(true);
  const buffer = new Uint8Array(READ_BYTES);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) break;
    await answer(connection, buffer.subarray(0, count));
  }
  connection.close();
}

function answer(connection: Deno.TcpConn, bytes: Uint8Array): Promise<unknown> | undefined {
  const type = bytes[0]! >> 4;
  if (type === 1) return connection.write(CONNACK);
  if (type === 3) return subscriber?.write(bytes);
  if (type !== 8) return undefined;
  subscriber = connection;
  return connection.write(Uint8Array.of(0x90, 3, bytes[2]!, bytes[3]!, 0));
}

for await (const connection of listener) serve(connection).catch(() => {});
