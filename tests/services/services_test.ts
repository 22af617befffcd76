/** The servers that other tests rely on: each starts with its sample data, hangs, dies and comes back. */
import { assertEquals, assertRejects } from "@std/assert";
import { MARIADB, startMariadb } from "./mariadb.ts";
import { POSTGRES, startPostgres } from "./postgres.ts";
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
