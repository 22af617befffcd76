/** HTTP of plugins: it opens when it is asked for, names what is wrong by its key, and ends with its plugin. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Broker, type BrokerOptions, UserError } from "../../mod.ts";
import type { HttpOptions } from "../../lib/plugin/management.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { ask, bodyOf, type PagePlugin, pagePlugin } from "../support/page_plugin.ts";
import { freePort } from "../services/free_port.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

type Plugins = BrokerOptions["plugins"] & object;

const ANY = { bind: "127.0.0.1:0" };
const says = (text: string) => () => new Response(text);

function optionsOf({ plugin }: PagePlugin): BrokerOptions {
  return { plugins: { auth_anonymous: null, page: plugin } as Plugins };
}

const isFree = (port: number) => Deno.listen({ hostname: "127.0.0.1", port }).close();

async function problemsOf(options: HttpOptions): Promise<readonly string[]> {
  const broker = new Broker(testConfig(optionsOf(pagePlugin(options, says("x")))));
  return (await assertRejects(() => broker.start(), UserError)).problems;
}

Deno.test("a plugin serves where it wants, knows the port, and ends with the broker", async () => {
  const page = pagePlugin(
    ANY,
    ({ request, address, port, isSecure }) =>
      Response.json([request.url, address, port > 0, isSecure]),
  );
  const it = await ClockedBroker.start(optionsOf(page));
  const { url, port } = page.server!;
  assertEquals(url, `http://127.0.0.1:${port}`);
  assertEquals(JSON.parse(await bodyOf(port, "/x?y")), [`${url}/x?y`, "127.0.0.1", true, false]);
  await it.broker.stop();
  isFree(port);
});

Deno.test("a server may be closed, and its address opened again", async () => {
  const page = pagePlugin({ bind: `127.0.0.1:${freePort()}` }, says("one"));
  await using _it = await ClockedBroker.start(optionsOf(page));
  const { port } = page.server!;
  await page.server!.close();
  await page.server!.close();
  isFree(port);
  const again = await page.context!.serveHttp!({ bind: `127.0.0.1:${port}` }, says("two"));
  assertEquals(await bodyOf(again.port), "two");
});

Deno.test("what a setup has opened is closed where the setup fails", async () => {
  let port = 0;
  const page = pagePlugin(ANY, says("x"), () => {
    port = page.server!.port;
    throw new UserError("user: expected another");
  });
  const broker = new Broker(testConfig(optionsOf(page)));
  const { problems } = await assertRejects(() => broker.start(), UserError);
  assertEquals(problems, ["plugins.page: user: expected another"]);
  isFree(port);
});

Deno.test("a port that is taken is said with the option's key, and with what the system says", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const bind = `127.0.0.1:${other.addr.port}`;
  assertEquals(await problemsOf({ bind }), [
    `plugins.page.bind: cannot listen on ${bind}: the port is taken`,
  ]);
});

Deno.test("options that cannot be are named by their keys", async () => {
  assertMatch(
    (await problemsOf({ bind: "127.0.0.1:99999" })).join(),
    /^plugins\.page\.bind: got "127/,
  );
  assertEquals(await problemsOf({ ...ANY, certfile: "a.pem" }), [
    "plugins.page.keyfile: expected a path: certfile is given, and one goes with the other",
  ]);
  const problems = await problemsOf({ ...ANY, certfile: "/none/a.pem", keyfile: "/none/a.key" });
  assertMatch(problems[0]!, /^plugins\.page\.certfile: \/none\/a\.pem: no such file/);
});

Deno.test("a broker that is only checked opens nothing, and reads the files", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const bind = `127.0.0.1:${other.addr.port}`;
  await Broker.check(testConfig(optionsOf(pagePlugin({ bind }, says("x")))));
  const files = { certfile: "/none/a.pem", keyfile: "/none/a.key" };
  const bad = testConfig(optionsOf(pagePlugin({ bind, ...files }, says("x"))));
  const { problems } = await assertRejects(() => Broker.check(bad), UserError);
  assertMatch(problems[0]!, /^plugins\.page\.certfile: \/none\/a\.pem: no such file/);
});

Deno.test("a plugin that is set up anew has the address at once; what was asked of the old one is answered", async () => {
  const gate = Promise.withResolvers<void>();
  const bind = `127.0.0.1:${freePort()}`;
  const asked: string[] = [];
  const old = pagePlugin({ bind }, async ({ request }) => {
    asked.push(request.url);
    await gate.promise;
    return new Response("old");
  });
  await using it = await ClockedBroker.start(optionsOf(old));
  const { port } = old.server!;
  const waiting = bodyOf(port);
  await until(() => asked.length === 1, "the first request");
  const fresh = pagePlugin({ bind }, says("new"));
  await it.broker.reload(testConfig(optionsOf(fresh)));
  assertEquals(await bodyOf(port), "new");
  gate.resolve();
  assertEquals(await waiting, "old");
  assertEquals(asked.length, 1);
});

Deno.test("where the new setup fails the old plugin goes on", async () => {
  const bind = `127.0.0.1:${freePort()}`;
  const old = pagePlugin({ bind }, says("old"));
  await using it = await ClockedBroker.start(optionsOf(old));
  const fresh = pagePlugin({ bind }, says("new"), () => {
    throw new UserError("user: expected another");
  });
  await assertRejects(() => it.broker.reload(testConfig(optionsOf(fresh))), UserError);
  assertEquals(await bodyOf(old.server!.port), "old");
});

Deno.test("a plugin that is taken out of the configuration is no longer reached", async () => {
  const page = pagePlugin(ANY, says("x"));
  await using it = await ClockedBroker.start(optionsOf(page));
  const { port } = page.server!;
  const idle = await RawClient.dial({ hostname: "127.0.0.1", port });
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null } }));
  isFree(port);
  await idle.expectClosed();
  await idle.close();
});

Deno.test("a stop ends connections of every kind, and what streams to them", async () => {
  let isCancelled = false;
  const page = pagePlugin(ANY, () => {
    const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  const it = await ClockedBroker.start(optionsOf(page));
  const { port } = page.server!;
  const idle = await RawClient.dial({ hostname: "127.0.0.1", port });
  const stream = ask(port);
  await until(() => isCancelled === false, "a turn");
  const other = await RawClient.dial({ hostname: "127.0.0.1", port });
  await other.send(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  await it.broker.stop();
  await idle.expectClosed();
  await Promise.all([idle.close(), other.close(), stream.catch(() => {})]);
  isFree(port);
});

Deno.test("a handler that throws is a line in the log, under the plugin's name", async () => {
  const page = pagePlugin(ANY, () => {
    throw new Error("no luck");
  });
  await using it = await ClockedBroker.start(optionsOf(page));
  assertMatch(await ask(page.server!.port, "/x"), /^HTTP\/1\.1 500 /);
  const [line = ""] = it.logged("GET /x failed: no luck");
  assert(line.includes("midge.plugins.page") || line.includes("plugins"), line);
});

Deno.test("connections above the limit are closed", async () => {
  const page = pagePlugin({ ...ANY, maxConnections: 1 }, says("x"));
  await using _it = await ClockedBroker.start(optionsOf(page));
  const address = { hostname: "127.0.0.1", port: page.server!.port };
  const first = await RawClient.dial(address);
  await using second = await RawClient.dial(address);
  await second.expectClosed();
  await first.close();
});
