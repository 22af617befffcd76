/** Which certificate a client gets by the server's name. */
import { assertEquals } from "@std/assert";
import { ServerNames } from "../../../lib/net/listen/server_names.ts";

Deno.test("a name finds its certificate: exact before wildcard, one label, any case, else the first", () => {
  const [first, wild, exact] = [
    { id: "first", names: ["Example.org"] },
    { id: "wild", names: ["*.sites.example.org", "b.sites.example.org"] },
    { id: "exact", names: ["a.sites.example.org", "b.sites.example.org"] },
  ] as const;
  const names = new ServerNames<{ id: string; names: readonly string[] }>([first, wild, exact]);
  const found = (name: string | undefined) => names.find(name).id;
  assertEquals(
    [undefined, "", "example.ORG", "other.org", "localhost"].map(found),
    ["first", "first", "first", "first", "first"],
  );
  assertEquals(found("A.sites.example.org"), "exact");
  assertEquals(found("a.sites.example.org."), "exact");
  assertEquals(found("c.sites.example.org"), "wild");
  assertEquals(found("b.sites.example.org"), "wild", "the earlier one");
  assertEquals(found("c.d.sites.example.org"), "first");
  assertEquals(found("sites.example.org"), "first");
  assertEquals([names.isSingle, new ServerNames([first]).isSingle], [false, true]);
});
