/** redis with servers of every kind: users and passwords, TLS, sentinels, a cluster. */
import { assertEquals, assertMatch } from "@std/assert";
import redis from "../../plugins/redis.ts";
import { makeCertificates } from "../services/certificates.ts";
import { REDIS, startRedis, startRedisCluster, startRedisSentinel } from "../services/redis.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { untilAsync } from "../support/until.ts";
import { startBroker } from "../support/running_broker.ts";
import { LoginLoad, returnCodeOf } from "./database/login_load.ts";
import { DatabasePlugin, runningClock } from "./database/support.ts";
import { tlsCases } from "./database/tls_cases.ts";

/** The answer to the guide's user, and what the source said when it failed. */
async function login(
  options: Record<string, unknown>,
): Promise<[answer: string, error: string | undefined]> {
  await using plugin = await DatabasePlugin.setUp(redis, options, runningClock());
  return [await plugin.login("emqx", "public"), plugin.lastError];
}

await serviceTest(REDIS, "redis: a password, a user name, a user who may do little", async () => {
  await using server = await startRedis({
    config: ["requirepass hidden", "user midge on >secret ~mqtt_* +hget +hmget +hgetall"],
    login: ["--pass", "hidden", "--no-auth-warning"],
  });
  const at = { server: `127.0.0.1:${server.port}` };
  assertEquals(await login({ ...at, password: "hidden" }), ["allow", undefined]);
  assertEquals(await login({ ...at, username: "midge", password: "secret" }), ["allow", undefined]);
  const [wrong, wrongError] = await login({ ...at, username: "midge", password: "hidden" });
  assertEquals(wrong, "failed");
  assertMatch(wrongError!, /WRONGPASS/);
  const [none, noneError] = await login(at);
  assertEquals(none, "failed");
  assertMatch(noneError!, /NOAUTH/);
  const auth_cmd = "HGET elsewhere:%u password";
  const [forbidden, forbiddenError] = await login({
    ...at,
    auth_cmd,
    username: "midge",
    password: "secret",
  });
  assertEquals(forbidden, "failed");
  assertMatch(forbiddenError!, /NOPERM/);
});

await serviceTest(
  REDIS,
  "redis: TLS, with a certificate of ours where the server wants one",
  async () => {
    await using certificates = await makeCertificates();
    await using server = await startRedis({
      tls: certificates,
      config: ["tls-auth-clients yes"],
    });
    await tlsCases(
      certificates,
      (tls, _isGood, host = "127.0.0.1") =>
        login({ server: `${host}:${server.port}`, timeout: "60s", tls }),
    );
  },
);

await serviceTest(
  REDIS,
  "redis: a reload reads certificates again, and keeps them when it cannot",
  async () => {
    await using certificates = await makeCertificates();
    await using others = await makeCertificates();
    await using server = await startRedis({ tls: certificates });
    const cafile = await Deno.makeTempFile();
    const use = (file: string) => Deno.copyFile(file, cafile);
    try {
      await use(certificates.caFile);
      const options = { server: `127.0.0.1:${server.port}`, timeout: "60s", tls: { cafile } };
      await using plugin = await DatabasePlugin.setUp(redis, options, runningClock());
      assertEquals(await plugin.login("emqx", "public"), "allow");
      await use(others.caFile);
      await plugin.hooks.brokerReloading!({});
      assertEquals(await plugin.login("emqx", "public"), "failed");
      await use(certificates.caFile);
      await plugin.hooks.brokerReloading!({});
      await plugin.allows("emqx", "public");
      await Deno.writeTextFile(cafile, "nothing of use");
      await plugin.hooks.brokerReloading!({});
      assertMatch(
        plugin.harness.messages("error").at(-1)!,
        /tls\.cafile.*; the certificates before/,
      );
      assertEquals(await plugin.login("emqx", "public"), "allow");
    } finally {
      await Deno.remove(cafile);
    }
  },
);

await serviceTest(REDIS, "redis: nobody listens there", async () => {
  const [answer, error] = await login({ server: "127.0.0.1:1" });
  assertEquals(answer, "failed");
  assertMatch(error!, /ECONNREFUSED 127\.0\.0\.1:1/);
});

await serviceTest(
  REDIS,
  "redis: sentinels name the master, another one after its death",
  async () => {
    await using servers = await startRedisSentinel();
    await using running = await startBroker({
      plugins: {
        redis: {
          type: "sentinel",
          // The first is no sentinel.
          server: `127.0.0.1:${servers.replica.port}, 127.0.0.1:${servers.sentinel.port}`,
          sentinel: servers.masterName,
          pool: 2,
        },
      },
    });
    await using load = new LoginLoad(running.address, []);
    await load.accepted(20, "logins");
    await servers.master.kill();
    await load.unanswered(1, "refusals");
    await servers.failedOver();
    await load.accepted(20, "logins at the new master");
    await load.stop();
    assertEquals(load.wrong, []);
  },
);

await serviceTest(REDIS, "redis: a cluster; the others answer while one node is dead", async () => {
  await using cluster = await startRedisCluster();
  const names = Array.from({ length: 12 }, (_, index) => `user${index}`);
  for (const name of names) await cluster.run("HSET", `mqtt_user:${name}`, "password", "p");
  const server = `127.0.0.1:${cluster.nodes[0]!.port}`;
  await using running = await startBroker({
    plugins: { redis: { type: "cluster", server, timeout: "2s" } },
  });
  const answered = (...wanted: number[]) =>
    untilAsync(async () => {
      const logins = names.map((username) =>
        returnCodeOf(running.address, { username, password: "p" })
      );
      return `${[...new Set(await Promise.all(logins))].sort()}` === `${wanted}`;
    }, `answers of ${wanted}`);
  await answered(0);
  await cluster.nodes[1]!.kill();
  await answered(0, 3);
  await cluster.nodes[1]!.start();
  await answered(0);
});
