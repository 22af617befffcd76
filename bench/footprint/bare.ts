/** `bare.ts PORT`: accepts connections and waits for their bytes, as little as a server in Deno can do. */
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });

async function read(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(512);
  while (await connection.read(buffer) !== null);
  connection.close();
}

for await (const connection of listener) read(connection).catch(() => {});
