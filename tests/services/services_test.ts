/** The servers that other tests rely on: each starts with its sample data, hangs, dies and comes back. */
import { assertEquals, assertRejects } from "@std/assert";
import { makeCertificates } from "./certificates.ts";
import { FERRETDB, startFerretdb } from "./ferretdb.ts";
import { MARIADB, startMariadb } from "./mariadb.ts";
import { POSTGRES, startPostgres } from "./postgres.ts";
import { REDIS, startRedis, startRedisCluster, startRedisSentinel } from "./redis.ts";
import { serviceTest } from "./service_test_case.ts";

const SQL_SERVERS = [
  { requirement: MARIADB, start: startMariadb },
  { requirement: POSTGRES, start: startPostgres },
];

for (const { requirement, start } of SQL_SERVERS) {
  await serviceTest(requirement, `${requirement.name}: sample rows outlive a kill`, async () => {
    await using server = await start();
    const rows = "select username from mqtt_user; select count(*) from mqtt_acl;";
    assertEquals(await server.run(rows), "emqx\n4\n");
    await server.kill();
    await assertRejects(() => server.run(rows));
    await server.start();
    assertEquals(await server.run(rows), "emqx\n4\n");
    await server.stop();
    await server.start();
    await server.pause();
    const answer = server.run(rows);
    await server.resume();
    assertEquals(await answer, "emqx\n4\n");
  });
}

const PASSWORD_COMMAND = ["HMGET", "mqtt_user:emqx", "password", "salt"];

await serviceTest(REDIS, "Redis: sample commands outlive a kill", async () => {
  await using server = await startRedis();
  assertEquals(await server.run(...PASSWORD_COMMAND), "public\nwivwiv\n");
  await server.kill();
  await assertRejects(() => server.run(...PASSWORD_COMMAND));
  await server.start();
  assertEquals(await server.run(...PASSWORD_COMMAND), "public\nwivwiv\n");
});

await serviceTest(REDIS, "Redis: TLS and users", async () => {
  await using certificates = await makeCertificates();
  await using server = await startRedis({
    tls: certificates,
    config: ["user default off", "user midge on >secret ~* +@all"],
    login: ["--user", "midge", "--pass", "secret", "--no-auth-warning"],
  });
  assertEquals(await server.run(...PASSWORD_COMMAND), "public\nwivwiv\n");
});

await serviceTest(REDIS, "Redis: a sentinel makes the replica master", async () => {
  await using servers = await startRedisSentinel();
  await servers.master.kill();
  await servers.failedOver();
  assertEquals(await servers.replica.run(...PASSWORD_COMMAND), "public\nwivwiv\n");
});

await serviceTest(REDIS, "Redis: a cluster has the sample data", async () => {
  await using cluster = await startRedisCluster();
  assertEquals(await cluster.run(...PASSWORD_COMMAND), "public\nwivwiv\n");
});

await serviceTest(
  FERRETDB,
  "FerretDB: plain, with a login, with TLS, and again after a kill",
  async () => {
    await using certificates = await makeCertificates();
    for (
      const options of [
        {},
        { login: { username: "root", password: "secret" } },
        { tls: certificates },
      ]
    ) {
      await using server = await startFerretdb(options);
      await server.insert("mqtt_user", { username: "ada" });
      await server.kill();
      await server.start();
      await server.clear("mqtt_user");
    }
  },
);
