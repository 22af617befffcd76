/** redis against a real server: logins, superusers and rights, and what cannot be understood. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import redis from "../../plugins/redis.ts";
import { REDIS, startRedis } from "../services/redis.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { fakeClient, PluginHarness } from "../support/plugin_harness.ts";
import { DatabasePlugin, HOSTILE_NAMES } from "./database/support.ts";

const CERTIFICATE = { commonName: "dev.example", subject: "CN=dev.example,O=Ex & Co" };
const SALTED = "HMGET mqtt_user:%u password salt";

await serviceTest(REDIS, "redis", async (t) => {
  await using server = await startRedis();
  const address = `127.0.0.1:${server.port}`;
  const withOptions = (options: Record<string, unknown> = {}) =>
    DatabasePlugin.setUp(redis, { server: address, ...options });
  const rights = (user: string, ...pairs: string[]) =>
    server.run("HSET", `mqtt_acl:${user}`, ...pairs);
  const user = (name: string, ...pairs: string[]) =>
    server.run("HSET", `mqtt_user:${name}`, ...pairs);

  await t.step("the guide's sample data with the guide's commands", async () => {
    await using plugin = await withOptions();
    assertEquals(await plugin.login("emqx", "public"), "allow");
    assertEquals(await plugin.login("emqx", "Public"), "deny");
    assertEquals(await plugin.login("emqx", ""), "deny");
    assertEquals(await plugin.login("emqx", undefined), "deny");
    assertEquals(await plugin.login("nobody", "public"), "ignore");
    assertEquals(await plugin.login(undefined, undefined), "ignore");
    assertEquals(await plugin.right("subscribe", "a/b"), "allow");
    assertEquals(await plugin.right("subscribe", "#"), "allow");
    assertEquals(await plugin.right("subscribe", "$SYS/#"), "deny");
    assertEquals(await plugin.right("publish", "testtopic/2"), "allow");
    assertEquals(await plugin.right("publish", "testtopic/3"), "deny");
    assertEquals(await plugin.right("publish", "a/b", { username: "nobody" }), "ignore");
    assertEquals(await plugin.right("publish", "a/b", { username: undefined }), "ignore");
    assertEquals(await plugin.verdict("publish", "testtopic/2"), {
      result: "allow",
      because: "mqtt_acl:emqx: testtopic/2 2",
    });
  });

  await t.step("nomatch: ignore leaves it to the next source", async () => {
    await using plugin = await withOptions({ nomatch: "ignore" });
    assertEquals(await plugin.right("publish", "testtopic/2"), "allow");
    assertEquals(await plugin.right("publish", "testtopic/3"), "ignore");
  });

  await t.step(
    "access: 1 subscribe, 2 publish, 3 both, 0 nothing; the strict wildcards",
    async () => {
      await rights("ada", "one", "1", "two", "2", "both/+", "3", "none", "0", "own/%u/%c/#", "3");
      await using plugin = await withOptions();
      const ada = { username: "ada", clientId: "c7" };
      const answers = async (topic: string) => [
        await plugin.right("subscribe", topic, ada),
        await plugin.right("publish", topic, ada),
      ];
      assertEquals(await answers("one"), ["allow", "deny"]);
      assertEquals(await answers("two"), ["deny", "allow"]);
      assertEquals(await answers("both/x"), ["allow", "allow"]);
      assertEquals(await answers("none"), ["deny", "deny"]);
      assertEquals(await answers("own/ada/c7/x"), ["allow", "allow"]);
      assertEquals(await answers("own/ada/c8/x"), ["deny", "deny"]);
      assertEquals(await plugin.right("subscribe", "both/#", ada), "deny");
      const hostile = { username: "ada", clientId: "#" };
      assertEquals(await plugin.right("subscribe", "own/ada/x/y", hostile), "deny");
    },
  );

  await t.step(
    "a user whose rights are all switched off has rights of which none fits",
    async () => {
      await rights("mute", "a", "0");
      await using plugin = await withOptions();
      assertEquals(await plugin.right("publish", "a", { username: "mute" }), "deny");
    },
  );

  await t.step("acl_wildcards: emqx compares a filter as if it were a topic", async () => {
    const harness = new PluginHarness({ wildcards: "emqx" });
    await using plugin = await DatabasePlugin.setUp(redis, { server: address }, harness);
    assertEquals(await plugin.right("subscribe", "both/#", { username: "ada" }), "allow");
  });

  await t.step("superusers: 1 and nothing else", async () => {
    await using plugin = await withOptions();
    for (const value of ["0", "true", "", "11"]) {
      await user("root", "password", "secret", "is_superuser", value);
      assertEquals(await plugin.login("root", "secret"), "allow", value);
    }
    await user("root", "is_superuser", "1");
    assertEquals(await plugin.login("root", "secret"), "allow, superuser");
    assertEquals(await plugin.login("root", "wrong"), "deny");
    await using asList = await withOptions({ super_cmd: "HMGET mqtt_user:%u is_superuser" });
    assertEquals(await asList.login("root", "secret"), "allow, superuser");
    await server.run("SADD", "superusers", "root");
    await using asSet = await withOptions({ super_cmd: "SISMEMBER superusers %u" });
    assertEquals(await asSet.login("root", "secret"), "allow, superuser");
    await using off = await withOptions({ super_cmd: null });
    assertEquals(await off.login("root", "secret"), "allow");
  });

  await t.step("only the super query: for clients that another source let in", async () => {
    await using plugin = await withOptions({ auth_cmd: null, acl_cmd: null });
    assertEquals(Object.keys(plugin.hooks).sort(), ["dispose", "health", "superuser"]);
    const isSuperuser = (username: string | undefined) =>
      plugin.hooks.superuser!({
        client: fakeClient({ username }),
        signal: new AbortController().signal,
      });
    assertEquals(await isSuperuser("root"), true);
    assertEquals(await isSuperuser("emqx"), false);
    assertEquals(await isSuperuser(undefined), false);
  });

  await t.step("salted and slow hashes", async () => {
    await user("salty", "password", await hexSha256("pepper" + "secret"), "salt", "pepper");
    await using salted = await withOptions({ auth_cmd: SALTED, password_hash: "salt,sha256" });
    assertEquals(await salted.login("salty", "secret"), "allow");
    assertEquals(await salted.login("salty", "peppersecret"), "deny");
    await using reversed = await withOptions({ auth_cmd: SALTED, password_hash: "sha256,salt" });
    assertEquals(await reversed.login("salty", "secret"), "deny");
    await using missing = await withOptions({ password_hash: "salt,sha256" });
    assertEquals(await missing.login("salty", "secret"), "failed");
    assertMatch(missing.lastError!, /no salt/);
    const derived = "cdedb5281bb2f801565a1122b2563515";
    await user("key", "password", derived, "salt", "ATHENA.MIT.EDUraeburn");
    await using pbkdf2 = await withOptions({
      auth_cmd: SALTED,
      password_hash: "pbkdf2,sha,1,16",
    });
    assertEquals(await pbkdf2.login("key", "password"), "allow");
    assertEquals(await pbkdf2.login("key", "passwort"), "deny");
  });

  await t.step("hostile usernames are one argument each", async () => {
    await using plugin = await withOptions();
    for (const name of HOSTILE_NAMES) {
      assertEquals(await plugin.login(name, "public"), "ignore", name);
      await user(name, "password", `of ${name}`);
      assertEquals(await plugin.login(name, `of ${name}`), "allow", name);
      assertEquals(await plugin.login(name, "public"), "deny", name);
      await rights(name, "a/b", "3");
      assertEquals(await plugin.right("publish", "a/b", { username: name }), "allow", name);
      assertEquals(await plugin.right("publish", "a/c", { username: name }), "deny", name);
    }
    assertEquals(await plugin.login("emqx", "public"), "allow");
  });

  await t.step(
    "placeholders: username, client id, address, certificate; a missing one finds nothing",
    async () => {
      await server.run(
        "HSET",
        "dev.example CN=dev.example,O=Ex & Co c 1 192.0.2.7",
        "ann",
        "secret",
      );
      const auth_cmd = ["HGET", "%C %d %c %a", "%u"];
      await using plugin = await withOptions({ auth_cmd });
      const ann = { clientId: "c 1", certificate: CERTIFICATE };
      assertEquals(await plugin.login("ann", "secret", ann), "allow");
      assertEquals(await plugin.login("ann", "secret", { clientId: "c 1" }), "ignore");
      assertEquals(await plugin.login(undefined, "secret", ann), "ignore");
    },
  );

  await t.step("usernames that begin with $ have no rights", async () => {
    await rights("$all", "#", "3");
    await user("$all", "password", "secret");
    await using plugin = await withOptions();
    assertEquals(await plugin.login("$all", "secret"), "allow");
    assertEquals(await plugin.right("publish", "a/b", { username: "$all" }), "deny");
  });

  await t.step("what cannot be understood is a failure that names the key", async () => {
    await rights("odd", "a", "4");
    await rights("odder", "a/#/b", "1");
    await server.run("SET", "mqtt_acl:oddest", "a");
    await server.run("SET", "mqtt_user:oddest", "a");
    await using plugin = await withOptions();
    const failure = async (username: string) => {
      assertEquals(await plugin.right("publish", "a", { username }), "failed");
      return plugin.lastError!;
    };
    assertEquals(await failure("odd"), 'mqtt_acl:odd: topic "a": got access "4", expected 0 to 3');
    assertMatch(await failure("odder"), /^mqtt_acl:odder: .*a\/#\/b/);
    assertMatch(await failure("oddest"), /^WRONGTYPE /);
    assertEquals(await plugin.login("oddest", "a"), "failed");
    await using lenient = await withOptions({ on_error: "ignore" });
    assertEquals(await lenient.right("publish", "a", { username: "odd" }), "ignore");
    assertEquals(await lenient.login("oddest", "a"), "ignore");
    await using text = await withOptions({ acl_cmd: "GET mqtt_acl:%u" });
    assertEquals(await text.right("publish", "a", { username: "oddest" }), "failed");
    assertMatch(
      text.lastError!,
      /^GET mqtt_acl:oddest: got a string, expected topics and their access/,
    );
    // One user's odd record says nothing about the server.
    assertEquals(await plugin.login("emqx", "public"), "allow");
  });

  await t.step(
    "rights are remembered for cache_ttl, logins never; identical questions are asked once",
    async () => {
      await using plugin = await withOptions({ cache_ttl: "10s" });
      await rights("bob", "a", "2");
      await user("bob", "password", "one");
      await server.run("CONFIG", "RESETSTAT");
      const bob = { username: "bob" };
      const many = await Promise.all([
        plugin.right("publish", "a", bob),
        plugin.right("publish", "b", bob),
        plugin.right("subscribe", "a", bob),
        plugin.right("publish", "a", { ...bob, clientId: "other" }),
      ]);
      assertEquals(many, ["allow", "deny", "deny", "allow"]);
      await rights("bob", "b", "2");
      assertEquals(await plugin.right("publish", "b", bob), "deny");
      assertMatch(await server.run("INFO", "commandstats"), /cmdstat_hgetall:calls=1,/);
      plugin.harness.advance(10_000);
      assertEquals(await plugin.right("publish", "b", bob), "allow");
      assertEquals(await plugin.login("bob", "one"), "allow");
      await user("bob", "password", "two");
      assertEquals(await plugin.login("bob", "one"), "deny");
      assertEquals(await plugin.login("bob", "two"), "allow");
    },
  );

  await t.step("the database is the one that was asked for, or none", async () => {
    await server.run("-n", "3", "HSET", "mqtt_user:third", "password", "p");
    await using third = await withOptions({ database: 3 });
    assertEquals(await third.login("third", "p"), "allow");
    assertEquals(await third.login("emqx", "public"), "ignore");
    await using none = await withOptions({ database: 99 });
    assertEquals(await none.login("emqx", "public"), "failed");
    assertMatch(none.lastError!, /DB index is out of range/);
  });

  await t.step("options that are wrong say what was expected", async () => {
    const problem = async (options: Record<string, unknown>, expected: string) => {
      const error = await assertRejects(() => withOptions(options)) as Error;
      assertEquals(error.message.includes(expected), true, error.message);
    };
    await problem({ server: "a:1,b:2" }, "server: several servers; expected one");
    await problem({ server: "a b" }, "HOST:PORT");
    await problem({ type: "sentinel" }, "sentinel: missing");
    await problem({ type: "cluster", database: 1 }, "database: got 1, expected 0");
    await problem({ type: "clutser" }, "single, sentinel or cluster");
    await problem({ auth_cmd: "%u x" }, "a command with its arguments");
    await problem({ acl_cmd: "" }, "a command with its arguments");
    await problem({ password_hash: "sha3" }, "bcrypt");
    await problem({ tls: { cafile: "nowhere.pem" } }, "tls.cafile");
    await problem({ quary_timeout: 1 }, "query_timeout");
  });
});

async function hexSha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
