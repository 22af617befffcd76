/**
 * `answer.ts PORT`: what many connections cost in Deno itself. It answers CONNECT and PINGREQ, each of which must come in
 * a read of its own, and does nothing else that a broker does.
 */
const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
const PINGRESP = Uint8Array.of(0xd0, 0);
const READ_BYTES = 512;
const CONNECT = 0x10;

async function serve(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  try {
    while (await connection.read(buffer) !== null) {
      await connection.write(buffer[0] === CONNECT ? CONNACK : PINGRESP);
    }
  } catch {
    // it has gone
  }
  connection.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
for await (const connection of listener) void serve(connection);
