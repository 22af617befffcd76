/** The stored name is the name: what a collation takes for the same lets no one in, whatever column selects the row. */
import { assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { exactNames, tellingNames } from "../../plugins/sql/exact_names.ts";
import { MYSQL } from "../../plugins/sql/mysql.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { startBroker } from "../support/running_broker.ts";
import { fakeClient } from "../support/plugin_harness.ts";
import { NEVER } from "../access/sources/support.ts";
import { returnCodeOf } from "./database/login_load.ts";
import { MYSQL_SUBJECT, POSTGRES_SUBJECT, sqlServerOptions } from "./database/sql.ts";
import { DatabasePlugin } from "./database/support.ts";

const PUBLIC = createHash("sha256").update("public").digest("hex");
const OTHER = { result: "deny", because: "the name is not the stored one" };

type Options = Record<string, unknown>;

/** Queries that find the user `emqx` for other names too, each in a way of its own. */
const QUERIES: readonly string[] = [
  "select password from mqtt_user where username = '%u' limit 1",
  "select password from mqtt_user where '%u' = username",
  "select * from mqtt_user u where (u.username = %u) and password is not null order by id desc",
  "select password from mqtt_user where username = '%u' or username = '%c' limit 1",
  "select password from mqtt_user where id > 0 and username = '%u' group by password",
  "select password from mqtt_user where username = '%u' union select password from mqtt_user where username = '%u'",
  "select u.password from mqtt_user u join mqtt_user v on u.id = v.id and u.username = '%u' where v.id > 0",
  "select password, username from mqtt_user where lower(username) = lower('%u')",
  "select password, username from mqtt_user where username in ('%u', 'x')",
];

await serviceTest(MYSQL_SUBJECT.requirement, "mysql: the stored name is the name", async (t) => {
  await using server = await MYSQL_SUBJECT.start();
  const withOptions = (options: Options = {}) =>
    DatabasePlugin.setUp(MYSQL_SUBJECT.plugin, { ...sqlServerOptions(server), ...options });

  await t.step("blanks behind, which every collation of MariaDB leaves out", async () => {
    await using plugin = await withOptions();
    assertEquals(await plugin.login("emqx", "public"), "allow");
    for (const name of ["emqx ", "emqx   "]) {
      assertEquals(await plugin.login(name, "public"), "deny", name);
    }
    assertEquals(await plugin.login("nobody", "public"), "ignore");
  });

  await server.run(
    "alter table mqtt_user convert to character set utf8mb4 collate utf8mb4_general_ci",
  );
  await server.run(
    "alter table mqtt_acl convert to character set utf8mb4 collate utf8mb4_general_ci",
  );

  for (const auth_query of QUERIES) {
    await t.step(auth_query, async () => {
      await using plugin = await withOptions({ auth_query });
      assertEquals(await plugin.login("emqx", "public"), "allow");
      for (const name of ["EMQX", "emqX", "emqx ", "Émqx"]) {
        assertEquals(await plugin.login(name, "public"), "deny", name);
      }
      assertEquals(await plugin.login("nobody", "public"), "ignore");
      assertEquals(plugin.lastError, undefined);
    });
  }

  await t.step("a user who may not come in is not unknown under another spelling", async () => {
    await using plugin = await withOptions();
    const request = { password: new TextEncoder().encode("public"), signal: NEVER };
    const client = fakeClient({ username: "EMQX" });
    assertEquals(await plugin.hooks.authenticate!({ client, ...request }), OTHER);
    await server.run("update mqtt_user set password = null where username = 'emqx'");
    assertEquals(await plugin.login("EMQX", "public"), "deny");
    await server.run(`update mqtt_user set password = '${PUBLIC}' where username = 'emqx'`);
  });

  await t.step("the client id, where it selects; either of two names", async () => {
    await using plugin = await withOptions({
      auth_query: "select password from mqtt_user where username = '%u' or username = '%c'",
    });
    assertEquals(await plugin.login("x", "public", { clientId: "emqx" }), "allow");
    assertEquals(await plugin.login("x", "public", { clientId: "EMQX" }), "deny");
    assertEquals(await plugin.login("EMQX", "public", { clientId: "emqx" }), "allow");
    assertEquals(await plugin.login(undefined, "public", { clientId: "emqx" }), "allow");
    assertEquals(await plugin.login(undefined, "public", { clientId: "emqx " }), "deny");
  });

  await t.step("columns of numbers and of other character sets", async () => {
    await server.run(
      `create table devices (id int primary key, name varchar(20), password varchar(64))
         default charset = latin1;
       insert into devices values (7, 'm\u00fcnchen', '${PUBLIC}');`,
    );
    const auth_query = (column: string) => `select password from devices where ${column} = '%u'`;
    await using numbers = await withOptions({ auth_query: auth_query("id") });
    const logins = ["7", "7abc", "07", "7.0", "8"].map((name) => numbers.login(name, "public"));
    assertEquals(await Promise.all(logins), ["allow", "deny", "deny", "deny", "ignore"]);
    await using names = await withOptions({ auth_query: auth_query("name") });
    assertEquals(await names.login("m\u00fcnchen", "public"), "allow");
    assertEquals(await names.login("munchen", "public"), "ignore");
    assertEquals(await names.login("M\u00fcnchen", "public"), "deny");
  });

  await t.step("superusers, of other sources' clients too", async () => {
    await server.run("update mqtt_user set is_superuser = 1 where username = 'emqx'");
    const isSuperuser = async (options: Options, username: string) => {
      await using plugin = await withOptions({ auth_query: null, acl_query: null, ...options });
      return await plugin.hooks.superuser!({ client: fakeClient({ username }), signal: NEVER });
    };
    const like = "select is_superuser, username from mqtt_user where username like '%u'";
    for (const options of [{}, { super_query: like }]) {
      assertEquals(await isSuperuser(options, "emqx"), true);
      for (const name of ["EMQX", "emqx ", "%"]) {
        assertEquals(await isSuperuser(options, name), false, name);
      }
    }
    await server.run("update mqtt_user set is_superuser = 0 where username = 'emqx'");
  });

  await t.step("rules by username and client id, also where a query leaves them out", async () => {
    await server.run(
      `delete from mqtt_acl;
       insert into mqtt_acl (allow, username, clientid, access, topic) values
         (1, 'emqx', null, 3, 'of/user'), (1, null, 'c1', 3, 'of/client');`,
    );
    const blind = "select allow, '' as ipaddr, '' as username, '' as clientid, access, topic " +
      "from mqtt_acl where username = '%u' or clientid = '%c'";
    for (const options of [{}, { acl_query: blind }]) {
      await using plugin = await withOptions(options);
      const answers = async (username: string, clientId: string) => [
        await plugin.right("publish", "of/user", { username, clientId }),
        await plugin.right("publish", "of/client", { username, clientId }),
      ];
      assertEquals(await answers("emqx", "c1"), ["allow", "allow"]);
      assertEquals(await answers("EMQX", "C1"), ["ignore", "ignore"]);
      assertEquals(await answers("emqx ", "c1 "), ["ignore", "ignore"]);
    }
  });

  await t.step("rules in columns of BINARY(n) apply to the names without zeros", async () => {
    await server.run(
      `create table rules (allow int, ipaddr varchar(9), username binary(9), clientid char(9),
         access int, topic binary(20));
       insert into rules values (0, null, 'emqx', null, 3, 'secret'),
         (0, null, null, 'c1', 3, 'hidden');`,
    );
    await using plugin = await withOptions({ acl_query: "select * from rules" });
    const right = (topic: string, username: string, clientId: string) =>
      plugin.right("publish", topic, { username, clientId });
    assertEquals(await right("secret", "emqx", "x"), "deny");
    assertEquals(await right("secret", "EMQX", "x"), "ignore");
    assertEquals(await right("hidden", "x", "c1"), "deny");
  });

  await t.step("the index on names is used as before", async () => {
    const auth = "select password from mqtt_user where username = '%u' limit 1";
    const acl = "select topic from mqtt_acl where username = '%u'";
    for (
      const query of [tellingNames(auth, MYSQL), exactNames(auth, MYSQL), exactNames(acl, MYSQL)]
    ) {
      const plan = await server.run(`explain ${query.replaceAll("%u", "emqx")}`);
      assertMatch(plan, /\tmqtt_(?:acl_)?username\t/, query);
    }
  });

  await t.step(
    "a comparison that is not understood is warned about, unless the name comes along",
    async () => {
      const warnings = async (auth_query: string) => {
        await using plugin = await withOptions({ auth_query });
        return plugin.harness.messages("warning");
      };
      const select = (columns: string) =>
        `select ${columns} from mqtt_user where username like '%u'`;
      const [line, ...more] = await warnings(select("password").replace("username", "name"));
      assertMatch(line!, /^auth_query: %u is not compared as COLUMN = '%u'/);
      assertEquals(more, []);
      assertEquals(await warnings(select("password, username")), []);
      assertEquals(await warnings(QUERIES[0]!), []);
    },
  );

  await t.step("over sockets: CONNACK 4", async () => {
    await using running = await startBroker({ plugins: { mysql: sqlServerOptions(server) } });
    const code = (username: string) =>
      returnCodeOf(running.address, { username, password: "public" });
    assertEquals(await Promise.all(["emqx", "EMQX", "emqx "].map(code)), [0, 4, 4]);
  });
});

await serviceTest(
  POSTGRES_SUBJECT.requirement,
  "postgres: the stored name is the name",
  async (t) => {
    await using server = await POSTGRES_SUBJECT.start();
    const withOptions = (options: Options = {}) =>
      DatabasePlugin.setUp(POSTGRES_SUBJECT.plugin, { ...sqlServerOptions(server), ...options });
    await server.run(
      `create collation ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
     create table padded (username char(10), password char(80), is_superuser boolean);
     insert into padded values ('emqx', '${PUBLIC}', true);
     create table folded (username varchar(10) collate ci, password text, is_superuser boolean);
     insert into folded values ('emqx', '${PUBLIC}', true);
     create table rules (allow int, ipaddr text, username char(10), clientid char(10), access int, topic char(30));
     insert into rules values (0, null, 'emqx', null, 3, 'secret'), (0, null, null, 'c1', 3, 'hidden');
     grant select on padded, folded, rules to midge;`,
    );

    await t.step(
      "character(n): its blanks are not the client's, and not the password's",
      async () => {
        const auth_query = "select password from padded where username = '%u'";
        await using plugin = await withOptions({ auth_query });
        const logins = ["emqx", "emqx ", "emqx      ", "EMQX"].map((name) =>
          plugin.login(name, "public")
        );
        assertEquals(await Promise.all(logins), ["allow", "deny", "deny", "ignore"]);
      },
    );

    await t.step("collations that fold cases", async () => {
      for (
        const condition of ["username = '%u'", "username = '%u'::text", "'%u' = folded.username"]
      ) {
        const auth_query = `select password from folded where ${condition}`;
        await using plugin = await withOptions({ auth_query });
        assertEquals(await plugin.login("emqx", "public"), "allow", condition);
        assertEquals(await plugin.login("EMQX", "public"), "deny", condition);
      }
      for (const table of ["padded", "folded"]) {
        const super_query = `select is_superuser from ${table} where username = '%u'`;
        await using plugin = await withOptions({ auth_query: null, acl_query: null, super_query });
        const isSuperuser = (username: string) =>
          plugin.hooks.superuser!({ client: fakeClient({ username }), signal: NEVER });
        assertEquals(await isSuperuser("emqx"), true);
        assertEquals([await isSuperuser("EMQX"), await isSuperuser("emqx ")], [false, false]);
      }
    });

    await t.step("rules in columns of character(n) apply to the names without blanks", async () => {
      const acl_query = "select * from rules where username = '%u' or clientid = '%c'";
      await using plugin = await withOptions({ acl_query });
      const answers = async (username: string, clientId: string) => [
        await plugin.right("publish", "secret", { username, clientId }),
        await plugin.right("publish", "hidden", { username, clientId }),
      ];
      assertEquals(await answers("emqx", "c1"), ["deny", "deny"]);
      assertEquals(await answers("emqx ", "c1 "), ["ignore", "ignore"]);
    });
  },
);
