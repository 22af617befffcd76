/** A TLS listener: who comes in, who hears why not, and that no one who fails costs the others anything. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Client } from "../../mod.ts";
import { list } from "../../lib/manage/remote.ts";
import { optionalTest } from "../support/optional.ts";
import { AUTHORITY, CLIENT, missingOpenssl, type Pki } from "../support/pki.ts";
import { RawClient } from "../support/raw_client.ts";
import { connect } from "../support/raw_packets.ts";
import { proxyLine } from "../support/tls_bytes.ts";
import { serverOf, TlsBroker, tlsPki } from "../support/tls_broker.ts";
import { PATIENCE_MS } from "../support/patience.ts";

function tlsTest(title: string, run: (pki: Pki) => Promise<void>): void {
  optionalTest(missingOpenssl(), title, async () => {
    using pki = await tlsPki();
    await run(pki);
  });
}

const REQUIRED = { cafile: "root.pem", verify_client: "required" } as const;

tlsTest("Midge's own client publishes over mqtts, and its address is known", async (pki) => {
  await using it = await TlsBroker.start(pki);
  await using client = new Client({
    plugins: null,
    reconnect_retries: 0,
    connection: { uri: `mqtts://localhost:${it.port}`, cafile: `${pki.folder}/root.pem` },
  });
  await client.connect();
  const messages = client.messages("a/#");
  await client.subscribe([{ topicFilter: "a/#", qos: 1 }]);
  const payload = new Uint8Array(300_000).fill(7);
  await client.publish("a/b", payload, { qos: 1 });
  const { value } = await messages.next();
  assertEquals(value?.payload.length, payload.length);
  const [{ address, transport, port } = { address: "", transport: "", port: 0 }] =
    it.broker.clients;
  assertEquals([address, transport, port > 0], ["127.0.0.1", "tls", true]);
});

tlsTest("clients' certificates: required, optional, and none", async (pki) => {
  await pki.issue({ name: "foreign", extensions: AUTHORITY });
  await pki.issue({ name: "stranger", issuer: "foreign", extensions: CLIENT });
  {
    await using it = await TlsBroker.start(pki, REQUIRED);
    assertEquals(await it.fares(), "out");
    await it.logged(
      /127\.0\.0\.1:\d+ closed: handshake failed: it has shown no client certificate/,
    );
    assertEquals(await it.fares(it.shows("stranger")), "out");
    await it.logged(/its client certificate is refused: /);
    assertEquals(await it.fares(it.shows("dev")), "in");
    assertEquals([...it.broker.clients][0]?.certificate?.commonName, "dev");
  }
  await using it = await TlsBroker.start(pki, { cafile: "root.pem" });
  assertEquals(await it.fares(), "in");
  assertEquals(await it.fares(it.shows("dev")), "in");
  assertEquals(await it.fares(it.shows("stranger")), "out", "a bad one is worse than none");
});

tlsTest("a resumed session is judged again by the authorities that hold then", async (pki) => {
  await pki.issue({ name: "other", extensions: AUTHORITY });
  await using it = await TlsBroker.start(pki, REQUIRED);
  let session: Uint8Array | undefined;
  const options = { ...it.shows("dev"), maxVersion: "TLSv1.2" } as const;
  const first = await it.dial(options);
  first.on("session", (ticket: Uint8Array) => session = ticket);
  assert(await it.login(first) !== undefined);
  session ??= first.getSession();
  assertEquals(await it.fares({ ...options, ...(session && { session }) } as never), "in");
  await it.reload({ ...REQUIRED, cafile: "other.pem" });
  assertEquals(await it.fares({ ...options, ...(session && { session }) } as never), "out");
  assertEquals(first.closed, false, "who is in stays");
});

tlsTest("each name gets its certificate, and one that has none the first", async (pki) => {
  await serverOf(pki, "a", "a.example");
  await serverOf(pki, "wild", "*.wild.example");
  const certificates = ["a", "wild"].map((one) => ({
    certfile: `${one}.pem`,
    keyfile: `${one}.key`,
  }));
  await using it = await TlsBroker.start(pki, { certificates });
  const shown = async (servername: string) => {
    const socket = await it.dial({ servername, rejectUnauthorized: false });
    return socket.getPeerCertificate().subjectaltname;
  };
  assertEquals(await shown("A.example"), "DNS:a.example");
  assertEquals(await shown("b.wild.example"), "DNS:*.wild.example");
  assertEquals(await shown("none.example"), "DNS:localhost");
});

tlsTest("ALPN and the lowest version hold", async (pki) => {
  await using it = await TlsBroker.start(pki, { alpn: ["mqtt"], min_version: "1.3" });
  assertEquals(await it.fares({ ALPNProtocols: ["mqtt"] }), "in");
  assertEquals(await it.fares(), "in", "who offers none is let in");
  assertEquals(await it.fares({ ALPNProtocols: ["http/1.1"] }), "out");
  await it.logged(/the client offers by ALPN none of mqtt/);
  assertEquals(await it.fares({ maxVersion: "TLSv1.2" }), "out");
});

tlsTest("MQTT, HTTP and garbage on a TLS port: a line each, and HTTP an answer", async (pki) => {
  await using it = await TlsBroker.start(pki);
  const address = { hostname: "127.0.0.1", port: it.port };
  const send = async (...parts: Uint8Array[]) => {
    await using raw = await RawClient.dial(address);
    await raw.send(...parts);
    return new TextDecoder().decode(await raw.readToEnd());
  };
  assertEquals(await send(connect()), "");
  await it.logged(/this is MQTT without TLS/);
  const encoder = new TextEncoder();
  assertMatch(
    await send(encoder.encode("GE"), encoder.encode("T / HTTP/1.1\r\n\r\n")),
    /^HTTP\/1\.1 400 .*\n.*MQTT port/s,
  );
  await it.logged(/this is HTTP without TLS/);
  assertEquals(await send(new Uint8Array([0, 1, 2, 3])), "");
  await it.logged(/the first bytes are not those of TLS/);
  await send(new Uint8Array([0x16, 3, 1, 0, 4, 1, 2, 3, 4]));
  await it.logged(/handshake failed: TLS handshake/);
  assertEquals(await it.fares(), "in");
});

tlsTest(
  "who stalls in the handshake is closed in time, who leaves is gone at once",
  async (pki) => {
    const socket = `${pki.folder}/midge.sock`;
    const options = { connect_timeout: "5s", management: { path: socket } } as const;
    await using it = await TlsBroker.start(pki, {}, options);
    const address = { hostname: "127.0.0.1", port: it.port };
    for (const bytes of [[], [0x16], [0x16, 3, 1, 2, 0, 1, 0]]) {
      await using slow = await RawClient.dial(address);
      await slow.send(new Uint8Array(bytes));
      await using gone = await RawClient.dial(address);
      await gone.send(new Uint8Array(bytes));
      await gone.close();
      const from = it.log.length;
      await untilOpen(socket, 1);
      it.clock.advance(5500);
      await it.logged(/is closed: no handshake in time/, from);
      assertEquals(await slow.readToEnd(), new Uint8Array(0));
      await untilOpen(socket, 0);
    }
    assertEquals(it.broker.metrics.connectionsClosed, {}, "none of them was a client");
    assertEquals(await it.fares(), "in");
  },
);

tlsTest("a client that has ended its half still gets its answers", async (pki) => {
  await using it = await TlsBroker.start(pki);
  const socket = await it.dial({ allowHalfOpen: true } as never);
  const { promise, resolve } = Promise.withResolvers<number>();
  let bytes = 0;
  socket.on("data", (chunk: Uint8Array) => bytes += chunk.length).on("end", () => resolve(bytes));
  socket.end(connect());
  assertEquals(await promise, 4, "CONNACK");
});

tlsTest(
  "the PROXY protocol in front of TLS: its address counts, and it must be there",
  async (pki) => {
    const proxied = { proxy_protocol: true, trusted_proxies: ["127.0.0.1"] };
    await using it = await TlsBroker.start(pki, proxied);
    const raw = await Deno.connect({ hostname: "127.0.0.1", port: it.port });
    raw.close();
    assertEquals(await it.fares(), "out");
    await it.logged(/no header of the PROXY protocol \(this is TLS\)/);
    assertEquals(
      await proxyLine(it.port, "PROXY TCP4 192.0.2.7 192.0.2.1 4711 8883\r\n", pki),
      "in",
    );
    const [client] = it.broker.clients;
    assertEquals([client?.address, client?.port], ["192.0.2.7", 4711]);
    await it.reload({ ...proxied, trusted_proxies: ["192.0.2.99"] });
    assertEquals(
      await proxyLine(it.port, "PROXY TCP4 192.0.2.7 192.0.2.1 4711 8883\r\n", pki),
      "out",
    );
    await it.logged(/127\.0\.0\.1 is none of trusted_proxies/);
  },
);

/** Waits until the listener has as many handshakes and clients. */
async function untilOpen(path: string, connections: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let open = -1;
  while (open !== connections) {
    if (performance.now() > deadline) throw new Error(`${open} are open, expected ${connections}`);
    await list(
      { kind: "unix", path },
      "listeners",
      {},
      ([row]) => void (open = row?.connections ?? open),
    );
  }
}
