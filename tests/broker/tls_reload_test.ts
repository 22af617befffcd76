/** Certificates and what is asked of clients change while the broker runs: no one is disconnected, nothing is lost. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Client } from "../../mod.ts";
import { optionalTest } from "../support/optional.ts";
import { missingOpenssl, type Pki } from "../support/pki.ts";
import { serverOf, TlsBroker, tlsPki } from "../support/tls_broker.ts";
import { until } from "../support/until.ts";

function tlsTest(title: string, run: (pki: Pki) => Promise<void>): void {
  optionalTest(missingOpenssl(), title, async () => {
    using pki = await tlsPki();
    await serverOf(pki, "new", "new.example");
    await run(pki);
  });
}

/** The name in the certificate that a client is shown. */
async function shown(it: TlsBroker): Promise<string | undefined> {
  const socket = await it.dial({ rejectUnauthorized: false });
  return socket.getPeerCertificate().subjectaltname;
}

const copy = (pki: Pki, from: string, to: string) =>
  Deno.copyFile(`${pki.folder}/${from}`, `${pki.folder}/${to}`);

/** Has the broker look at its files. */
async function look(it: TlsBroker): Promise<void> {
  it.clock.advance(2000);
  await until(() => true, "a turn");
}

tlsTest("files that were replaced are used within seconds; who is there stays", async (pki) => {
  await using it = await TlsBroker.start(pki);
  const old = await it.dial();
  assert(await it.login(old) !== undefined);
  await copy(pki, "new.key", "server.key");
  await look(it);
  await it.logged(
    /listener secure: keyfile: \S+ is not the key of \S+: .*; what was there before holds/,
  );
  assertEquals(await shown(it), "DNS:localhost", "half of a pair is not used");
  await look(it);
  await look(it);
  await copy(pki, "new.pem", "server.pem");
  await look(it);
  await it.logged(/its TLS files are read again/);
  assertEquals(it.log.filter((line) => line.includes("is not the key of")).length, 1, "said once");
  assertEquals(await shown(it), "DNS:new.example");
  assertEquals([old.closed, it.broker.clients.length], [false, 1]);
});

tlsTest("a bad new file keeps the old ones, and a reload says so", async (pki) => {
  await using it = await TlsBroker.start(pki);
  await Deno.writeTextFile(`${pki.folder}/server.pem`, "garbage");
  const { problems } = await it.reload({});
  assertEquals(problems.length, 1);
  assertMatch(problems[0]!, /^listeners\.secure\.certfile: \S+server\.pem: expected PEM text/);
  assertEquals(await shown(it), "DNS:localhost");
  await Deno.remove(`${pki.folder}/server.pem`);
  await look(it);
  await it.logged(/certfile: \S+server\.pem: no such file; what was there before holds/);
  assertEquals(await shown(it), "DNS:localhost");
});

tlsTest("a changed configuration holds from the next connection on", async (pki) => {
  await using it = await TlsBroker.start(pki);
  assertEquals(await it.fares(), "in");
  const { changes, problems } = await it.reload({
    ...{ certfile: "new.pem", keyfile: "new.key" },
    ...{ cafile: "root.pem", verify_client: "required", min_version: "1.3", max_connections: 7 },
  });
  assertEquals([changes, problems], [[], []]);
  const insecure = { rejectUnauthorized: false };
  assertEquals(await it.fares(insecure), "out");
  assertEquals(await it.fares({ ...insecure, ...it.shows("dev") }), "in");
  assertEquals(await it.fares({ ...insecure, ...it.shows("dev"), maxVersion: "TLSv1.2" }), "out");
  assertMatch(
    it.broker.listenerLines.join(),
    /^listener secure: tls 127\.0\.0\.1:\d+, TLS 1\.3, asks for a client certificate \(required\), certificate new\.example until 2035-01-01$/,
  );
  const bad = await it.reload({ cafile: "none.pem" });
  assertMatch(bad.problems.join(), /^listeners\.secure\.cafile: \S+none\.pem: no such file$/);
  assertEquals(await it.fares(insecure), "out", "what was there before holds");
});

tlsTest("what cannot change is said: address, transport", async (pki) => {
  await using it = await TlsBroker.start(pki);
  const said = "listeners changed: this takes effect at the next start";
  assertEquals((await it.reload({ bind: "127.0.0.1:1" })).changes, [said]);
  assertEquals((await it.reload({ type: "ws" })).changes, [said]);
  assertEquals(await it.fares(), "in");
});

tlsTest(
  "replaced under load: a client that reconnects all the time loses no message",
  async (pki) => {
    await using it = await TlsBroker.start(pki);
    const options = {
      plugins: null,
      client_id: "writer",
      connection: { uri: `mqtts://localhost:${it.port}`, cafile: `${pki.folder}/root.pem` },
      check_hostname: false,
    };
    await using reader = new Client({ ...options, client_id: "reader" });
    await reader.connect();
    const received = new Set<string>();
    await reader.subscribe("load", { qos: 1 });
    const reading = (async () => {
      for await (const message of reader.messages("load")) received.add(message.text());
    })();
    const MESSAGES = 60;
    for (let i = 0; i < MESSAGES; i++) {
      if (i % 10 === 5) {
        const name = i % 20 === 5 ? "new" : "server.backup";
        if (i === 5) {
          for (const end of ["pem", "key"]) {
            await copy(
              pki,
              `server.${end}`,
              `server.backup.${end}`,
            );
          }
        }
        for (const end of ["pem", "key"]) await copy(pki, `${name}.${end}`, `server.${end}`);
        await look(it);
      }
      await using writer = new Client(options);
      await writer.connect();
      await writer.publish("load", `m${i}`, { qos: 1 });
    }
    await until(() => received.size === MESSAGES, `${MESSAGES} messages`);
    await reader.disconnect();
    await reading;
    assert(it.log.filter((line) => line.includes("are read again")).length >= 3);
  },
);

tlsTest(
  "a TLS listener that cannot start leaves nothing open, and names every problem",
  async (pki) => {
    const error = await TlsBroker.start(pki, { certfile: "none.pem", keyfile: "none.key" })
      .then(() => undefined, (cause) => cause);
    assertMatch(error.message, /^listeners\.secure\.certfile: .*\nlisteners\.secure\.keyfile: /);
  },
);
