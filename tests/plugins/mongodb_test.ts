/** mongodb against a real server of its protocol: logins, superusers and rights, and what cannot be understood. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import mongodb from "../../plugins/mongodb.ts";
import { FERRETDB, startFerretdb } from "../services/ferretdb.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { fakeClient, PluginHarness } from "../support/plugin_harness.ts";
import { NEVER } from "../access/sources/support.ts";
import { DatabasePlugin, HOSTILE_NAMES } from "./database/support.ts";

const CERTIFICATE = { commonName: "dev.example", subject: "CN=dev.example,O=Ex & Co" };
const PLAIN = { password_hash: "plain" };
/** The guide's: everybody's document. */
const EVERYBODY = { selector: "username=$all, clientid=$all" };

await serviceTest(FERRETDB, "mongodb", async (t) => {
  await using server = await startFerretdb();
  const address = `127.0.0.1:${server.port}`;
  const withOptions = (options: Record<string, unknown> = {}) =>
    DatabasePlugin.setUp(mongodb, { server: address, ...options });
  const user = (username: string, password: unknown, more: Record<string, unknown> = {}) =>
    server.insert("mqtt_user", { username, password, ...more });
  const rights = (username: string, fields: Record<string, unknown>) =>
    server.insert("mqtt_acl", { username, ...fields });

  await t.step("the guide's sample documents with the guide's queries", async () => {
    await using plugin = await withOptions();
    assertEquals(await plugin.login("emqx", "public"), "allow");
    assertEquals(await plugin.login("emqx", "Public"), "deny");
    assertEquals(await plugin.login("emqx", undefined), "deny");
    assertEquals(await plugin.login("nobody", "public"), "ignore");
    assertEquals(await plugin.login(undefined, undefined), "ignore");
    assertEquals(await plugin.right("publish", "a/b"), "ignore");
  });

  await t.step(
    "the guide's document for everybody: $all is a literal of the selector",
    async () => {
      await using plugin = await withOptions({ acl_query: EVERYBODY });
      const c7 = { clientId: "c7", username: undefined };
      assertEquals(await plugin.right("publish", "any/topic", c7), "allow");
      assertEquals(await plugin.right("publish", "$SYS/broker/version", c7), "deny");
      assertEquals(await plugin.right("subscribe", "/smarthome/c7/temperature", c7), "allow");
      assertEquals(await plugin.right("subscribe", "/smarthome/c8/temperature", c7), "deny");
      assertEquals(await plugin.right("subscribe", "/smarthome/+/temperature", c7), "deny");
      assertEquals(await plugin.right("subscribe", "$SYS/#", c7), "deny");
      assertEquals(await plugin.right("subscribe", "#", c7), "deny");
    },
  );

  await t.step("one of several selectors is enough; all documents count", async () => {
    const selector = ["username=%u", "username=$all", "clientid=%c"];
    await rights("ada", { publish: ["ada/a"] });
    await rights("ada", { pubsub: ["ada/b"] });
    await server.insert("mqtt_acl", { clientid: "c9", subscribe: ["of/c9"] });
    await using plugin = await withOptions({ acl_query: { selector } });
    const ada = { username: "ada", clientId: "c9" };
    for (const topic of ["ada/a", "ada/b", "any"]) {
      assertEquals(await plugin.right("publish", topic, ada), "allow", topic);
    }
    assertEquals(await plugin.right("subscribe", "of/c9", ada), "allow");
    assertEquals(await plugin.right("subscribe", "ada/b", ada), "allow");
    assertEquals(await plugin.right("subscribe", "ada/a", ada), "deny");
    assertEquals(await plugin.right("subscribe", "of/c9", { clientId: "c8" }), "deny");
    // Without a username the selectors that need it fit nothing, the others still do.
    assertEquals(
      await plugin.right("subscribe", "of/c9", { username: undefined, clientId: "c9" }),
      "allow",
    );
  });

  await t.step("conditions of one selector hold together", async () => {
    await server.insert("mqtt_acl", { username: "eve", clientid: "e1", pubsub: ["eve/+"] });
    await using plugin = await withOptions({ acl_query: { selector: "username=%u, clientid=%c" } });
    assertEquals(
      await plugin.right("publish", "eve/x", { username: "eve", clientId: "e1" }),
      "allow",
    );
    assertEquals(
      await plugin.right("publish", "eve/x", { username: "eve", clientId: "e2" }),
      "ignore",
    );
  });

  await t.step("the default query: username=%u; nomatch", async () => {
    await using plugin = await withOptions();
    assertEquals(await plugin.right("publish", "ada/a", { username: "ada" }), "allow");
    assertEquals(await plugin.right("publish", "ada/c", { username: "ada" }), "deny");
    await using lenient = await withOptions({ nomatch: "ignore" });
    assertEquals(await lenient.right("publish", "ada/c", { username: "ada" }), "ignore");
    await rights("mute", {});
    assertEquals(await plugin.right("publish", "a", { username: "mute" }), "deny");
    assertEquals(await lenient.right("publish", "a", { username: "mute" }), "ignore");
  });

  await t.step("acl_wildcards: emqx compares a filter as if it were a topic", async () => {
    const harness = new PluginHarness({ wildcards: "emqx" });
    const options = { server: address, acl_query: { selector: "username=%u, clientid=%c" } };
    await using plugin = await DatabasePlugin.setUp(mongodb, options, harness);
    const eve = { username: "eve", clientId: "e1" };
    assertEquals(await plugin.right("subscribe", "eve/#", eve), "allow");
    await using strict = await withOptions(options);
    assertEquals(await strict.right("subscribe", "eve/#", eve), "deny");
  });

  await t.step("superusers: true and nothing else", async () => {
    await using plugin = await withOptions({ auth_query: PLAIN });
    const values = [false, "true", 1, null, undefined, {}, [true]];
    for (const [index, is_superuser] of values.entries()) {
      await user(`no${index}`, "p", { is_superuser });
      assertEquals(await plugin.login(`no${index}`, "p"), "allow", String(is_superuser));
    }
    await user("root", "p", { is_superuser: true, boss: { of: true } });
    assertEquals(await plugin.login("root", "p"), "allow, superuser");
    assertEquals(await plugin.login("root", "q"), "deny");
    await using off = await withOptions({ auth_query: PLAIN, super_query: null });
    assertEquals(await off.login("root", "p"), "allow");
    await using nested = await withOptions({
      auth_query: PLAIN,
      super_query: { super_field: "boss.of" },
    });
    assertEquals(await nested.login("root", "p"), "allow, superuser");
    await using alone = await withOptions({ auth_query: null, acl_query: null });
    assertEquals(Object.keys(alone.hooks).sort(), ["dispose", "health", "superuser"]);
    const signal = NEVER;
    const isSuperuser = (username: string) =>
      alone.hooks.superuser!({ client: fakeClient({ username }), signal });
    assertEquals([await isSuperuser("root"), await isSuperuser("no0")], [true, false]);
  });

  await t.step("password fields, salts, other collections", async () => {
    const derived = "cdedb5281bb2f801565a1122b2563515";
    const salt = "ATHENA.MIT.EDUraeburn";
    await server.insert("devices", { name: "d1", secret: { hash: derived, salt } });
    await using plugin = await withOptions({
      auth_query: {
        collection: "devices",
        selector: "name=%c",
        "password-field": "secret.hash, secret.salt",
        password_hash: "pbkdf2,sha,1,16",
      },
      super_query: null,
    });
    assertEquals(await plugin.login(undefined, "password", { clientId: "d1" }), "allow");
    assertEquals(await plugin.login("any", "passwort", { clientId: "d1" }), "deny");
    assertEquals(await plugin.login("d1", "password", { clientId: "d2" }), "ignore");
  });

  await t.step("a user without a password cannot log in", async () => {
    await user("unset", null);
    await server.insert("mqtt_user", { username: "missing" });
    await using plugin = await withOptions({ auth_query: PLAIN });
    for (const name of ["unset", "missing"]) {
      for (const password of [undefined, "", "null"]) {
        assertEquals(await plugin.login(name, password), "deny");
      }
    }
  });

  await t.step("hostile usernames are strings", async () => {
    await using plugin = await withOptions({ auth_query: PLAIN });
    for (const name of HOSTILE_NAMES) {
      assertEquals(await plugin.login(name, "public"), "ignore", name);
      await user(name, `of ${name}`);
      assertEquals(await plugin.login(name, `of ${name}`), "allow", name);
      assertEquals(await plugin.login(name, "public"), "deny", name);
      await rights(name, { publish: ["a/b"] });
      assertEquals(await plugin.right("publish", "a/b", { username: name }), "allow", name);
      assertEquals(await plugin.right("publish", "a/c", { username: name }), "deny", name);
    }
  });

  await t.step(
    "placeholders: username, client id, address, certificate; a missing one finds nothing",
    async () => {
      await user("ann", "p", {
        c: "c 1",
        a: "192.0.2.7",
        cn: "dev.example",
        dn: CERTIFICATE.subject,
      });
      const selector = "username=%u c=%c a=%a cn=%C dn=%d";
      await using plugin = await withOptions({ auth_query: { ...PLAIN, selector } });
      const ann = { clientId: "c 1", certificate: CERTIFICATE };
      assertEquals(await plugin.login("ann", "p", ann), "allow");
      assertEquals(await plugin.login("ann", "p", { clientId: "c 1" }), "ignore");
      assertEquals(await plugin.login("bob", "p", ann), "ignore");
    },
  );

  await t.step(
    "names that begin with $ have no rights: usernames, client ids, certificates",
    async () => {
      const selector = ["username=%u", "clientid=%c", "username=%C"];
      await using plugin = await withOptions({ acl_query: { selector }, nomatch: "ignore" });
      assertEquals(await plugin.right("publish", "a/b", { username: "$all" }), "deny");
      // The sample document of everybody allows #, to those whom the selector means.
      for (const clientId of ["$all", "$other"]) {
        assertEquals(await plugin.right("publish", "a/b", { username: "zoe", clientId }), "deny");
      }
      const certificate = { commonName: "$all", subject: "CN=$all" };
      assertEquals(await plugin.right("publish", "a/b", { username: "zoe", certificate }), "deny");
      assertEquals(await plugin.right("publish", "a/b", { username: "zoe" }), "ignore");
    },
  );

  await t.step("what cannot be understood is a failure that names the document", async () => {
    await user("odd1", 7);
    await rights("odd3", { publish: "a" });
    await rights("odd4", { publish: ["a", 1] });
    await rights("odd5", { publish: ["a/#/b"] });
    await using plugin = await withOptions();
    assertEquals(await plugin.login("odd1", "7"), "failed");
    assertMatch(plugin.lastError!, /^mqtt_user [0-9a-f]{24}: password is not a text$/);
    for (const name of ["odd3", "odd4"]) {
      assertEquals(await plugin.right("publish", "a", { username: name }), "failed");
      assertMatch(plugin.lastError!, /^mqtt_acl [0-9a-f]{24}: publish is not a list of topics$/);
    }
    assertEquals(await plugin.right("publish", "a", { username: "odd5" }), "failed");
    assertMatch(plugin.lastError!, /^mqtt_acl [0-9a-f]{24}: .*a\/#\/b/);
    await using lenient = await withOptions({ on_error: "ignore" });
    assertEquals(await lenient.login("odd1", "7"), "ignore");
    assertEquals(await lenient.right("publish", "a", { username: "odd3" }), "ignore");
    // One user's odd record says nothing about the server.
    assertEquals(await plugin.login("emqx", "public"), "allow");
  });

  await t.step("rights are remembered for cache_ttl, logins never", async () => {
    await using plugin = await withOptions({ cache_ttl: "10s", auth_query: PLAIN });
    const bob = { username: "bob" };
    await rights("bob", { publish: ["a"] });
    assertEquals(await plugin.right("publish", "b", bob), "deny");
    await rights("bob", { publish: ["b"] });
    assertEquals(await plugin.right("publish", "b", bob), "deny");
    plugin.harness.advance(10_000);
    assertEquals(await plugin.right("publish", "b", bob), "allow");
    assertEquals(await plugin.login("bob", "p"), "ignore");
    await user("bob", "p");
    assertEquals(await plugin.login("bob", "p"), "allow");
  });

  await t.step("options that are wrong say what was expected", async () => {
    const problem = async (options: Record<string, unknown>, expected: string) => {
      const error = await assertRejects(() => withOptions(options)) as Error;
      assertEquals(error.message.includes(expected), true, error.message);
    };
    await problem({ server: "a:1,b:2" }, "server: several servers; expected one");
    await problem({ type: "replica" }, "single, rs, sharded or unknown");
    for (
      const selector of ["username", "username=", "=%u", "$where=%u", "a=b=c", "a=%u,a=%c", []]
    ) {
      await problem({ acl_query: { selector } }, "field=value pairs");
    }
    await problem({ auth_query: { password_field: "a,b,c" } }, "the password's field");
    await problem({ super_query: { super_field: "$ne" } }, "the name of a field");
    await problem({ acl_query: { colection: "x" } }, "collection");
    await problem({ auth_query: { password_hash: "sha3" } }, "bcrypt");
  });

  await t.step("EMQ X's options without a meaning here are accepted, with a word", async () => {
    await using plugin = await withOptions({
      w_mode: "safe",
      topology: { pool_size: 1 },
      r_mode: "slave_ok",
    });
    assertEquals(plugin.harness.messages("warning").length, 2);
    assertEquals(await plugin.login("emqx", "public"), "allow");
  });
});
