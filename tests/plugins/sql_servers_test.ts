/** mysql and postgres with TLS, and with the ways of logging in that the servers here know. */
import { assertEquals, assertMatch } from "@std/assert";
import { type Certificates, makeCertificates } from "../services/certificates.ts";
import { serviceTest } from "../services/service_test_case.ts";
import type { SqlService } from "../services/sql.ts";
import {
  MYSQL_SUBJECT,
  POSTGRES_SUBJECT,
  sqlServerOptions,
  type SqlSubject,
} from "./database/sql.ts";
import { DatabasePlugin, runningClock } from "./database/support.ts";

interface TlsSubject {
  readonly subject: SqlSubject;
  /** Whom the server runs as, who reads its key. */
  readonly userName: string;
  args(certificates: Certificates): string[];
}

const SUBJECTS: readonly TlsSubject[] = [
  {
    subject: MYSQL_SUBJECT,
    userName: "mysql",
    args: ({ caFile, certFile, keyFile }) => [
      `--ssl-ca=${caFile}`,
      `--ssl-cert=${certFile}`,
      `--ssl-key=${keyFile}`,
    ],
  },
  {
    subject: POSTGRES_SUBJECT,
    userName: "postgres",
    args: ({ caFile, certFile, keyFile }) =>
      ["ssl=on", `ssl_ca_file=${caFile}`, `ssl_cert_file=${certFile}`, `ssl_key_file=${keyFile}`]
        .flatMap((setting) => ["-c", setting]),
  },
];

/** The answer to the guide's user, and what the source said when it failed. */
async function login(
  { plugin }: SqlSubject,
  options: Record<string, unknown>,
): Promise<[answer: string, error: string | undefined]> {
  await using asked = await DatabasePlugin.setUp(plugin, options, runningClock());
  return [await asked.login("emqx", "public"), asked.lastError];
}

for (const { subject, userName, args } of SUBJECTS) {
  const { name } = subject.plugin;
  await serviceTest(subject.requirement, `${name}: TLS`, async () => {
    await using certificates = await makeCertificates(userName);
    await using server = await subject.start({ args: args(certificates) });
    const { caFile: cafile, clientCertFile: certfile, clientKeyFile: keyfile } = certificates;
    const withTls = (tls: Record<string, unknown>, host = "127.0.0.1") =>
      login(subject, {
        ...sqlServerOptions(server),
        server: `${host}:${server.port}`,
        timeout: "60s",
        tls,
      });
    for (
      const [tls, host] of [
        [{ cafile }],
        [{ cafile }, "localhost"],
        [{ cafile, server_name: "localhost" }],
        [{ cafile, certfile, keyfile }],
        [{ verify: false }],
      ] as const
    ) {
      assertEquals(await withTls(tls, host), ["allow", undefined]);
    }
    for (const server_name of ["other.example", "127.0.0.2"]) {
      const [answer, error] = await withTls({ cafile, server_name });
      assertEquals(answer, "failed", server_name);
      assertMatch(error!, /altnames|name/i);
    }
    const [, otherAuthority] = await withTls({});
    assertMatch(otherAuthority!, /certificate|issuer/i);
  });

  await serviceTest(subject.requirement, `${name}: TLS, read again at a reload`, async () => {
    await using certificates = await makeCertificates(userName);
    await using others = await makeCertificates();
    await using server = await subject.start({ args: args(certificates) });
    const cafile = await Deno.makeTempFile();
    const use = (file: string) => Deno.copyFile(file, cafile);
    try {
      await use(certificates.caFile);
      const options = { ...sqlServerOptions(server), timeout: "60s", tls: { cafile } };
      await using plugin = await DatabasePlugin.setUp(subject.plugin, options, runningClock());
      assertEquals(await plugin.login("emqx", "public"), "allow");
      await use(others.caFile);
      await plugin.hooks.brokerReloading!({});
      assertEquals(await plugin.login("emqx", "public"), "failed");
      await use(certificates.caFile);
      await plugin.hooks.brokerReloading!({});
      await plugin.allows("emqx", "public");
    } finally {
      await Deno.remove(cafile);
    }
  });

  await serviceTest(subject.requirement, `${name}: TLS that the server has not`, async () => {
    await using server = await subject.start();
    const [answer, error] = await login(subject, {
      ...sqlServerOptions(server),
      timeout: "60s",
      tls: { verify: false },
    });
    assertEquals(answer, "failed");
    assertMatch(error!, /secure connection|does not support SSL/);
  });
}

await serviceTest(MYSQL_SUBJECT.requirement, "mysql: MariaDB's ways of logging in", async () => {
  await using server = await MYSQL_SUBJECT.start();
  const as = (username: string, password: string) =>
    login(MYSQL_SUBJECT, { ...sqlServerOptions(server), username, password });
  await server.run(
    `create user nat@'%' identified via mysql_native_password using password('secret');
     grant select on mqtt.* to nat@'%';
     create user open@'%' identified by '';
     grant select on mqtt.* to open@'%';`,
  );
  assertEquals(await as("nat", "secret"), ["allow", undefined]);
  assertEquals(await as("open", ""), ["allow", undefined]);
  assertMatch((await as("nat", "wrong"))[1]!, /denied/);
});

await serviceTest(
  POSTGRES_SUBJECT.requirement,
  "postgres: SCRAM; rights to two tables are enough; nothing is prepared by name",
  async () => {
    await using server: SqlService = await POSTGRES_SUBJECT.start();
    await server.run(
      `create user reader password 'secret';
       grant select on mqtt_user, mqtt_acl to reader;`,
    );
    assertEquals(
      (await server.run("select rolpassword like 'SCRAM%' from pg_authid where rolname = 'reader'"))
        .trim(),
      "t",
    );
    const options = { ...sqlServerOptions(server), username: "reader", password: "secret" };
    assertEquals(await login(POSTGRES_SUBJECT, options), ["allow", undefined]);
    const auth_query =
      "select (select count(*)::text from pg_prepared_statements where name <> '') " +
      "as password where '%u' = 'emqx'";
    await using plugin = await DatabasePlugin.setUp(POSTGRES_SUBJECT.plugin, {
      ...options,
      auth_query,
      password_hash: "plain",
      pool: 1,
    }, runningClock());
    for (let round = 0; round < 3; round++) assertEquals(await plugin.login("emqx", "0"), "allow");
  },
);
