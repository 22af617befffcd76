/** What becomes a username follows a reload, as the certificates that are asked for do. */
import { assertEquals } from "@std/assert";
import { Broker } from "../../lib/broker/life/broker.ts";
import { Client } from "../../lib/client/client.ts";
import type { BrokerOptions, ListenerOptions } from "../../mod.ts";
import { certPath } from "../support/certs.ts";

function options(more: ListenerOptions): BrokerOptions {
  const tls = {
    bind: "127.0.0.1:0",
    ssl: true,
    certfile: certPath("server.pem"),
    keyfile: certPath("server.key"),
    cafile: certPath("ca.pem"),
  };
  return { listeners: { default: { ...tls, ...more } }, plugins: { auth_anonymous: null } };
}

async function usernameOf(broker: Broker): Promise<string | undefined> {
  await using client = new Client({
    plugins: null,
    client_id: "device",
    connection: {
      uri: `mqtts://127.0.0.1:${broker.listeners[0]!.port}`,
      cafile: certPath("ca.pem"),
      certfile: certPath("client.pem"),
      keyfile: certPath("client.key"),
    },
  });
  await client.connect();
  return [...broker.clients].find(({ clientId }) => clientId === "device")?.username;
}

Deno.test("a name that is taken from certificates from a reload on, and not any more", async () => {
  await using broker = new Broker(options({}));
  await broker.start();
  assertEquals(await usernameOf(broker), undefined);
  await broker.reload(options({ cert_as_username: "cn" }));
  assertEquals(await usernameOf(broker), "midge");
  await broker.reload(options({}));
  assertEquals(await usernameOf(broker), undefined);
});
