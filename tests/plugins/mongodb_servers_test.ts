/** mongodb with servers of every kind that can be had: logins, TLS, a replica set of one; and while one dies or hangs. */
import { assertEquals, assertMatch } from "@std/assert";
import mongodb from "../../plugins/mongodb.ts";
import { makeCertificates } from "../services/certificates.ts";
import { FERRETDB, type MongodbService, startFerretdb } from "../services/ferretdb.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { outageTests, POOL } from "./database/outage.ts";
import { DatabasePlugin, runningClock } from "./database/support.ts";
import { tlsCases } from "./database/tls_cases.ts";

const PATIENT = { timeout: "60s", connect_timeout: "60s" };
/** The driver tries so long where there is no good server. */
const FAST = { timeout: "60s", connect_timeout: "4s" };
const PUBLIC = "efa1f375d76194fa51a3556a97e641e61685f914d446979da50a551a4333ffd7";

/** The answer to the guide's user, and what the source said when it failed. */
async function login(
  options: Record<string, unknown>,
): Promise<[answer: string, error: string | undefined]> {
  const all = { ...PATIENT, ...options };
  await using plugin = await DatabasePlugin.setUp(mongodb, all, runningClock());
  return [await plugin.login("emqx", "public"), plugin.lastError];
}

await outageTests<MongodbService>({
  name: "mongodb",
  requirement: FERRETDB,
  start: () => startFerretdb(),
  options: ({ port }) => ({ server: `127.0.0.1:${port}`, pool: POOL }),
  async addUsers(server, names) {
    await server.insert("mqtt_user", ...names.map((username) => ({ username, password: PUBLIC })));
  },
  // It watches the server.
  extraConnections: 2,
});

await serviceTest(FERRETDB, "mongodb: a server that wants a login (SCRAM)", async () => {
  const account = { username: "root", password: "s3cret/:@%" };
  await using server = await startFerretdb({ login: account });
  const at = { server: `127.0.0.1:${server.port}`, auth_source: "admin" };
  assertEquals(await login({ ...at, ...account }), ["allow", undefined]);
  assertEquals(await login({ ...at, login: "root", password: account.password }), [
    "allow",
    undefined,
  ]);
  const [wrong, wrongError] = await login({ ...at, ...account, password: "wrong" });
  assertEquals(wrong, "failed");
  assertMatch(wrongError!, /Authentication failed/i);
  const [none, noneError] = await login(at);
  assertEquals(none, "failed");
  assertMatch(noneError!, /auth/i);
});

await serviceTest(FERRETDB, "mongodb: TLS, with a certificate of ours", async () => {
  await using certificates = await makeCertificates();
  await using server = await startFerretdb({ tls: certificates });
  await tlsCases(
    certificates,
    (tls, isGood, host = "127.0.0.1") =>
      login({ ...(isGood ? PATIENT : FAST), server: `${host}:${server.port}`, tls }),
  );
});

await serviceTest(
  FERRETDB,
  "mongodb: a replica set by its name; other types find out by themselves",
  async () => {
    await using member = await startFerretdb({ setName: "mqtt" });
    const server = `127.0.0.1:${member.port}`;
    assertEquals(await login({ type: "rs", server }), ["allow", undefined]);
    assertEquals(await login({ type: "single", server }), ["allow", undefined]);
    assertEquals(await login({ type: "rs", server: `127.0.0.1:1,${server}` }), [
      "allow",
      undefined,
    ]);
    assertEquals(await login({ type: "rs", server, r_mode: "slave_ok" }), ["allow", undefined]);
    const [stranger] = await login({ ...FAST, type: "rs", rs_set_name: "other", server });
    assertEquals(stranger, "failed");
    await using alone = await startFerretdb();
    for (const type of ["unknown", "sharded"]) {
      assertEquals(await login({ type, server: `127.0.0.1:${alone.port}` }), ["allow", undefined]);
    }
  },
);

await serviceTest(FERRETDB, "mongodb: a reload reads certificates again", async () => {
  await using certificates = await makeCertificates();
  await using others = await makeCertificates();
  await using server = await startFerretdb({ tls: certificates });
  const { clientCertFile: certfile, clientKeyFile: keyfile } = certificates;
  const cafile = await Deno.makeTempFile();
  try {
    await Deno.copyFile(certificates.caFile, cafile);
    const tls = { cafile, certfile, keyfile };
    const options = { ...FAST, server: `127.0.0.1:${server.port}`, tls };
    await using plugin = await DatabasePlugin.setUp(mongodb, options, runningClock());
    await plugin.allows("emqx", "public");
    await Deno.copyFile(others.caFile, cafile);
    await plugin.hooks.brokerReloading!({});
    assertEquals(await plugin.login("emqx", "public"), "failed");
    await Deno.copyFile(certificates.caFile, cafile);
    await plugin.hooks.brokerReloading!({});
    await plugin.allows("emqx", "public");
  } finally {
    await Deno.remove(cafile);
  }
});

await serviceTest(FERRETDB, "mongodb: nobody listens there, and then somebody does", async () => {
  for (const [type, server] of [["single", "127.0.0.1:1"], ["rs", "127.0.0.1:1,127.0.0.1:2"]]) {
    const [answer, error] = await login({ ...FAST, type, server });
    assertEquals(answer, "failed");
    assertMatch(error!, /ECONNREFUSED 127\.0\.0\.1:\d/);
  }
  await using server = await startFerretdb();
  await server.stop();
  const options = { ...FAST, server: `127.0.0.1:${server.port}` };
  await using plugin = await DatabasePlugin.setUp(mongodb, options, runningClock());
  assertEquals(await plugin.login("emqx", "public"), "failed");
  await server.start();
  await plugin.allows("emqx", "public");
});
