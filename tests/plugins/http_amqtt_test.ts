/** http with the options of aMQTT's contrib.http: the requests that aMQTT sends, and what answers mean there. */
import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../lib/user_error.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import type { Decision } from "../../mod.ts";
import { CLOSE, type RawAnswer, RawHttpServer, response } from "../support/raw_http_server.ts";
import { essence, HttpPlugin, short } from "./http_support.ts";

const USER_CLASS = "amqtt.contrib.http.UserAuthHttpPlugin";
const TOPIC_CLASS = "amqtt.contrib.http.TopicAuthHttpPlugin";

/** The options of a class as the plugin gets them. */
function optionsOf(name: string, options: unknown): unknown {
  const [plugin] = normalizeConfig({ plugins: { [name]: options } }, { directory: "/" }).plugins;
  assertEquals(plugin!.name, "http");
  return plugin!.options;
}

Deno.test("both classes side by side are two halves; one twice is an error", () => {
  const place = { host: "h", port: 80 };
  const both = { [USER_CLASS]: { ...place, user_uri: "/me" }, [TOPIC_CLASS]: place };
  const { plugins, warnings } = normalizeConfig({ plugins: both }, { directory: "/" });
  assertEquals(plugins.map(({ key, name, options }) => [key, name, options]), [
    [USER_CLASS, "http", { ...place, user_uri: "/me" }],
    [TOPIC_CLASS, "http", { ...place, topic_uri: "/acl" }],
  ]);
  assertEquals(warnings, []);
  const twice = [{ [USER_CLASS]: place }, { [USER_CLASS.replace(".User", ":User")]: place }];
  assertThrows(
    () => normalizeConfig({ plugins: twice }, { directory: "/" }),
    UserError,
    "same plugin",
  );
});

Deno.test("requests: every method and mode", async (t) => {
  const form = "username=ann&password=p%26w&client_id=c1";
  const json = '{"username":"ann","password":"p&w","client_id":"c1"}';
  const [urlencoded, asJson] = ["application/x-www-form-urlencoded", "application/json"];
  const cases: [options: Record<string, unknown>, expected: ReturnType<typeof essence>][] = [
    [{}, { line: "GET /user", type: asJson, body: json }],
    [{ params_mode: "form" }, { line: `GET /user?${form}`, type: undefined, body: "" }],
    [{ request_method: "post" }, { line: "POST /user", type: asJson, body: json }],
    [
      { request_method: "put", params_mode: "form", user_uri: "/me?k=v" },
      { line: "PUT /me?k=v", type: urlencoded, body: form },
    ],
  ];
  for (const [options, expected] of cases) {
    await t.step(JSON.stringify(options), async () => {
      await using server = new RawHttpServer(() => response(200, '{"ok": true}'));
      const place = { host: "127.0.0.1", port: server.port };
      await using http = await HttpPlugin.setUp(optionsOf(USER_CLASS, { ...place, ...options }));
      assertEquals(short(await http.login({ username: "ann" }, "p&w")), "allow");
      assertEquals(server.requests.map(essence), [expected]);
      assertEquals(/\r\nuser-agent: (.*)\r\n/.exec(server.requests[0]!)?.[1], "amqtt");
    });
  }
});

Deno.test("topics: acc is 2 for publish and 4 for subscribe; nothing is asked about logins", async () => {
  await using server = new RawHttpServer(() => response(200, '{"ok": true}'));
  const options = {
    host: "127.0.0.1",
    port: server.port,
    request_method: "post",
    user_agent: "me/1",
  };
  await using http = await HttpPlugin.setUp(optionsOf(TOPIC_CLASS, options));
  assertEquals(http.hooks.authenticate, undefined);
  await http.right("publish", "a/b", { username: "ann" });
  await http.right("subscribe", "a/#");
  assertEquals(server.requests.map(essence).map(({ line, body }) => [line, body]), [
    ["POST /acl", '{"username":"ann","client_id":"c1","topic":"a/b","acc":2}'],
    ["POST /acl", '{"username":null,"client_id":"c1","topic":"a/#","acc":4}'],
  ]);
  assertEquals(server.requests.every((one) => one.includes("\r\nuser-agent: me/1\r\n")), true);
});

Deno.test("superuser_uri is asked after the login", async () => {
  await using server = new RawHttpServer((request) =>
    response(200, request.startsWith("GET /super") ? '{"ok": false}' : '{"OK": true}')
  );
  const options = { host: "127.0.0.1", port: server.port, superuser_uri: "/super" };
  await using http = await HttpPlugin.setUp(optionsOf(USER_CLASS, options));
  const verdict = await http.login({ username: "ann" }, "pw") as Decision;
  assertEquals([short(verdict), verdict.superuser], ["allow", false]);
  assertEquals(essence(server.requests[1]!).body, '{"username":"ann","client_id":"c1"}');
});

Deno.test("what an answer means in each mode", async (t) => {
  const cases: [mode: string, answer: RawAnswer, expected: string][] = [
    ["json", response(200, '{"ok": true}'), "allow"],
    ["json", response(201, '{"Ok": true, "x": 1}'), "allow"],
    ["json", response(200, '{"ok": false}'), "deny"],
    ["json", response(200, '{"ok": null}'), "ignore"],
    ["json", response(200, "{}"), "ignore"],
    ["json", response(200, '{"ok": "false"}'), "failed"],
    ["json", response(200, '{"ok": 1}'), "failed"],
    ["json", response(200, '{"ok": true'), "failed"],
    ["json", response(200, "[true]"), "failed"],
    ["json", response(200, "true"), "failed"],
    ["json", response(200), "failed"],
    ["json", response(403, '{"ok": true}'), "deny"],
    ["json", response(500, '{"ok": true}'), "failed"],
    ["status", response(200, '{"ok": false}'), "allow"],
    ["status", response(204), "allow"],
    ["status", response(404), "deny"],
    ["status", response(302), "failed"],
    ["status", response(500), "failed"],
    ["text", response(200, "ok"), "allow"],
    ["text", response(200, "OK"), "allow"],
    ["text", response(200, "no"), "deny"],
    ["text", response(200), "deny"],
    ["text", response(403, "ok"), "deny"],
    ["text", response(500, "ok"), "failed"],
    ["text", CLOSE, "failed"],
  ];
  for (const [response_mode, answer, expected] of cases) {
    await t.step(`${response_mode} ${String(answer).replace(/^\S+ /, "")}`, async () => {
      await using server = new RawHttpServer(() => answer);
      const place = { host: "127.0.0.1", port: server.port, request: { retry_times: 0 } };
      await using http = await HttpPlugin.setUp({ ...place, response_mode, user_uri: "/u" });
      assertEquals(short(await http.login()), expected);
    });
  }
});
