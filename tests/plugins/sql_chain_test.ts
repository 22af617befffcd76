/** Several sources in a chain: mysql, then postgres, with one user of each and one of both. */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import type { Requirement } from "../services/service_test_case.ts";
import { serviceTest } from "../services/service_test_case.ts";
import type { SqlService } from "../services/sql.ts";
import { RawClient } from "../support/raw_client.ts";
import { suback, subscribe } from "../support/raw_packets.ts";
import { type RunningBroker, startBroker } from "../support/running_broker.ts";
import { returnCodeOf } from "./database/login_load.ts";
import { MYSQL_SUBJECT, POSTGRES_SUBJECT, sqlServerOptions } from "./database/sql.ts";

const ACCEPTED = 0;
const SERVER_UNAVAILABLE = 3;
const BAD_USERNAME_OR_PASSWORD = 4;
const NOT_AUTHORIZED = 5;

const BOTH: Requirement = {
  name: "MariaDB or PostgreSQL",
  programs: [...MYSQL_SUBJECT.requirement.programs, ...POSTGRES_SUBJECT.requirement.programs],
};

function addUser({ run }: SqlService, name: string, password: string): Promise<string> {
  const hash = createHash("sha256").update(password).digest("hex");
  return run(`insert into mqtt_user (username, password) values ('${name}', '${hash}')`);
}

function addRule({ run }: SqlService, allow: 0 | 1, user: string, topic: string): Promise<string> {
  return run(
    "insert into mqtt_acl (allow, username, access, topic) values " +
      `(${allow}, '${user}', 1, '${topic}')`,
  );
}

/** What SUBACK says to each filter. */
async function granted(
  { address }: RunningBroker,
  username: string,
  filters: readonly string[],
  codes: readonly number[],
): Promise<void> {
  const login = { clientId: `granted to ${username}`, username, password: "p" };
  await using client = await RawClient.open(address, login);
  await client.send(subscribe(1, ...filters.map((filter): [string, number] => [filter, 0])));
  await client.expect(suback(1, ...codes));
}

await serviceTest(BOTH, "mysql and postgres in a chain", async () => {
  await using mysql = await MYSQL_SUBJECT.start();
  await using postgres = await POSTGRES_SUBJECT.start();
  for (const server of [mysql, postgres]) await server.run("delete from mqtt_acl");
  await addUser(mysql, "ann", "p");
  await addUser(mysql, "both", "p");
  await addUser(postgres, "both", "other");
  await addUser(postgres, "pete", "p");
  await addRule(mysql, 0, "ann", "denied/by/the/first");
  await addRule(postgres, 1, "ann", "denied/by/the/first");
  await addRule(postgres, 1, "ann", "second");
  await postgres.run("update mqtt_user set is_superuser = true where username = 'pete'");

  const plugins = {
    auth_anonymous: { allow_anonymous: true },
    mysql: { ...sqlServerOptions(mysql), timeout: "60s" },
    postgres: sqlServerOptions(postgres),
  };
  await using running = await startBroker({ plugins, acl_nomatch: "deny" });
  const code = (username: string | undefined, password: string | undefined) =>
    returnCodeOf(running.address, {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    });
  assertEquals(await code("ann", "p"), ACCEPTED);
  assertEquals(await code("pete", "p"), ACCEPTED);
  assertEquals(await code("both", "p"), ACCEPTED);
  // The first source's word is final: what the second knows does not help.
  assertEquals(await code("both", "other"), BAD_USERNAME_OR_PASSWORD);
  assertEquals(await code("nobody", "p"), BAD_USERNAME_OR_PASSWORD);
  assertEquals(await code("' or 1=1 --", "p"), BAD_USERNAME_OR_PASSWORD);
  assertEquals(await code(undefined, undefined), ACCEPTED);

  const filters = ["denied/by/the/first", "second", "by/nobody"];
  await granted(running, "ann", filters, [0x80, 0, 0x80]);
  await granted(running, "pete", filters, [0, 0, 0]);

  await mysql.kill();
  assertEquals(await code("pete", "p"), SERVER_UNAVAILABLE);
  const lenient = { ...plugins.mysql, on_error: "ignore" };
  await using second = await startBroker({
    plugins: { mysql: lenient, postgres: plugins.postgres },
  });
  const login = { username: "pete", password: "p" };
  assertEquals(await returnCodeOf(second.address, login), ACCEPTED);
  assertEquals(
    await returnCodeOf(second.address, { ...login, password: "x" }),
    BAD_USERNAME_OR_PASSWORD,
  );
  assertEquals(await returnCodeOf(second.address, {}), NOT_AUTHORIZED);
});
