/** Several databases behind each other, over sockets: who decides, and who when the first is down. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions } from "../../mod.ts";
import { FERRETDB, type MongodbService, startFerretdb } from "../services/ferretdb.ts";
import { REDIS, type RedisService, startRedis } from "../services/redis.ts";
import { type Requirement, serviceTest } from "../services/service_test_case.ts";
import { RawClient } from "../support/raw_client.ts";
import { type RawConnect, suback, subscribe } from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";
import { returnCodeOf } from "./database/login_load.ts";

const BOTH: Requirement = {
  name: "Redis or FerretDB",
  programs: [...REDIS.programs, ...FERRETDB.programs],
};

interface Servers {
  readonly redis: RedisService;
  readonly mongodb: MongodbService;
}

/** ann is known to both with different passwords, bob to Redis, eve to MongoDB. */
async function fill({ redis, mongodb }: Servers): Promise<void> {
  await redis.run("HSET", "mqtt_user:ann", "password", "redis");
  await redis.run("HSET", "mqtt_user:bob", "password", "redis");
  await redis.run("HSET", "mqtt_user:eve", "is_superuser", "1");
  await redis.run("HSET", "mqtt_acl:ann", "in/redis", "3");
  await mongodb.insert("mqtt_user", { username: "ann", password: "mongodb" });
  await mongodb.insert("mqtt_user", { username: "eve", password: "mongodb" });
  await mongodb.insert("mqtt_acl", { username: "ann", pubsub: ["in/mongodb"] });
  await mongodb.insert("mqtt_acl", { username: "bob", pubsub: ["in/mongodb"] });
}

/** Redis, then MongoDB, then two rules; `redis` are more options of the first. */
function chain(servers: Servers, redis: Record<string, unknown> = {}): BrokerOptions {
  return {
    acl_nomatch: "deny",
    plugins: {
      acl_file: {
        rules: [
          { permission: "deny", user: "bob", action: "all", topics: ["in/file/secret"] },
          { permission: "allow", all: true, action: "all", topics: ["in/file/#"] },
        ],
      },
      redis: { server: `127.0.0.1:${servers.redis.port}`, ...redis },
      mongodb: {
        server: `127.0.0.1:${servers.mongodb.port}`,
        auth_query: { password_hash: "plain" },
        nomatch: "ignore",
      },
    },
  };
}

/** Which of these topics a client may subscribe to. */
async function rights(
  options: BrokerOptions,
  login: RawConnect,
  topics: readonly string[],
): Promise<string[]> {
  await using running = await startBroker(options);
  await using client = await RawClient.open(running.address, { clientId: "c", ...login });
  const allowed: string[] = [];
  for (const topic of topics) {
    await client.send(subscribe(1, [topic, 0]));
    const answer = await client.take(suback(1, 0).length);
    if (answer.at(-1) !== 0x80) allowed.push(topic);
  }
  return allowed;
}

/** CONNACK's return codes. */
async function codes(options: BrokerOptions, ...logins: [string, string][]): Promise<number[]> {
  await using running = await startBroker(options);
  const answers = logins.map(([username, password]) =>
    returnCodeOf(running.address, { username, password })
  );
  return await Promise.all(answers);
}

const TOPICS = ["in/redis", "in/mongodb", "in/file/a", "in/file/secret", "elsewhere"];

await serviceTest(BOTH, "a chain of databases", async (t) => {
  await using redis = await startRedis();
  await using mongodb = await startFerretdb();
  const servers = { redis, mongodb };
  await fill(servers);
  const ignoring = chain(servers, { nomatch: "ignore" });

  await t.step("the first that knows the user decides about the login", async () => {
    const logins: [string, string][] = [
      ["ann", "redis"],
      ["ann", "mongodb"],
      ["bob", "redis"],
      ["eve", "mongodb"],
      ["eve", "redis"],
      ["zoe", "redis"],
    ];
    assertEquals(await codes(chain(servers), ...logins), [0, 4, 0, 0, 4, 4]);
  });

  await t.step(
    "rights: the first that has an answer; acl_file last; then acl_nomatch",
    async () => {
      const ann = { username: "ann", password: "redis" };
      assertEquals(await rights(chain(servers), ann, TOPICS), ["in/redis"]);
      assertEquals(await rights(ignoring, ann, TOPICS), [
        "in/redis",
        "in/mongodb",
        "in/file/a",
        "in/file/secret",
      ]);
      const bob = { username: "bob", password: "redis" };
      assertEquals(await rights(ignoring, bob, TOPICS), ["in/mongodb", "in/file/a"]);
    },
  );

  await t.step(
    "a superuser by the source that let it in, or by one that only knows superusers",
    async () => {
      const eve = { username: "eve", password: "mongodb" };
      assertEquals(await rights(ignoring, eve, TOPICS), ["in/file/a", "in/file/secret"]);
      assertEquals(await rights(chain(servers, { auth_cmd: null }), eve, TOPICS), TOPICS);
    },
  );

  await t.step("a source that is down denies, or leaves it to the next", async () => {
    await redis.kill();
    const eve: [string, string] = ["eve", "mongodb"];
    assertEquals(await codes(chain(servers), eve), [3]);
    assertEquals(await codes(chain(servers, { on_error: "ignore" }), eve, ["bob", "redis"]), [
      0,
      4,
    ]);
  });
});
