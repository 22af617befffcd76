/** What must hold for every SQL server, against a real one. Registered by mysql_test.ts and postgres_test.ts. */
import { createHash } from "node:crypto";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { hashPassword } from "../../../sources.ts";
import type { ClientView } from "../../../mod.ts";
import { serviceTest } from "../../services/service_test_case.ts";
import type { SqlService } from "../../services/sql.ts";
import { NEVER } from "../../access/sources/support.ts";
import { fakeClient, PluginHarness } from "../../support/plugin_harness.ts";
import { sqlServerOptions, type SqlSubject, valuesOf } from "./sql.ts";
import { DatabasePlugin, HOSTILE_NAMES, runningClock } from "./support.ts";

const CERTIFICATE = { commonName: "dev.example", subject: "CN=dev.example,O=Ex & Co" };
const EVERY_ROW =
  "select allow, ipaddr, username, clientid, access, topic from mqtt_acl order by id";
const WITH_SALT = "select password, salt from mqtt_user where username = '%u'";

type Options = Record<string, unknown>;
type Cell = string | number | null;
/** allow, ipaddr, username, clientid, access, topic */
type RuleRow = readonly [Cell, Cell, Cell, Cell, Cell, Cell];

/** One server with its plugin, asked and filled in few words. */
class Bench {
  readonly subject: SqlSubject;
  readonly server: SqlService;

  constructor(subject: SqlSubject, server: SqlService) {
    this.subject = subject;
    this.server = server;
  }

  plugin(options: Options = {}, harness?: PluginHarness): Promise<DatabasePlugin> {
    const all = { ...sqlServerOptions(this.server), ...options };
    return DatabasePlugin.setUp(this.subject.plugin, all, harness);
  }

  /** Instead of all rules that were there. */
  async rules(...rows: RuleRow[]): Promise<void> {
    const values = rows.map((row) => valuesOf(this.subject, ...row)).join(", ");
    const insert = "insert into mqtt_acl (allow, ipaddr, username, clientid, access, topic) values";
    await this.server.run(`delete from mqtt_acl; ${rows.length ? `${insert} ${values};` : ""}`);
  }

  async user(name: string, password: string | null, salt: string | null = null): Promise<void> {
    const { subject } = this;
    await this.server.run(
      `delete from mqtt_user where username = ${subject.text(name)};
       insert into mqtt_user (username, password, salt) values
       ${valuesOf(subject, name, password, salt)};`,
    );
  }

  async superuser(name: string, value: string): Promise<void> {
    await this.server.run(
      `update mqtt_user set is_superuser = ${value} where username = ${this.subject.text(name)}`,
    );
  }
}

/** Registers the tests. Await it. */
export async function sqlTests(subject: SqlSubject): Promise<void> {
  await serviceTest(subject.requirement, subject.plugin.name, async (t) => {
    await using server = await subject.start();
    const bench = new Bench(subject, server);
    for (const [title, run] of Object.entries(CASES)) await t.step(title, () => run(bench));
  });
}

