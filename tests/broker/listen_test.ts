/** Addresses as the user wrote them: IPv6, both families on one port, and what cannot be opened. */
import { assertEquals, assertRejects } from "@std/assert";
import { Broker, UserError } from "../../mod.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { connack, connect } from "../support/raw_packets.ts";

Deno.test("[::] takes IPv4 too, whose clients have their plain address; [::1] does not", async () => {
  const listeners = { both: { bind: "[::]:0" }, six: { bind: "[::1]:0" } };
  await using it = await ClockedBroker.start({ listeners });
  const [both, six] = it.broker.listeners;
  assertEquals([both?.address, six?.address], [`[::]:${both?.port}`, `[::1]:${six?.port}`]);
  for (
    const [hostname, port] of [["127.0.0.1", both!.port], ["::1", both!.port], [
      "::1",
      six!.port,
    ]] as const
  ) {
    const client = await it.dial({ hostname, port });
    await client.send(connect({ clientId: `${hostname}/${port}` }));
    await client.expect(connack(false, 0));
    const view = it.broker.clients.find(({ clientId }) => clientId === `${hostname}/${port}`);
    assertEquals(view?.address, hostname);
  }
  await assertRejects(() => it.dial({ hostname: "127.0.0.1", port: six!.port }));
});

Deno.test("a link-local address without its interface is a sentence", async () => {
  const broker = new Broker(testConfig({ listeners: { far: { bind: "[fe80::1]:1999" } } }));
  const error = await assertRejects(() => broker.start(), UserError);
  assertEquals(error.problems, [
    "listeners.far.bind: cannot listen on [fe80::1]:1999: a link-local address needs its interface: [fe80::1%eth0]",
  ]);
});
