/**
 * What a connection costs Deno itself: accepts, answers the first bytes with CONNACK, and then has a read into 512 bytes
 * under way. Takes the port as its argument.
 */
const CONNACK = new Uint8Array([0x20, 2, 0, 0]);

async function serve(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(512);
  try {
    if (await connection.read(buffer) !== null) await connection.write(CONNACK);
    while (await connection.read(buffer) !== null);
  } catch {
    // reset by its peer
  }
  connection.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
for await (const connection of listener) void serve(connection);