const CASES: Record<string, (bench: Bench) => Promise<void>> = {
  async "the guide's rows with the guide's queries"(bench) {
    await using plugin = await bench.plugin();
    assertEquals(await plugin.login("emqx", "public"), "allow");
    assertEquals(await plugin.login("emqx", "Public"), "deny");
    assertEquals(await plugin.login("emqx", ""), "deny");
    assertEquals(await plugin.login("emqx", undefined), "deny");
    assertEquals(await plugin.login("nobody", "public"), "ignore");
    assertEquals(await plugin.login(undefined, undefined), "ignore");
    // The query selects the rows of $all and of the client's own address, not those with NULL throughout.
    assertEquals(await plugin.right("subscribe", "$SYS/#"), "deny");
    assertEquals(await plugin.right("subscribe", "$SYS/broker/version"), "deny");
    assertEquals(await plugin.right("publish", "$SYS/x"), "ignore");
    assertEquals(await plugin.right("subscribe", "/smarthome/c1/temperature"), "ignore");
    assertEquals(await plugin.verdict("subscribe", "$SYS/#"), {
      result: "deny",
      because: "acl_query, row 1: allow=0 username=$all access=1 topic=$SYS/#",
    });
  },

  async "the guide's four rows mean what they say with row_order: last and a query for all rows"(
    bench,
  ) {
    await using plugin = await bench.plugin({ row_order: "last", acl_query: EVERY_ROW });
    const answers = (topic: string, client: Partial<ClientView> = {}) =>
      plugin.right("subscribe", topic, { clientId: "c1", ...client });
    assertEquals(await answers("$SYS/#"), "deny");
    assertEquals(await answers("$SYS/#", { address: "10.59.1.100" }), "allow");
    assertEquals(await answers("$SYS/#", { address: "10.59.1.101" }), "deny");
    assertEquals(await answers("/smarthome/c1/temperature"), "allow");
    assertEquals(await answers("/smarthome/c2/temperature"), "deny");
    assertEquals(await answers("/smarthome/+/temperature"), "deny");
    assertEquals(await answers("/other"), "ignore");
    assertEquals(await plugin.right("publish", "/smarthome/c2/temperature"), "ignore");
    await using top = await bench.plugin({ acl_query: EVERY_ROW });
    const own = { clientId: "c1" };
    assertEquals(await top.right("subscribe", "/smarthome/c1/temperature", own), "deny");
  },

  async "allow and deny in the order of the rows"(bench) {
    await bench.rules([0, null, "$all", null, 3, "a"], [1, null, "$all", null, 3, "a"]);
    await using first = await bench.plugin();
    assertEquals(await first.right("publish", "a"), "deny");
    await using last = await bench.plugin({ row_order: "last" });
    assertEquals(await last.right("publish", "a"), "allow");
    await using sorted = await bench.plugin({ acl_query: `${EVERY_ROW} desc` });
    assertEquals(await sorted.right("publish", "a"), "allow");
  },

  async "access: 1 subscribe, 2 publish, 3 both; eq takes the topic literally"(bench) {
    await bench.rules(
      [1, null, "emqx", null, 1, "one"],
      [1, null, "emqx", null, 2, "two"],
      [1, null, "emqx", null, 3, "both/+"],
      [0, null, "$all", null, 1, "eq #"],
    );
    await using plugin = await bench.plugin();
    const both = async (topic: string) => [
      await plugin.right("subscribe", topic),
      await plugin.right("publish", topic),
    ];
    assertEquals(await both("one"), ["allow", "ignore"]);
    assertEquals(await both("two"), ["ignore", "allow"]);
    assertEquals(await both("both/x"), ["allow", "allow"]);
    assertEquals(await plugin.right("subscribe", "both/#"), "ignore");
    assertEquals(await plugin.right("subscribe", "#"), "deny");
    assertEquals(await plugin.right("subscribe", "x/#"), "ignore");
    const harness = new PluginHarness({ wildcards: "emqx" });
    await using emqx = await bench.plugin({}, harness);
    assertEquals(await emqx.right("subscribe", "both/#"), "allow");
  },

  async "NULL, '' and $all are not compared; everything else must match"(bench) {
    const nothing = [null, "", "$all"];
    for (const ip of nothing) {
      for (const user of nothing) {
        for (const client of nothing) {
          await bench.rules([1, ip, user, client, 2, "open"]);
          await using plugin = await bench.plugin({ acl_query: EVERY_ROW });
          assertEquals(await plugin.right("publish", "open"), "allow", `${[ip, user, client]}`);
        }
      }
    }
    await bench.rules(
      [1, "10.0.0.1", "ann", "c1", 2, "all three"],
      [1, null, "ann", "c1", 2, "two"],
      [1, "10.0.0.1", "$all", "", 2, "address"],
    );
    await using plugin = await bench.plugin({ acl_query: EVERY_ROW });
    const answers = (client: Partial<ClientView>) =>
      Promise.all(
        ["all three", "two", "address"].map((topic) => plugin.right("publish", topic, client)),
      );
    const ann = { username: "ann", clientId: "c1", address: "10.0.0.1" };
    assertEquals(await answers(ann), ["allow", "allow", "allow"]);
    assertEquals(await answers({ ...ann, address: "10.0.0.2" }), ["ignore", "allow", "ignore"]);
    assertEquals(await answers({ ...ann, clientId: "c2" }), ["ignore", "ignore", "allow"]);
    assertEquals(await answers({ ...ann, username: "bob" }), ["ignore", "ignore", "allow"]);
    assertEquals(await answers({ ...ann, username: undefined }), ["ignore", "ignore", "allow"]);
  },

  async "addresses and CIDR ranges, of IPv6 too"(bench) {
    await bench.rules(
      [1, "10.1.2.3", "$all", null, 2, "a"],
      [1, "10.2.0.0/16", "$all", null, 2, "a"],
      [1, "2001:db8::/32", "$all", null, 2, "a"],
    );
    await using plugin = await bench.plugin();
    const from = (address: string) => plugin.right("publish", "a", { address });
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "10.2.255.1", "2001:db8:1::1"]) {
      assertEquals(await from(address), "allow", address);
    }
    for (const address of ["10.1.2.4", "10.3.0.1", "2001:db9::1"]) {
      assertEquals(await from(address), "ignore", address);
    }
    // Without $all the guide's query finds the row of this very address, but no range.
    await bench.rules([1, "10.1.2.3", null, null, 2, "b"], [1, "10.1.2.0/24", null, null, 2, "c"]);
    await using second = await bench.plugin();
    const address = { address: "10.1.2.3" };
    assertEquals(await second.right("publish", "b", address), "allow");
    assertEquals(await second.right("publish", "c", address), "ignore");
  },

  async "placeholders of topics stand for a level, never for more"(bench) {
    await bench.rules([1, null, "$all", null, 3, "own/%u/%c/#"]);
    await using plugin = await bench.plugin();
    const at = (topic: string, username: string, clientId: string) =>
      plugin.right("subscribe", topic, { username, clientId });
    assertEquals(await at("own/ada/c7/x", "ada", "c7"), "allow");
    assertEquals(await at("own/ada/c8/x", "ada", "c7"), "ignore");
    assertEquals(await at("own/ada/x/y", "ada", "#"), "ignore");
    assertEquals(await at("own/ada/x/y", "ada", "+"), "ignore");
    assertEquals(await at("own/a/b/c7", "a/b", "c7"), "ignore");
  },

  async "superusers: what the guide calls true, and nothing else"(bench) {
    await bench.user("root", sha256("secret"));
    await using plugin = await bench.plugin();
    for (const value of bench.subject.isNoSuperuser) {
      await bench.superuser("root", value);
      assertEquals(await plugin.login("root", "secret"), "allow", value);
    }
    await bench.superuser("root", bench.subject.isSuperuser);
    assertEquals(await plugin.login("root", "secret"), "allow, superuser");
    assertEquals(await plugin.login("root", "wrong"), "deny");
    await using off = await bench.plugin({ super_query: null });
    assertEquals(await off.login("root", "secret"), "allow");
    await using odd = await bench.plugin({ super_query: "select 1 as other" });
    assertEquals(await odd.login("root", "secret"), "allow");
    assertEquals(odd.lastError, "super_query: got other; expected is_superuser among them");
  },

  async "null switches a part off; the super query alone serves other sources"(bench) {
    const hooks = async (options: Options) => {
      await using plugin = await bench.plugin(options);
      return Object.keys(plugin.hooks).sort();
    };
    assertEquals(await hooks({}), ["authenticate", "authorize", "dispose", "health"]);
    assertEquals(await hooks({ acl_query: null }), ["authenticate", "dispose", "health"]);
    assertEquals(await hooks({ auth_query: null, super_query: null }), [
      "authorize",
      "dispose",
      "health",
    ]);
    await using plugin = await bench.plugin({ auth_query: null, acl_query: null });
    const isSuperuser = (username: string | undefined) =>
      plugin.hooks.superuser!({ client: fakeClient({ username }), signal: NEVER });
    assertEquals(await isSuperuser("root"), true);
    assertEquals(await isSuperuser("emqx"), false);
    assertEquals(await isSuperuser(undefined), false);
  },

  async "every password hash"(bench) {
    for (const [spec, password, hash, salt] of await passwords()) {
      await bench.user("hashed", hash, salt);
      await using plugin = await bench.plugin({ password_hash: spec, auth_query: WITH_SALT });
      assertEquals(await plugin.login("hashed", password), "allow", spec);
      assertEquals(await plugin.login("hashed", `${password} `), "deny", spec);
    }
  },

  async "a user without a password cannot log in; one without a needed salt is a failure"(bench) {
    await bench.user("bare", null);
    await using plugin = await bench.plugin();
    assertEquals(await plugin.login("bare", ""), "deny");
    assertEquals(await plugin.login("bare", undefined), "deny");
    await using plain = await bench.plugin({ password_hash: "plain" });
    assertEquals(await plain.login("bare", ""), "deny");
    await bench.user("saltless", sha256("secret"));
    const salted = { password_hash: "salt,sha256", auth_query: WITH_SALT };
    await using missing = await bench.plugin(salted);
    assertEquals(await missing.login("saltless", "secret"), "failed");
    assertMatch(missing.lastError!, /no salt/);
  },

  async "hostile usernames and client ids are values"(bench) {
    const { subject, server } = bench;
    await using plugin = await bench.plugin();
    for (const name of HOSTILE_NAMES) {
      assertEquals(await plugin.login(name, "public"), "ignore", name);
      await bench.user(name, sha256(`of ${name}`));
      assertEquals(await plugin.login(name, `of ${name}`), "allow", name);
      assertEquals(await plugin.login(name, "public"), "deny", name);
      await bench.rules([1, null, name, null, 3, "a/b"], [1, null, null, name, 3, "c/d"]);
      assertEquals(await plugin.right("publish", "a/b", { username: name }), "allow", name);
      assertEquals(await plugin.right("publish", "a/c", { username: name }), "ignore", name);
      const asClient = { username: "other", clientId: name };
      assertEquals(await plugin.right("publish", "c/d", asClient), "allow", name);
    }
    assertEquals(await server.run("select count(*) from mqtt_user where username = 'emqx'"), "1\n");
    const quote = subject.text("' or 1=1 --");
    assertEquals(
      await server.run(`select count(*) from mqtt_user where username = ${quote}`),
      "1\n",
    );
  },

  async "placeholders: with and without quotes, every one of them, NULL where a value is missing"(
    bench,
  ) {
    const answers = async (auth_query: string, client: Partial<ClientView> = {}) => {
      await using plugin = await bench.plugin({ auth_query, password_hash: "plain" });
      const answer = await plugin.login("ann", "secret", client);
      return answer === "failed" ? plugin.lastError : answer;
    };
    const ann = { clientId: "c 1", certificate: CERTIFICATE, address: "192.0.2.7" };
    const all =
      "select 'secret' as password from mqtt_user where username = 'emqx' and '%u' = 'ann'" +
      " and '%c' = 'c 1' and '%a' = '192.0.2.7' and '%C' = 'dev.example'" +
      " and '%d' = 'CN=dev.example,O=Ex & Co'";
    assertEquals(await answers(all, ann), "allow");
    assertEquals(await answers(all, { ...ann, certificate: undefined }), "ignore");
    assertEquals(await answers(all.replace("'%u'", "%u"), ann), "allow");
    const comment =
      "/* '%u' %c */ select 'secret' as password where '%u' like 'a%c%' or '%u' = 'ann'";
    assertEquals(await answers(comment, ann), "allow");
    const isNull = "select 'secret' as password where coalesce('%C', 'none') = 'none'";
    assertEquals(await answers(`${isNull} and '%u' = 'ann'`), "allow");
  },

  async "columns are found by name in any case and order; others do not disturb"(bench) {
    await bench.rules([1, null, "emqx", null, 2, "a"]);
    await using plugin = await bench.plugin({
      auth_query: "select 7 as id, salt, password as PassWord from mqtt_user where username = '%u'",
      acl_query:
        "select topic as TOPIC, access as Access, clientid, username, ipaddr, allow, id from mqtt_acl",
    });
    assertEquals(await plugin.login("emqx", "public"), "allow");
    assertEquals(await plugin.right("publish", "a"), "allow");
  },

  async "only the first row of a login counts"(bench) {
    await using plugin = await bench.plugin({
      auth_query: "select 'one' as password union all select 'two' as password",
      password_hash: "plain",
    });
    assertEquals(await plugin.login("ann", "one"), "allow");
    assertEquals(await plugin.login("ann", "two"), "deny");
  },

  async "what cannot be understood is a failure that says where"(bench) {
    const failure = async (row: RuleRow, options: Options = {}) => {
      await bench.rules([1, null, "$all", null, 2, "fine"], row);
      await using plugin = await bench.plugin(options);
      assertEquals(await plugin.right("publish", "fine"), "failed");
      return plugin.lastError;
    };
    const odd = "acl_query, row 2:";
    assertEquals(
      await failure([2, null, "$all", null, 2, "a"]),
      `${odd} allow: got "2", expected 0 or 1`,
    );
    assertEquals(
      await failure([null, null, "$all", null, 2, "a"]),
      `${odd} allow: got NULL, expected 0 or 1`,
    );
    assertEquals(
      await failure([1, null, "$all", null, 4, "a"]),
      `${odd} access: got "4", expected 1, 2 or 3`,
    );
    assertEquals(
      await failure([1, "10.0.0.300", "$all", null, 2, "a"]),
      `${odd} ipaddr: got "10.0.0.300", expected an address or a CIDR range`,
    );
    assertMatch(
      (await failure([1, null, "$all", null, 2, "a/#/b"]))!,
      /^acl_query, row 2: .*a\/#\/b/,
    );
    assertMatch((await failure([1, null, "$all", null, 2, ""]))!, /^acl_query, row 2: /);
    const acl_query = "select allow, ipaddr, username, clientid, topic from mqtt_acl";
    assertEquals(
      await failure([1, null, "$all", null, 2, "a"], { acl_query }),
      "acl_query: got allow, ipaddr, username, clientid, topic; expected access among them",
    );
    assertMatch(
      (await failure([1, null, "$all", null, 2, "a"], { acl_query: "selec 1" }))!,
      /syntax/,
    );
    await using lenient = await bench.plugin({ on_error: "ignore", acl_query: "selec 1" });
    assertEquals(await lenient.right("publish", "fine"), "ignore");
    assertEquals(await lenient.login("emqx", "public"), "allow");
  },

  async "usernames that begin with $, and the client id $all, have no rights"(bench) {
    await bench.rules([1, null, "$all", null, 3, "#"], [1, null, null, "$all", 3, "#"]);
    await using plugin = await bench.plugin();
    assertEquals(await plugin.right("publish", "a", { username: "$all" }), "deny");
    assertEquals(await plugin.right("publish", "a", { username: "$ann" }), "deny");
    assertEquals(await plugin.right("publish", "a", { username: "ann" }), "allow");
    await bench.rules([1, null, null, "$all", 3, "#"]);
    await using own = await bench.plugin();
    const answers = ["$all", "c1"].map((clientId) =>
      own.right("publish", "a", { username: "ann", clientId })
    );
    assertEquals(await Promise.all(answers), ["deny", "ignore"]);
  },

  async "rules are remembered for cache_ttl, logins never"(bench) {
    await using plugin = await bench.plugin({ cache_ttl: "10s" });
    await bench.rules([1, null, "bob", null, 2, "a"]);
    const bob = { username: "bob" };
    assertEquals(await plugin.right("publish", "a", bob), "allow");
    await bench.rules([1, null, "bob", null, 2, "b"]);
    assertEquals(await plugin.right("publish", "b", bob), "ignore");
    plugin.harness.advance(10_000);
    assertEquals(await plugin.right("publish", "b", bob), "allow");
    await bench.user("bob", sha256("one"));
    assertEquals(await plugin.login("bob", "one"), "allow");
    await bench.user("bob", sha256("two"));
    assertEquals(await plugin.login("bob", "one"), "deny");
    assertEquals(await plugin.login("bob", "two"), "allow");
  },

  async "more questions than connections; all connections end with the plugin"(bench) {
    const { server, subject } = bench;
    {
      await using plugin = await bench.plugin({ pool: 3 });
      const names = Array.from({ length: 40 }, (_, index) => `nobody${index}`);
      const answers = await Promise.all(names.map((name) => plugin.login(name, "x")));
      assertEquals(new Set(answers), new Set(["ignore"]));
      assertEquals(await server.run(subject.countClients), "3\n");
    }
    while (await server.run(subject.countClients) !== "0\n");
  },

  async "a server that refuses says why"(bench) {
    const failure = async (options: Options) => {
      await using plugin = await bench.plugin(options, runningClock());
      assertEquals(await plugin.login("emqx", "public"), "failed");
      return plugin.lastError!;
    };
    assertMatch(await failure({ password: "wrong" }), /denied|authentication failed/);
    assertMatch(await failure({ username: "stranger" }), /denied|authentication failed/);
    assertMatch(await failure({ database: "elsewhere" }), /denied|does not exist/);
    assertMatch(await failure({ server: "127.0.0.1:1", timeout: "60s" }), /ECONNREFUSED|refused/i);
    assertMatch(await failure({ auth_query: "select password from nowhere" }), /nowhere/);
  },

  async "options that are wrong say what was expected"(bench) {
    const problem = async (options: Options, expected: string) => {
      const error = await assertRejects(() => bench.plugin(options)) as Error;
      assertEquals(error.message.includes(expected), true, error.message);
    };
    await problem({ server: "a b" }, "HOST:PORT");
    await problem({ password: 1234 }, "a text (a number needs quotes)");
    await problem({ acl_query: "" }, "a query");
    await problem({ row_order: "top" }, "first or last");
    await problem({ password_hash: "sha3" }, "bcrypt");
    await problem({ pool: 0 }, "pool");
    await problem({ tls: { cafile: "nowhere.pem" } }, "tls.cafile");
    await problem({ quary_timeout: 1 }, "query_timeout");
  },
};

