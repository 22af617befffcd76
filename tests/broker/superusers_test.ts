/** Superusers by name, where nothing checks names: every packaged source is refused, at start, in check, at a reload. */
import { assertEquals, assertRejects } from "@std/assert";
import { Broker, type BrokerOptions, UserError } from "../../mod.ts";
import { testConfig } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";

const REQUEST = { url: "http://127.0.0.1:9/" };
/** Each knows superusers, and does not authenticate. */
const SOURCES: Record<string, Record<string, unknown>> = {
  mysql: { auth_query: null },
  postgres: { auth_query: null },
  redis: { auth_cmd: null },
  mongodb: { auth_query: null },
  http: { super_req: REQUEST, acl_req: REQUEST },
};
/** The same without superusers. */
const OFF: typeof SOURCES = {
  mysql: { auth_query: null, super_query: null },
  postgres: { auth_query: null, super_query: null },
  redis: { auth_cmd: null, super_cmd: null },
  mongodb: { auth_query: null, super_query: null },
  http: { acl_req: REQUEST },
};
const CHECKING = inlinePlugin({ authenticate: () => "deny" });

function config(plugins: Record<string, unknown>) {
  return testConfig({ plugins: plugins as BrokerOptions["plugins"] & object });
}

function problem(name: string): string {
  return `plugins.${name}: it knows superusers by their names, and auth_anonymous lets in any name without a proof; ` +
    "expected a source that checks passwords, or its superuser question switched off (null)";
}

for (const [name, options] of Object.entries(SOURCES)) {
  Deno.test(`superusers of ${name} beside auth_anonymous alone are refused`, async () => {
    const open = config({ auth_anonymous: null, [name]: options });
    const { problems } = await assertRejects(() => Broker.check(open), UserError);
    assertEquals(problems, [problem(name)]);
    await assertRejects(() => new Broker(open).start(), UserError, problem(name));
    for (
      const closed of [
        { auth_anonymous: null, [name]: OFF[name] },
        { auth_anonymous: null, [name]: options, [CHECKING]: null },
        { [name]: options },
      ]
    ) await Broker.check(config(closed));
  });
}

Deno.test("a reload into that combination changes nothing, and disposes of what it has set up", async () => {
  const disposed: string[] = [];
  const roots = inlinePlugin({ superuser: () => true, dispose: () => void disposed.push("roots") });
  await using broker = new Broker(config({ auth_anonymous: null, [CHECKING]: null }));
  await broker.start();
  const open = config({ auth_anonymous: null, [roots]: null });
  await assertRejects(() => broker.reload(open), UserError, "it knows superusers");
  assertEquals([disposed, broker.isOpen], [["roots"], false]);
});
