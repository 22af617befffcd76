/** What comes before CONNECT: nothing is waited for that cannot become one. */
import { NO_HTTP_HERE } from "../../lib/net/listen/knock.ts";
import { RawClient } from "../support/raw_client.ts";
import { startBroker } from "../support/running_broker.ts";

Deno.test("[MQTT-3.1.0-1] a short HTTP request is closed at its first byte, not at connect_timeout", async () => {
  await using running = await startBroker({ plugins: { auth_anonymous: null } });
  await using client = await RawClient.dial(running.address);
  await client.send(new TextEncoder().encode("GET / HTTP/1.1\r\n"));
  await client.expect(NO_HTTP_HERE);
  await client.expectClosed();
});
