/** `midge db`: tables, users and rules, written by it and read by the plugins. */
import { assertEquals, assertMatch } from "@std/assert";
import { makeStoredPassword } from "../../lib/access/passwords/make.ts";
import { parsePasswordHash } from "../../lib/access/passwords/spec.ts";
import { PasswordVerifier } from "../../lib/access/passwords/verifier.ts";
import { MYSQL } from "../../plugins/sql/mysql.ts";
import { POSTGRES } from "../../plugins/sql/postgres.ts";
import {
  MYSQL_SUBJECT,
  POSTGRES_SUBJECT,
  sqlServerOptions,
  type SqlSubject,
} from "../plugins/database/sql.ts";
import { DatabasePlugin } from "../plugins/database/support.ts";
import { sampleFile } from "../services/sample_file.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { type Outcome, runMidge, TempFolder } from "../support/midge_process.ts";

const SPECS = [
  "plain",
  "md5",
  "sha",
  "sha256",
  "sha512",
  "salt,sha256",
  "sha512,salt",
  "salt,plain",
  "pbkdf2,sha,100,20",
  "pbkdf2,sha256,1000,20",
  "bcrypt",
  "salt,bcrypt",
  "sha512_crypt",
  "argon2",
];

Deno.test("a new password is stored so that its own check finds it", async () => {
  using verifier = new PasswordVerifier();
  const [right, wrong] = ["päss", "pass"].map((text) => new TextEncoder().encode(text));
  for (const spec of SPECS) {
    const stored = await makeStoredPassword(spec, right!);
    const check = parsePasswordHash(spec);
    assertEquals(await check.verify(right!, stored, verifier), true, spec);
    assertEquals(await check.verify(wrong!, stored, verifier), false, spec);
    assertEquals(typeof stored.salt, check.needsSalt ? "string" : "object", spec);
    // The guide's columns.
    assertEquals((stored.salt ?? "").length <= 35, true, spec);
  }
});

for (const { name, tables } of [MYSQL, POSTGRES]) {
  Deno.test(`docs/sql/${name}.sql creates the tables that midge db init creates`, async () => {
    const file = await sampleFile(`${name}.sql`);
    for (const table of Object.values(tables)) assertEquals(file.includes(`${table};`), true);
  });
}

for (const subject of [MYSQL_SUBJECT, POSTGRES_SUBJECT]) await commandTests(subject);

