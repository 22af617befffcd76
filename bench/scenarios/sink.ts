/** Lets every client in and throws away what comes: what a publisher can send where no broker is the limit. Prints its port. */
import { print } from "../terminal.ts";

const CONNACK = Uint8Array.of(0x20, 2, 0, 0);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
print(`${listener.addr.port}`);
for await (const connection of listener) serve(connection).catch(() => {}); // the client has left

async function serve(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  if (await connection.read(buffer) !== null) await connection.write(CONNACK);
  while (await connection.read(buffer) !== null);
  connection.close();
}
