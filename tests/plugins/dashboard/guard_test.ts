/** From where the dashboard takes requests: its own names, its own pages; and what it says to browsers in each answer. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { MqttUpgrade } from "../../../plugin.ts";
import { COMMANDS } from "../../../manage.ts";
import { IDLE_MS } from "../../../plugins/dashboard/sessions.ts";
import { LOOK_MS } from "../../../plugins/dashboard/live.ts";
import { turn } from "../../support/until.ts";
import { ALICE, bearer, fromPage, type LoggedIn, problem, Stage, VICTOR } from "./stage.ts";

/** Every route of the API, with something in the place of its arguments. */
const ROUTES = [
  ...Object.values(COMMANDS).flatMap(({ route }) => route === undefined ? [] : [route]),
  "GET /me",
  "GET /openapi.json",
].map((route) => route.replaceAll(/\{\w+\}/g, "x").split(" ") as [method: string, path: string]);

Deno.test("without a login no route answers but the health", async () => {
  const stage = new Stage();
  assertEquals(ROUTES.length > 40, true);
  for (const [method, path] of ROUTES) {
    const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
    const response = await stage.ask(`/api/v1${path}`, { method, ...body });
    assertEquals([method, path, ...await problem(response)], [method, path, 401, "unauthorized"]);
  }
  for (const path of ["/mqtt", "/api", "/api/v1", "/api/v1/", "/api/v2/x", "/api/v1/nothing"]) {
    assertEquals(await problem(await stage.ask(path)), [401, "unauthorized"]);
  }
  assertEquals(stage.commands, []);
  stage.answer = () => ({ ready: true, problems: [], checks: [] });
  assertEquals((await stage.ask("/healthz")).status, 200);
  assertEquals((await stage.ask("/readyz")).status, 200);
  stage.answer = () => ({ ready: false, problems: ["the disk is full"], checks: [] });
  const response = await stage.ask("/readyz");
  assertEquals(response.status, 503);
  assertEquals(await response.json(), { status: "not ready", problems: ["the disk is full"] });
});

Deno.test("a wrong token, and a cookie that no one was given, are no login", async () => {
  const stage = new Stage();
  for (
    const headers of [
      bearer("midge_other"),
      { cookie: "midge_session=x" },
      { cookie: "midge_session=" },
      { authorization: "Basic YTpi" },
    ]
  ) {
    assertEquals(await problem(await stage.ask("/api/v1/clients", { headers })), [
      401,
      "unauthorized",
    ]);
  }
});

Deno.test("every answer forbids frames, scripts from elsewhere, and keeping what the API says", async () => {
  const stage = new Stage({ base_path: "/midge" });
  stage.answer = () => ({ ready: true, problems: [] });
  const answers = [
    await stage.ask("/midge"),
    await stage.ask("/midge/"),
    await stage.ask("/midge/nothing.js"),
    await stage.ask("/healthz"),
    await stage.ask("/api/v1/me"),
    await stage.ask("/api/v1/me", { headers: bearer("midge_admin") }),
    await stage.ask("/", { host: "evil.example" }),
    await stage.tryLogIn(ALICE),
  ];
  for (const { status, headers } of answers) {
    const policy = headers.get("content-security-policy") ?? "";
    for (
      const part of [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "connect-src 'self'",
      ]
    ) assertStringIncludes(policy, part, String(status));
    assertEquals(policy.includes("unsafe"), false);
    assertEquals(
      [
        headers.get("x-content-type-options"),
        headers.get("x-frame-options"),
        headers.get("referrer-policy"),
        headers.get("cross-origin-opener-policy"),
        headers.get("cross-origin-resource-policy"),
      ],
      ["nosniff", "DENY", "no-referrer", "same-origin", "same-origin"],
    );
    assertEquals(headers.get("access-control-allow-origin"), null);
    assertMatch(headers.get("cache-control") ?? "", status === 200 ? /^no-/ : /^no-store$/);
  }
});

Deno.test("a name that is not ours is answered nothing, logged in or not: DNS rebinding", async () => {
  const stage = new Stage({ hosts: ["Midge.Example.org"] });
  const login = await stage.logIn(ALICE);
  for (const path of ["/", "/healthz", "/login", "/api/v1/me", "/mqtt"]) {
    for (
      const host of ["evil.example", "evil.example:18083", "192.0.2.9", "localhost.evil.example"]
    ) {
      const response = await stage.ask(path, { host, headers: { cookie: login.cookie } });
      assertEquals(await problem(response), [403, "wrong_host"]);
    }
  }
  for (
    const host of [
      "localhost",
      "127.0.0.1:1",
      "[::1]:18083",
      "midge.example.org",
      "MIDGE.example.org.",
    ]
  ) {
    assertEquals([host, (await stage.ask("/", { host })).status], [host, 200]);
  }
  const two = { host: "evil.example" };
  assertEquals(await problem(await stage.ask("/", { headers: two })), [403, "wrong_host"]);
  assertEquals(
    await problem(
      await stage.ask("/", { host: "evil.example", headers: { "x-forwarded-host": "localhost" } }),
    ),
    [403, "wrong_host"],
  );
});