async function commandTests(subject: SqlSubject): Promise<void> {
  const { name } = subject.plugin;
  await serviceTest(subject.requirement, `midge db with ${name}`, async () => {
    await using server = await subject.start();
    await server.run("drop table mqtt_user; drop table mqtt_acl;");
    await using folder = new TempFolder();
    const options = { ...sqlServerOptions(server), password_hash: "salt,sha256" };
    const config = folder.write("config.yaml", JSON.stringify({ plugins: { [name]: options } }));
    const db = (...args: string[]) =>
      runMidge(["db", ...args, "-c", config], { stdin: "pass word\n" });
    const done = async (outcome: Promise<Outcome>, ...lines: string[]) =>
      assertEquals(await outcome, { code: 0, stdout: lines, stderr: [] });
    const refused = async (outcome: Promise<Outcome>, code: number, line: RegExp) => {
      const { code: got, stdout, stderr } = await outcome;
      assertEquals([got, stdout, stderr.length], [code, [], 1], stderr.join("\n"));
      assertMatch(stderr[0]!, line);
    };

    await refused(db("user", "list"), 1, /^midge: \w+ at 127\.0\.0\.1:\d+: .*mqtt_user/);
    await done(db("init", name), "mqtt_user: created", "mqtt_acl: created");
    const there = "is there already, left alone";
    await done(db("init", name), `mqtt_user: ${there}`, `mqtt_acl: ${there}`);

    await done(db("user", "add", "ann o'"), "added user ann o'");
    await done(db("user", "add", "root", "--superuser"), "added superuser root");
    await refused(db("user", "add", "root"), 1, /user root is there already/);
    await refused(db("user", "add", "$all"), 2, /NAME got "\$all"/);
    await done(db("user", "list"), "ann o'", "root  (superuser)");
    await done(db("acl", "add", "secret/#", "--deny"), "added: deny pubsub secret/#");
    await done(
      db(
        "acl",
        "add",
        "secret/%c",
        "--user",
        "ann o'",
        "--action",
        "publish",
        "--ip",
        "10.0.0.0/8",
      ),
      "added: allow publish secret/%c",
    );
    await done(db("acl", "add", "c", "--client-id", "c1"), "added: allow pubsub c");
    await done(
      db("acl", "list"),
      "1  deny pubsub secret/#  user $all",
      "2  allow publish secret/%c  user ann o', ip 10.0.0.0/8",
      "3  allow pubsub c  client-id c1",
    );

    await using plugin = await DatabasePlugin.setUp(subject.plugin, {
      ...options,
      auth_query: "select password, salt from mqtt_user where username = '%u'",
      row_order: "last",
      cache_ttl: 0,
    });
    const ann = { username: "ann o'", clientId: "c1", address: "10.1.1.1" };
    assertEquals(await plugin.login("ann o'", "pass word"), "allow");
    assertEquals(await plugin.login("root", "pass word"), "allow, superuser");
    assertEquals(await plugin.right("publish", "secret/c1", ann), "allow");
    assertEquals(await plugin.right("publish", "secret/c1", { ...ann, address: "::1" }), "deny");
    assertEquals(await plugin.right("subscribe", "c", ann), "allow");

    await done(db("acl", "delete", "2"), "deleted rule 2");
    assertEquals(await plugin.right("publish", "secret/c1", ann), "deny");
    await refused(
      db("acl", "delete", "2"),
      1,
      /there is no rule 2; midge db acl list -c FILE shows the ids$/,
    );
    await done(
      runMidge(["db", "user", "passwd", "root", "-c", config], { stdin: "other" }),
      "set the password of root",
    );
    assertEquals(await plugin.login("root", "pass word"), "deny");
    // MariaDB takes the two for the same.
    await refused(db("user", "passwd", "root "), 1, /there is no user root ; midge db user list/);
    await refused(db("user", "delete", "root "), 1, /there is no user root ; midge db user list/);
    assertEquals(await plugin.login("root", "other"), "allow, superuser");
    assertEquals(await plugin.login("root", "other"), "allow, superuser");
    await done(db("user", "delete", "root"), "deleted root");
    assertEquals(await plugin.login("root", "other"), "ignore");
    await refused(db("user", "delete", "root"), 1, /there is no user root; midge db user list/);
    await refused(db("user", "passwd", "root"), 1, /there is no user root; midge db user list/);
    await refused(
      runMidge(["db", "user", "add", "eve", "-c", config], { stdin: "\n" }),
      1,
      /an empty password; nothing was changed$/,
    );
  });
}

Deno.test("midge db: what is not understood is one line", async () => {
  await using folder = new TempFolder();
  const without = folder.write("without.yaml", "plugins: {auth_anonymous: {}}");
  const both = folder.write("both.yaml", "plugins: {mysql: {}, postgres: {}}");
  const wrong = folder.write("wrong.yaml", "plugins: {mysql: {pool: none}}");
  const cases: [args: string[], code: number, line: RegExp][] = [
    [[], 2, /db: a command is missing; known commands: init, user, acl/],
    [["usr"], 2, /unknown command "usr"; did you mean user/],
    [["user", "ad"], 2, /user "ad": did you mean add/],
    [["user", "list"], 2, /--config FILE is missing/],
    [["user", "add", "-c", both], 2, /NAME is missing/],
    [["user", "list", "-c", both], 2, /say --source mysql or --source postgres/],
    [["user", "list", "-c", both, "--source", "redis"], 2, /--source got "redis"/],
    [["user", "list", "-c", without], 1, /plugins: no mysql or postgres/],
    [["user", "list", "-c", wrong], 1, /plugins\.mysql\.pool: got "none"/],
    [["user", "delete", "x", "--superuser", "-c", both], 2, /--superuser is for user add/],
    [["acl", "add", "a/#/b", "-c", both], 2, /topic "a\/#\/b"/],
    [["acl", "add", "a", "--ip", "1.2.3", "-c", both], 2, /--ip got "1.2.3"/],
    [["acl", "add", "a", "--action", "read", "-c", both], 2, /--action got "read"/],
    [["acl", "delete", "x", "-c", both], 2, /ID got "x"/],
  ];
  await Promise.all(cases.map(async ([args, code, line]) => {
    const outcome = await runMidge(["db", ...args]);
    assertEquals([outcome.code, outcome.stdout, outcome.stderr.length], [code, [], 1], `${args}`);
    assertMatch(outcome.stderr[0]!, line);
  }));
});
