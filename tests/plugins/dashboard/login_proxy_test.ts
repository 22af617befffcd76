/** The option login_proxy: who comes from its address is an admin, from the proxy's own page; no one else is. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { safeParse } from "valibot";
import { OPTIONS } from "../../../plugins/dashboard/options.ts";
import { bearer, problem, type Sent, Stage } from "./stage.ts";

const PROXY = "172.30.32.2";
const HOST = "homeassistant.local:8123";
const PAGE = { origin: `http://${HOST}`, "sec-fetch-site": "same-origin" };

function ask(stage: Stage, path: string, sent: Sent = {}): Promise<Response> {
  return stage.ask(path, { host: HOST, address: PROXY, ...sent });
}

Deno.test("by the proxy: an admin without a login, under any host, in a frame of the proxy's page", async () => {
  const stage = new Stage({ login_proxy: PROXY });
  const headers = { "x-remote-user-name": "paulus" };
  const me = await ask(stage, "/api/v1/me", { headers });
  assertEquals(me.status, 200);
  assertEquals(await me.json(), {
    name: "paulus by the login proxy",
    role: "admin",
    username: "dashboard",
    superuser: true,
    csrf: null,
  });
  const page = await ask(stage, "/");
  assertEquals([page.status, page.headers.get("x-frame-options")], [200, "SAMEORIGIN"]);
  assertStringIncludes(page.headers.get("content-security-policy")!, "frame-ancestors 'self'");
  await page.body?.cancel();
  const mapped = await ask(stage, "/api/v1/me", { address: `::ffff:${PROXY}` });
  assertEquals((await mapped.json()).name, "someone by the login proxy");
});

Deno.test("what changes something, and a WebSocket, must come from the page itself", async () => {
  const stage = new Stage({ login_proxy: PROXY });
  const change = { method: "POST", body: { topicName: "a", payload: "b" } };
  assertEquals((await ask(stage, "/api/v1/publish", { ...change, headers: PAGE })).status, 200);
  const [name, , caller] = stage.commands.at(-1)!;
  assertEquals([name, caller.isAdmin], ["publish", true]);
  for (const headers of [{}, { origin: "https://other.example" }, { origin: "null" }]) {
    const refused = await ask(stage, "/api/v1/publish", { ...change, headers });
    assertEquals(await problem(refused), [403, "cross_site"]);
    const upgrade = { headers: { ...headers, upgrade: "websocket", connection: "upgrade" } };
    assertEquals(await problem(await ask(stage, "/mqtt", upgrade)), [403, "cross_site"]);
  }
  const headers = { "sec-fetch-site": "cross-site" };
  assertEquals(await problem(await ask(stage, "/api/v1/me", { headers })), [403, "cross_site"]);
  const upgraded = await stage.upgrade("/mqtt", {
    host: HOST,
    address: PROXY,
    headers: { ...PAGE, upgrade: "websocket" },
  });
  assertEquals("acceptAs" in upgraded && upgraded.acceptAs.user?.superuser, true);
  stage.dashboard.end();
});

Deno.test("from any other address nothing has changed, whatever the headers say", async () => {
  const stage = new Stage({ login_proxy: PROXY });
  const headers = {
    "x-remote-user-name": "paulus",
    "x-forwarded-for": PROXY,
    "x-ingress-path": "/api/hassio_ingress/x",
  };
  for (const address of ["172.30.32.1", "127.0.0.1", "::1"]) {
    const sent = { address, headers };
    assertEquals(await problem(await ask(stage, "/api/v1/me", sent)), [403, "wrong_host"]);
    const named = await stage.ask("/api/v1/me", sent);
    assertEquals(named.headers.get("x-frame-options"), "DENY");
    assertEquals(await problem(named), [401, "unauthorized"]);
  }
  const byToken = await stage.ask("/api/v1/me", { headers: bearer("midge_viewer") });
  assertEquals((await byToken.json()).role, "viewer");
});

Deno.test("without the option no address is a login proxy; a name that is no address is refused", async () => {
  assertEquals(await problem(await ask(new Stage(), "/api/v1/me")), [403, "wrong_host"]);
  for (const value of ["supervisor", "", 1, "172"]) {
    assertEquals(safeParse(OPTIONS, { login_proxy: value }).success, false);
  }
});
