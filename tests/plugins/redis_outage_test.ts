/** redis while its server dies, comes back and hangs. */
import { REDIS, type RedisService, startRedis } from "../services/redis.ts";
import { outageTests, POOL } from "./database/outage.ts";

await outageTests<RedisService>({
  name: "redis",
  requirement: REDIS,
  start: () => startRedis(),
  options: ({ port }) => ({ server: `127.0.0.1:${port}`, pool: POOL }),
  async addUsers({ run }, names) {
    for (const name of names) await run("HSET", `mqtt_user:${name}`, "password", "right");
  },
});
