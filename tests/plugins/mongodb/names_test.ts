/** The stored name is the name: a document that a collation finds for another one gives nothing. */
import { assertEquals } from "@std/assert";
import mongodb from "../../../plugins/mongodb.ts";
import { type Document, isOf } from "../../../plugins/mongodb/documents.ts";
import { MongodbLink, type Query } from "../../../plugins/mongodb/link.ts";
import { DatabasePlugin } from "../database/support.ts";
import { fakeClient } from "../../support/plugin_harness.ts";
import { NEVER } from "../../access/sources/support.ts";

/** A server that finds these documents, whatever it is asked for; the queries are noted. */
class Finding implements Disposable {
  readonly queries: Query[] = [];
  readonly #find = MongodbLink.prototype.find;

  constructor(...documents: Document[]) {
    MongodbLink.prototype.find = (query) => {
      this.queries.push(query);
      return Promise.resolve(documents);
    };
  }

  [Symbol.dispose](): void {
    MongodbLink.prototype.find = this.#find;
  }
}

const EMQX = { username: "emqx", password: "public", is_superuser: true, publish: ["a"] };
const PLAIN = { auth_query: { password_hash: "plain" } };

Deno.test("mongodb: a login by another name is denied, and makes no superuser", async () => {
  using server = new Finding(EMQX);
  await using plugin = await DatabasePlugin.setUp(mongodb, PLAIN);
  assertEquals(await plugin.login("emqx", "public"), "allow, superuser");
  for (const name of ["EMQX", "emqx ", "\u00e9mqx"]) {
    assertEquals(await plugin.login(name, "public"), "deny", name);
  }
  assertEquals(server.queries[0]!.fields, ["password", "username"]);
  await using alone = await DatabasePlugin.setUp(mongodb, { auth_query: null, acl_query: null });
  const isSuperuser = (username: string) =>
    alone.hooks.superuser!({ client: fakeClient({ username }), signal: NEVER });
  assertEquals([await isSuperuser("emqx"), await isSuperuser("EMQX")], [true, false]);
});

Deno.test("mongodb: documents of another name give no rights, and are none of the client's", async () => {
  using _server = new Finding(EMQX, { username: "EMQX", publish: ["b"] });
  await using plugin = await DatabasePlugin.setUp(mongodb, {});
  const rights = (username: string) =>
    Promise.all(["a", "b"].map((topic) => plugin.right("publish", topic, { username })));
  assertEquals(await rights("emqx"), ["allow", "deny"]);
  assertEquals(await rights("EMQX"), ["deny", "allow"]);
  assertEquals(await rights("Emqx"), ["ignore", "ignore"]);
});

Deno.test("mongodb: the client id where it selects; a field beside one within it is asked for once", async () => {
  using server = new Finding({ device: { id: "d1", password: "public" } });
  const auth_query = {
    selector: "device.id=%c",
    password_field: "device.password",
    password_hash: "plain",
  };
  await using plugin = await DatabasePlugin.setUp(mongodb, { auth_query, super_query: null });
  assertEquals(await plugin.login(undefined, "public", { clientId: "d1" }), "allow");
  assertEquals(await plugin.login(undefined, "public", { clientId: "D1" }), "deny");
  const whole = { selector: "device=%c", password_field: "device.password" };
  await using odd = await DatabasePlugin.setUp(mongodb, { auth_query: whole, super_query: null });
  await odd.login(undefined, "public", { clientId: "d1" });
  assertEquals(server.queries.map(({ fields }) => fields), [
    ["device.password", "device.id"],
    ["device.password", "device.id"],
    ["device"],
  ]);
});

Deno.test("a document is a client's when one alternative fits exactly, lists and paths as the server has them", () => {
  const cases: [document: Document, filter: Record<string, string>[], isOwn: boolean][] = [
    [{ u: "a" }, [{ u: "a" }], true],
    [{ u: "a" }, [{ u: "A" }], false],
    [{ u: "a" }, [{ u: "x" }, { u: "a" }], true],
    [{ u: "a", c: "c" }, [{ u: "a", c: "C" }], false],
    [{ u: ["x", "a"] }, [{ u: "a" }], true],
    [{ u: ["x", "A"] }, [{ u: "a" }], false],
    [{ u: { n: "a" } }, [{ "u.n": "a" }], true],
    [{ u: [{ n: "x" }, { n: ["a"] }] }, [{ "u.n": "a" }], true],
    [{ u: ["x", "a"] }, [{ "u.1": "a" }], true],
    [{ u: ["x", "a"] }, [{ "u.0": "a" }], false],
    [{}, [{ u: "a" }], false],
    [{ u: null }, [{ u: "a" }], false],
    [{ u: "a", kind: "Admin" }, [{ u: "a", kind: "admin" }], true],
  ];
  for (const [document, filter, expected] of cases) {
    const names = ["u", "c", "u.n", "u.0", "u.1"];
    assertEquals(isOf(document, filter, names), expected, JSON.stringify([document, filter]));
  }
});
