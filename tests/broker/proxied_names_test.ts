/** Names from certificates that a proxy has checked: cert_as_username and auth_cert behind the PROXY protocol. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { binaryHeader, sslField } from "../support/proxy_headers.ts";
import { bytes, connack, connect, type RawConnect } from "../support/raw_packets.ts";

const LISTENERS = {
  proxied: {
    bind: "127.0.0.1:0",
    proxy_protocol: true,
    trusted_proxies: ["127.0.0.1"],
    cert_as_username: "cn" as const,
  },
};

async function codeOf(
  it: ClockedBroker,
  header: Uint8Array,
  code: number,
  options: RawConnect = {},
): Promise<void> {
  const client = await it.dial();
  await client.sendAnyway(bytes(header, connect({ clientId: "c", ...options })));
  await client.expect(connack(false, code));
}

Deno.test("the proxy's certificate name is the username, and auth_cert lets it in", async () => {
  await using it = await ClockedBroker.start({
    listeners: LISTENERS,
    plugins: { auth_cert: { required: true } },
  });
  await codeOf(it, binaryHeader({ fields: [sslField(7, 0, "d7")] }), 0, { username: "admin" });
  assertEquals(it.broker.clients.map(({ username }) => username), ["d7"]);
});

Deno.test("a name that was not checked, that is none, or that is not there lets no one in", async () => {
  await using it = await ClockedBroker.start({
    listeners: LISTENERS,
    plugins: { auth_cert: { required: true } },
  });
  await codeOf(it, binaryHeader({ fields: [sslField(7, 1, "d7")] }), 4, { username: "d7" });
  await codeOf(it, binaryHeader({ fields: [sslField(7, 0, "d7\u0000x")] }), 5);
  await codeOf(it, binaryHeader({}), 5);
  assertEquals(it.logged("its certificate has no single common name").length, 1);
});