/** Each `password_hash` with a password, and what a row holds for it. */
async function passwords(): Promise<
  [spec: string, password: string, hash: string, salt: string | null][]
> {
  const bcrypt = await hashPassword("password", "bcrypt");
  return [
    ["plain", "pass", "pass", null],
    ["md5", "md5", "1bc29b36f623ba82aaf6724fd3b16718", null],
    ["sha", "pass", hex("sha1", "pass"), null],
    ["sha256", "pass", hex("sha256", "pass"), null],
    ["salt,plain", "pass", "peppass", "pep"],
    ["salt,md5", "pass", hex("md5", "peppass"), "pep"],
    ["sha256,salt", "pass", hex("sha256", "passpep"), "pep"],
    ["salt,sha256", "pass", hex("sha256", "peppass").toUpperCase(), "pep"],
    ["pbkdf2,sha,1,16", "password", "cdedb5281bb2f801565a1122b2563515", "ATHENA.MIT.EDUraeburn"],
    ["bcrypt", "password", bcrypt, null],
    ["salt,bcrypt", "password", bcrypt, bcrypt.slice(0, 29)],
    ["argon2", "password", await hashPassword("password", "argon2id"), null],
  ];
}

function hex(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest("hex");
}

function sha256(text: string): string {
  return hex("sha256", text);
}
