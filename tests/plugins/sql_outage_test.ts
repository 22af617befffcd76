/** mysql and postgres while their servers die, come back and hang. */
import type { SqlService } from "../services/sql.ts";
import { outageTests, POOL } from "./database/outage.ts";
import {
  MYSQL_SUBJECT,
  POSTGRES_SUBJECT,
  sqlServerOptions,
  type SqlSubject,
  valuesOf,
} from "./database/sql.ts";

const HASH_OF_RIGHT = "27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9";

for (const subject of [MYSQL_SUBJECT, POSTGRES_SUBJECT]) await sqlOutageTests(subject);

async function sqlOutageTests(subject: SqlSubject): Promise<void> {
  await outageTests<SqlService>({
    name: subject.plugin.name,
    requirement: subject.requirement,
    start: () => subject.start(),
    options: (server) => ({ ...sqlServerOptions(server), pool: POOL }),
    async addUsers({ run }, names) {
      const rows = names.map((name) => valuesOf(subject, name, HASH_OF_RIGHT));
      await run(`insert into mqtt_user (username, password) values ${rows.join(", ")}`);
    },
  });
}