Deno.test("bound to every address, an address is a name for it, for no one rebinds one", async () => {
  for (const bind of ["0.0.0.0:18083", "[::]:18083", ":18083", "18083"]) {
    const stage = new Stage({ bind });
    assertEquals((await stage.ask("/", { host: "192.0.2.9:18083" })).status, 200);
    assertEquals((await stage.ask("/", { host: "[2001:db8::1]" })).status, 200);
    assertEquals((await stage.ask("/", { host: "evil.example" })).status, 403);
  }
  const stage = new Stage({ bind: "192.0.2.9:18083" });
  assertEquals((await stage.ask("/", { host: "192.0.2.9:18083" })).status, 200);
  assertEquals((await stage.ask("/", { host: "192.0.2.10:18083" })).status, 403);
});

Deno.test("a change by cookie needs a page of ours and the word that the login gave", async () => {
  const stage = new Stage();
  const login = await stage.logIn(ALICE);
  const right = fromPage(login);
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(right).filter(([name]) => !names.includes(name)));
  const kick = (headers: Record<string, string>) =>
    stage.ask("/api/v1/clients/x/kick", { method: "POST", headers });
  assertEquals((await kick(right)).status, 200);
  assertEquals((await kick(without("origin"))).status, 200);
  assertEquals((await kick(without("sec-fetch-site"))).status, 200);
  const done = stage.commands.length;
  const refused: [Record<string, string>, string][] = [
    [without("x-csrf-token"), "csrf"],
    [{ ...right, "x-csrf-token": "" }, "csrf"],
    [{ ...right, "x-csrf-token": (await stage.logIn(ALICE)).csrf }, "csrf"],
    [without("origin", "sec-fetch-site"), "cross_site"],
    [{ ...right, origin: "http://evil.example" }, "cross_site"],
    [{ ...right, origin: "null" }, "cross_site"],
    [{ ...right, origin: "http://127.0.0.1:1883" }, "cross_site"],
    [{ ...right, "sec-fetch-site": "cross-site" }, "cross_site"],
    [{ ...right, "sec-fetch-site": "same-site" }, "cross_site"],
    [{ ...right, "sec-fetch-site": "none", origin: "http://evil.example" }, "cross_site"],
  ];
  for (const [headers, code] of refused) {
    assertEquals(await problem(await kick(headers)), [403, code]);
  }
  assertEquals(stage.commands.length, done);
});

Deno.test("what another site's page asks for is not answered, the login included", async () => {
  const stage = new Stage();
  const { cookie } = await stage.logIn(ALICE);
  for (const site of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }]) {
    const read = await stage.ask("/api/v1/clients", { headers: { cookie, ...site } });
    assertEquals(await problem(read), [403, "cross_site"]);
    assertEquals(await problem(await stage.tryLogIn(ALICE, { headers: site })), [
      403,
      "cross_site",
    ]);
    const headers = { cookie, upgrade: "websocket", ...site };
    assertEquals(await problem(await stage.ask("/mqtt", { headers })), [403, "cross_site"]);
  }
  const form = { "content-type": "text/plain" };
  assertEquals(await problem(await stage.tryLogIn(ALICE, { headers: form })), [415, "wrong_type"]);
  const upgrade = { headers: { cookie, upgrade: "websocket" } };
  assertEquals(await problem(await stage.ask("/mqtt", upgrade)), [403, "cross_site"]); // no Origin at all
});

Deno.test("a page that a proxy shows by HTTPS is a page of ours", async () => {
  const stage = new Stage({ hosts: ["midge.example.org"] });
  const origin = "https://midge.example.org";
  const host = "midge.example.org";
  const response = await stage.tryLogIn(ALICE, { host, headers: { origin } });
  assertEquals(response.status, 200);
  assertStringIncludes(response.headers.get("set-cookie") ?? "", "; Secure");
});

Deno.test("a program with a token needs neither cookie nor page", async () => {
  const stage = new Stage();
  const headers = bearer("midge_admin");
  assertEquals(
    (await stage.ask("/api/v1/clients/x/kick", { method: "POST", headers })).status,
    200,
  );
  const upgraded = await stage.upgrade("/mqtt", { headers: { ...headers, upgrade: "websocket" } });
  const { until, ...accepted } = acceptedOf(upgraded);
  assertEquals(until?.aborted, false);
  assertEquals(accepted, {
    address: "192.0.2.7",
    port: 4711,
    transport: "ws",
    user: { username: "dashboard", superuser: true, isReadOnly: false },
  });
  assertEquals((await stage.ask("/mqtt", { headers })).status, 426);
});

Deno.test("the page's MQTT ends with its login: at the logout, and when it is over", async () => {
  const stage = new Stage();
  const open = async (login: LoggedIn) => {
    const headers = { ...fromPage(login), upgrade: "websocket" };
    return acceptedOf(await stage.upgrade("/mqtt", { headers })).until!;
  };
  const [leaving, staying] = [await stage.logIn(ALICE), await stage.logIn(VICTOR)];
  const [first, second] = [await open(leaving), await open(staying)];
  await stage.ask("/logout", { method: "POST", headers: fromPage(leaving) });
  assertEquals([first.aborted, second.aborted], [true, false]);
  stage.clock.advance(LOOK_MS);
  await turn();
  assertEquals(second.aborted, false);
  for (const time of [IDLE_MS, LOOK_MS]) {
    stage.clock.advance(time);
    await turn();
  }
  assertEquals(second.aborted, true);
});

function acceptedOf(answer: Response | MqttUpgrade): MqttUpgrade["acceptAs"] {
  if (answer instanceof Response) {
    throw new Error(`it did not become a WebSocket: ${answer.status}`);
  }
  return answer.acceptAs;
}
