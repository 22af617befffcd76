/** docs/examples/status_page.ts shows the clients to who knows a password, and to no one else. */
import { assertEquals, assertMatch } from "@std/assert";
import statusPage from "../../docs/examples/status_page.ts";
import type { BrokerOptions } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { ask } from "../support/page_plugin.ts";
import { freePort } from "../services/free_port.ts";

Deno.test("docs/examples/status_page.ts", async () => {
  const port = freePort();
  const bind = `127.0.0.1:${port}`;
  const plugin = {
    ...statusPage,
    setup: (_: unknown, context: never) => statusPage.setup({ bind }, context),
  };
  const plugins = { auth_anonymous: null, page: plugin } as BrokerOptions["plugins"] & object;
  await using it = await ClockedBroker.start({ plugins }, {
    authenticate: ({ client }) => client.username === "ann" ? "allow" : "deny",
  });
  await it.open("sensor", { username: "ann", password: "x" });
  assertMatch(await ask(port), /^HTTP\/1\.1 401 [^]*\r\nwww-authenticate: Basic /);
  const asAnn = ["Authorization: Basic " + btoa("ann:x")];
  assertMatch(
    await ask(port, "/", asAnn),
    /^HTTP\/1\.1 200 [^]*\[\{"clientId":"sensor","username":"ann"\}\]$/,
  );
  assertMatch(await ask(port, "/", ["Authorization: Basic " + btoa("eve:x")]), /^HTTP\/1\.1 401 /);
  assertEquals(it.broker.clients.length, 1);
});
