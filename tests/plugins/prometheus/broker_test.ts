/** prometheus in a broker: a scrape over HTTP, plain and TLS, follows what clients do; a client has no such plugin. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../../mod.ts";
import { certPath } from "../../support/certs.ts";
import { freePorts } from "../../support/mosquitto.ts";
import { RawClient } from "../../support/raw_client.ts";
import { publish, suback, subscribe } from "../../support/raw_packets.ts";
import { startBroker } from "../../support/running_broker.ts";
import { parseOpenMetrics, parseText } from "./parser.ts";

async function scrape(
  url: string,
  init: RequestInit & { client?: Deno.HttpClient } = {},
): Promise<string> {
  const response = await fetch(url, init);
  assertEquals(response.status, 200, url);
  return await response.text();
}

/** The value of a sample without labels. */
function valueOf(text: string, name: string): number | undefined {
  const families = parseText(text);
  return [...families.values()].flatMap(({ samples }) => samples)
    .find((one) => one.name === name && Object.keys(one.labels).length === 0)?.value;
}

Deno.test("prometheus in a broker: a scrape sees what clients did", async () => {
  const [port] = freePorts(1);
  await using running = await startBroker({
    plugins: { auth_anonymous: null, prometheus: { bind: `127.0.0.1:${port}` } },
  });
  const url = `http://127.0.0.1:${port}/metrics`;
  assertEquals(valueOf(await scrape(url), "midge_clients_connected"), 0);
  await using reader = await RawClient.open(running.address, { clientId: "reader" });
  await reader.send(subscribe(1, ["t", 0]));
  await reader.expect(suback(1, 0));
  await using writer = await RawClient.open(running.address, { clientId: "writer" });
  await writer.send(publish("t", "12345"));
  await reader.expectPublish();
  const text = await scrape(url);
  const names = {
    midge_clients_connected: 2,
    midge_publish_received_total: 1,
    midge_payload_sent_bytes_total: 5,
    midge_connections_opened_total: 2,
    midge_connect_received_total: 2,
    midge_delivery_latency_seconds_count: 1,
    broker_publish_bytes_received: 5,
    broker_subscriptions_count: 1,
  };
  for (const [name, value] of Object.entries(names)) assertEquals(valueOf(text, name), value, name);
  assert(valueOf(text, "midge_process_resident_memory_bytes")! > 1e6);
  assert(valueOf(text, "midge_process_cpu_seconds_total")! > 0);
});

Deno.test("prometheus in a broker: over TLS, in OpenMetrics, with a token", async () => {
  const [port] = freePorts(1);
  const token = "a-long-random-text";
  await using _running = await startBroker({
    plugins: {
      auth_anonymous: null,
      prometheus: {
        bind: `127.0.0.1:${port}`,
        certfile: certPath("server.pem"),
        keyfile: certPath("server.key"),
        token,
      },
    },
  });
  const caCerts = [await Deno.readTextFile(certPath("ca.pem"))];
  using client = Deno.createHttpClient({ caCerts });
  const url = `https://localhost:${port}/metrics`;
  const refused = await fetch(url, { client });
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
  const text = await scrape(url, {
    client,
    headers: { authorization: `Bearer ${token}`, accept: "application/openmetrics-text" },
  });
  assert(parseOpenMetrics(text).has("midge_build"));
});

Deno.test("prometheus: a port that is taken stops the start; a client cannot serve", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const bind = `127.0.0.1:${taken.addr.port}`;
  await assertRejects(
    () => startBroker({ plugins: { auth_anonymous: null, prometheus: { bind } } }),
    Error,
    bind,
  );
  const client = new Client({ plugins: { prometheus: null } });
  await assertRejects(() => client.connect(), Error, "a client serves nothing");
});
