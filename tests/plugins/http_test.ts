/** http against a server that is told byte by byte what to do: what it asks, and what it makes of the answers. */
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../lib/user_error.ts";
import type { Decision } from "../../lib/plugin/decisions.ts";
import { certAndKey, certPath } from "../support/certs.ts";
import { fakeClient, PluginHarness } from "../support/plugin_harness.ts";
import {
  CLOSE,
  HANG,
  type RawAnswer,
  RawHttpServer,
  response,
} from "../support/raw_http_server.ts";
import { turn } from "../support/until.ts";
import { advance, NEVER } from "../access/sources/support.ts";
import { essence, HttpPlugin, short } from "./http_support.ts";

const CERTIFICATE = { commonName: "dev.example", subject: "CN=dev.example,O=Ex & Co" };
const ANN = { username: "ann", clientId: "c 1", certificate: CERTIFICATE };
const EVERYTHING = "u=%u,c=%c,a=%a,r=%r,P=%P,p=%p,C=%C,d=%d";

Deno.test("auth_req: every method and encoding with every placeholder", async (t) => {
  const form = "u=ann&c=c+1&a=192.0.2.7&r=mqtt&P=p%26%3D%C3%A9&p=51234&C=dev.example" +
    "&d=CN%3Ddev.example%2CO%3DEx+%26+Co";
  const json = '{"u":"ann","c":"c 1","a":"192.0.2.7","r":"mqtt","P":"p&=é","p":"51234",' +
    '"C":"dev.example","d":"CN=dev.example,O=Ex & Co"}';
  const latin1 = new TextDecoder("latin1").decode(new TextEncoder().encode(json));
  const urlencoded = "application/x-www-form-urlencoded";
  const cases: [method: string, type: string | undefined, expected: ReturnType<typeof essence>][] =
    [
      ["get", undefined, { line: `GET /auth?${form}`, type: undefined, body: "" }],
      ["get", "json", { line: `GET /auth?${form}`, type: undefined, body: "" }],
      ["post", undefined, { line: "POST /auth", type: urlencoded, body: form }],
      ["post", "form", { line: "POST /auth", type: urlencoded, body: form }],
      ["post", "json", { line: "POST /auth", type: "application/json", body: latin1 }],
      ["put", "x-www-form-urlencoded", { line: "PUT /auth", type: urlencoded, body: form }],
      ["PUT", "application/json", { line: "PUT /auth", type: "application/json", body: latin1 }],
    ];
  for (const [method, content_type, expected] of cases) {
    await t.step(`${method} ${content_type}`, async () => {
      await using server = new RawHttpServer(() => response(200));
      const auth_req = { url: server.url("/auth"), method, content_type, params: EVERYTHING };
      await using http = await HttpPlugin.setUp({ auth_req });
      assertEquals(short(await http.login(ANN, "p&=é")), "allow");
      assertEquals(server.requests.map(essence), [expected]);
    });
  }
});

Deno.test("acl_req: access, topic and mountpoint too; what is missing is empty, or null in JSON", async () => {
  await using server = new RawHttpServer(() => response(200));
  const params = { A: "%A", t: "%t", m: "%m", P: "%P", u: "%u", mixed: "<%u|%c>", n: 7, on: true };
  await using http = await HttpPlugin.setUp({
    acl_req: { url: server.url("/acl?key=x"), method: "get", params },
  });
  await http.right("publish", "a b/ü");
  await using json = await HttpPlugin.setUp({
    acl_req: { url: server.url("/acl"), method: "post", content_type: "json", params },
  });
  await json.right("subscribe", "a/+");
  assertEquals(server.requests.map(essence), [
    {
      line: "GET /acl?key=x&A=2&t=a+b%2F%C3%BC&m=&P=&u=&mixed=%3C%7Cc1%3E&n=7&on=true",
      type: undefined,
      body: "",
    },
    {
      line: "POST /acl",
      type: "application/json",
      body: '{"A":"1","t":"a/+","m":null,"P":null,"u":null,"mixed":"<|c1>","n":7,"on":true}',
    },
  ]);
});

Deno.test("the guide's methods and parameters, where none are given", async () => {
  await using server = new RawHttpServer(() => response(200));
  await using http = await HttpPlugin.setUp({
    auth_req: { url: server.url("/mqtt/auth") },
    super_req: { url: server.url("/mqtt/superuser") },
    acl_req: { url: server.url("/mqtt/acl") },
  });
  assertEquals(
    (await http.login({ username: "emqx" }, "public") as { superuser: boolean }).superuser,
    true,
  );
  await http.right("subscribe", "t/1", { username: "emqx" });
  assertEquals(server.requests.map(essence).map(({ line, body }) => [line, body]), [
    ["POST /mqtt/auth", "clientid=c1&username=emqx&password=public"],
    ["POST /mqtt/superuser", "clientid=c1&username=emqx"],
    [
      "GET /mqtt/acl?access=1&username=emqx&clientid=c1&ipaddr=192.0.2.7&topic=t%2F1&mountpoint=",
      "",
    ],
  ]);
});

Deno.test("headers: of all requests and of one, credentials in the URL, the type in a header", async () => {
  await using server = new RawHttpServer(() => response(200));
  await using http = await HttpPlugin.setUp({
    headers: { Accept: "text/plain", "X-Key": "common" },
    auth_req: {
      url: server.url("/auth").replace("127", "us%40er:p%C3%A9@127"),
      headers: { "x-key": "own", "Content-Type": "application/json; charset=utf-8" },
      params: "u=%u",
    },
    acl_req: { url: server.url("/acl"), params: "t=%t" },
  });
  await http.login({ username: "ann" });
  await http.right("publish", "a");
  const host = `host: 127.0.0.1:${server.port}`;
  assertEquals(server.requests, [
    [
      "POST /auth HTTP/1.1",
      host,
      "content-type: application/json; charset=utf-8",
      "accept: text/plain",
      "user-agent: midge/1.2.3",
      "x-key: own",
      `authorization: Basic ${btoa("us@er:p\u00c3\u00a9")}`,
      "content-length: 11",
      "",
      '{"u":"ann"}',
    ].join("\r\n"),
    [
      "GET /acl?t=a HTTP/1.1",
      host,
      "accept: text/plain",
      "user-agent: midge/1.2.3",
      "x-key: common",
      "",
      "",
    ].join("\r\n"),
  ]);
});

Deno.test("hostile names stay inside their parameter", async () => {
  await using server = new RawHttpServer(() => response(200));
  await using http = await HttpPlugin.setUp({
    auth_req: { url: server.url("/a"), method: "get", params: "u=%u,c=%c,x=1" },
    acl_req: { url: server.url("/b"), method: "post", params: "t=%t,u=%u" },
  });
  const username = "a&x=2#\r\nX-Admin: 1\r\n\r\nGET /evil HTTP/1.1\0%P\u{1f600}";
  await http.login({ username, clientId: "%u +/" });
  await http.right("publish", "a&u=admin", { username });
  const [auth, acl] = server.requests.map(essence);
  const url = new URL(auth!.line.slice("GET ".length), "http://h");
  assertEquals([...url.searchParams], [["u", username], ["c", "%u +/"], ["x", "1"]]);
  assertEquals([...new URLSearchParams(acl!.body)], [["t", "a&u=admin"], ["u", username]]);
  assertEquals(server.requests.length, 2);
});

Deno.test("what an answer means", async (t) => {
  const bytes = (
    ...body: number[]
  ) => [response(200).replace("0\r\n", `${body.length}\r\n`), Uint8Array.from(body)];
  const flood: RawAnswer = [
    response(200).replace("0\r\n", "100000000\r\n"),
    new Uint8Array(200_000),
    HANG,
  ];
  const half: RawAnswer = [response(200, "ignore").slice(0, -3), CLOSE];
  const cases: [name: string, answer: RawAnswer, verdict: string, superuser: boolean][] = [
    ["200", response(200), "allow", true],
    ["200 with a text", response(200, "ok"), "allow", true],
    ["200 ignore", response(200, "ignore"), "ignore", false],
    ["200 ignore, a line", response(200, "ignore\n"), "ignore", false],
    [
      "200 ignore in chunks",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nignore\r\n0\r\n\r\n",
      "ignore",
      false,
    ],
    ["200 ignored", response(200, "ignored"), "allow", true],
    ["200, no UTF-8", bytes(0xff, 0xfe, 0x80), "allow", true],
    ["200, more than 64 KiB", flood, "failed", false],
    ["200, closed in the middle", half, "failed", false],
    ["200 without a length", ["HTTP/1.1 200 OK\r\n\r\nignore", CLOSE], "ignore", false],
    ["201", response(201), "failed", false],
    ["204", "HTTP/1.1 204 No Content\r\n\r\n", "allow", true],
    ["301", response(301, "", ["location: /elsewhere"]), "failed", false],
    ["304", response(304), "failed", false],
    ["400", response(400), "deny", false],
    ["401", response(401, "ignore"), "deny", false],
    ["403", response(403, "<html>no</html>"), "deny", false],
    ["404", response(404), "deny", false],
    ["429", response(429), "deny", false],
    ["500", response(500, "ignore"), "failed", false],
    ["503", response(503), "failed", false],
    ["no HTTP", ["hello\r\n", CLOSE], "failed", false],
    ["nothing", CLOSE, "failed", false],
  ];
  for (const [name, answer, verdict, superuser] of cases) {
    await t.step(name, async () => {
      await using server = new RawHttpServer(() => answer);
      const req = { url: server.url("/q") };
      const request = { retry_times: 0 };
      await using http = await HttpPlugin.setUp({ auth_req: req, acl_req: req, request });
      assertEquals(short(await http.login()), verdict);
      assertEquals(short(await http.right("publish", "a")), verdict);
      await using alone = await HttpPlugin.setUp({ super_req: req, request });
      assertEquals(Object.keys(alone.hooks).sort(), [
        "brokerReloading",
        "dispose",
        "health",
        "superuser",
      ]);
      assertEquals(
        await alone.hooks.superuser!({ client: fakeClient(), signal: NEVER }),
        superuser,
      );
      const isFailure = verdict === "failed";
      assertEquals(http.hooks.health!().state, isFailure ? "down" : "up");
      assertEquals(http.harness.messages("error").length, isFailure ? 1 : 0);
    });
  }
});

Deno.test("the log names the request and never its parameters", async () => {
  await using server = new RawHttpServer(() => response(500));
  await using http = await HttpPlugin.setUp({
    auth_req: { url: server.url("/auth").replace("127", "me:hidden@127"), method: "get" },
  });
  const verdict = await http.login({ username: "ann" }, "secret") as { because: string };
  const line = `GET ${server.url("/auth")}: answered 500; expected 200, 204 or 4xx`;
  assertEquals(verdict, { result: "deny", because: line, failed: true, returnCode: 3 } as object);
  assertEquals(http.harness.messages("error"), [line]);
  assertEquals(/secret|hidden/.test(JSON.stringify(http.harness.lines)), false);
});

Deno.test("on_error: ignore lets the next source speak", async () => {
  await using server = new RawHttpServer(() => response(503));
  const req = { url: server.url("/q") };
  await using http = await HttpPlugin.setUp({ auth_req: req, acl_req: req, on_error: "ignore" });
  for (const verdict of [await http.login(), await http.right("publish", "a")]) {
    const { result, failed, because } = verdict as Decision;
    assertEquals([result, failed], [undefined, true]);
    assertMatch(because!, /503/);
  }
});

Deno.test("a superuser is asked about after the login, within the same deadline", async () => {
  const answers: Record<string, RawAnswer> = { "/auth": response(200), "/super": HANG };
  await using server = new RawHttpServer((request) => answers[request.split(" ")[1]!]!);
  const options = {
    auth_req: { url: server.url("/auth") },
    super_req: { url: server.url("/super") },
  };
  await using http = await HttpPlugin.setUp(options);
  const login = http.login({ username: "ann" }, "pw");
  await server.requestCount(2);
  http.harness.advance(5000);
  assertEquals((await login as { superuser: boolean }).superuser, false);
  answers["/super"] = response(403);
  assertEquals((await http.login() as { superuser: boolean }).superuser, false);
  answers["/auth"] = response(403);
  assertEquals(short(await http.login()), "deny");
  assertEquals(server.requests.length, 5, "a refused client is not asked about");
});

/** Logs in while the server answers so; the verdict, and the pauses between its requests. */
async function loginWithPauses(answers: readonly RawAnswer[], options: Record<string, unknown>) {
  const harness = new PluginHarness();
  const times: number[] = [];
  await using server = new RawHttpServer((_, index) => (times.push(harness.now), answers[index]!));
  const auth_req = { url: server.url("/auth") };
  await using http = await HttpPlugin.setUp({ auth_req, ...options }, harness);
  const login = http.login();
  while (times.length < answers.length) await advance(harness, 100);
  const verdict = short(await login);
  const pauses = times.slice(1).map((time, index) => time - times[index]!);
  assertEquals(times.length, answers.length);
  return { verdict, pauses, lines: harness.lines };
}

Deno.test("retries after pauses, and an answer that comes with them", async () => {
  const { verdict, pauses, lines } = await loginWithPauses([CLOSE, CLOSE, response(200)], {});
  assert(pauses[0]! >= 1000 && pauses[1]! >= 2000, `pauses of ${pauses} ms`);
  assertEquals([verdict, lines], ["allow", []]);
});

Deno.test("request: how often and how long is up to the configuration", async () => {
  const request = { retry_times: 2, retry_interval: "10s", retry_backoff: 3 };
  const { verdict, pauses } = await loginWithPauses(Array(3).fill(CLOSE), {
    timeout: "7d",
    request,
  });
  assert(pauses[0]! >= 10_000 && pauses[1]! >= 30_000, `pauses of ${pauses} ms`);
  assertEquals(verdict, "failed");
});

Deno.test("no more than pool requests at a time, and as many connections", async () => {
  const answers: PromiseWithResolvers<string>[] = [];
  await using server = new RawHttpServer(() => {
    answers.push(Promise.withResolvers());
    return answers.at(-1)!.promise;
  });
  await using http = await HttpPlugin.setUp({ acl_req: { url: server.url("/acl") }, pool: 2 });
  const rights = ["a", "b", "c", "d", "e"].map((topic) => http.right("publish", topic));
  await server.requestCount(2);
  await turn();
  for (let count = 2; count < 5; count++) {
    assertEquals(server.requests.length, count);
    answers[count - 2]!.resolve(response(200));
    await server.requestCount(count + 1);
  }
  for (const { resolve } of answers) resolve(response(200));
  assertEquals((await Promise.all(rights)).map(short), Array(5).fill("allow"));
  assertEquals([server.requests.length, server.connections], [5, 2]);
});

Deno.test("the same question at the same time is one request; logins are not remembered, rights are", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = new RawHttpServer(() => gate.promise.then(() => response(200)));
  const options = { auth_req: { url: server.url("/auth") }, acl_req: { url: server.url("/acl") } };
  await using http = await HttpPlugin.setUp(options);
  const logins = ["pw", "pw", "other"].map((password) => http.login({ username: "ann" }, password));
  await server.requestCount(2);
  gate.resolve();
  assertEquals((await Promise.all(logins)).map(short), Array(3).fill("allow"));
  assertEquals(server.requests.length, 2);
  await http.login({ username: "ann" }, "pw");
  assertEquals(server.requests.length, 3);

  await http.right("publish", "a");
  await http.right("publish", "a");
  assertEquals(server.requests.length, 4);
  await http.right("subscribe", "a");
  assertEquals(server.requests.length, 5);
  http.harness.advance(10_000);
  await http.right("publish", "a");
  assertEquals(server.requests.length, 6);
});

Deno.test("a remembered right is answered at once, without a promise", async () => {
  await using server = new RawHttpServer(() => response(403));
  await using http = await HttpPlugin.setUp({ acl_req: { url: server.url("/acl") } });
  await http.right("publish", "a");
  const request = {
    client: fakeClient(),
    action: "publish",
    topic: "a",
    qos: 0,
    retain: false,
  } as const;
  const verdict = http.hooks.authorize!({ ...request, signal: NEVER });
  assertEquals(verdict, { result: "deny", because: `GET ${server.url("/acl")} answered 403` });
});

Deno.test("cache_ttl: 0 remembers nothing; a failure is never remembered", async () => {
  await using server = new RawHttpServer((_, index) => response(index === 0 ? 500 : 200));
  const acl_req = { url: server.url("/acl") };
  await using http = await HttpPlugin.setUp({ acl_req });
  assertEquals(short(await http.right("publish", "a")), "failed");
  assertEquals(short(await http.right("publish", "a")), "allow");
  await using forgetful = await HttpPlugin.setUp({ acl_req, cache_ttl: 0 });
  await forgetful.right("publish", "a");
  await forgetful.right("publish", "a");
  assertEquals(server.requests.length, 4);
});

Deno.test("nothing is asked about the rights of a name that begins with $; its login is asked for", async () => {
  await using server = new RawHttpServer(() => response(200));
  const req = { url: server.url("/q") };
  await using http = await HttpPlugin.setUp({ auth_req: req, acl_req: req });
  assertEquals(short(await http.right("publish", "a", { username: "$all" })), "deny");
  assertEquals(server.requests.length, 0);
  assertEquals(short(await http.login({ username: "$all" })), "allow");
});

Deno.test("a password that is no text denies without a request, where it would be sent", async () => {
  await using server = new RawHttpServer(() => response(200));
  const password = Uint8Array.of(0xff, 0x00);
  await using http = await HttpPlugin.setUp({ auth_req: { url: server.url("/auth") } });
  assertEquals(short(await http.login({ username: "ann" }, password)), "deny");
  assertEquals(server.requests.length, 0);
  await using careless = await HttpPlugin.setUp({
    auth_req: { url: server.url("/auth"), params: "u=%u" },
  });
  assertEquals(short(await careless.login({ username: "ann" }, password)), "allow");
});

Deno.test("a plugin that is disposed of leaves no connection, no timer and nobody waiting", async () => {
  await using server = new RawHttpServer((_, index) => index === 0 ? response(200) : HANG);
  const http = await HttpPlugin.setUp({ auth_req: { url: server.url("/auth") } });
  await http.login();
  const login = http.login();
  await server.requestCount(2);
  await http.hooks.dispose!();
  assertEquals(short(await login), "failed");
  await server.allClosed();
  assertEquals(http.harness.timerCount, 0);
});

Deno.test("HTTPS with a client certificate, and one that is renewed", {
  // node:https of Deno 2.6 cannot ask for client certificates.
  ignore: Number(Deno.version.deno.split(".")[1]) < 9,
}, async () => {
  const { createServer } = await import("node:https");
  const names: string[] = [];
  const server = createServer(
    { ...certAndKey("server"), requestCert: true, rejectUnauthorized: false },
    (request, answer) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      names.push(String(subject.CN));
      answer.end();
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const directory = await Deno.makeTempDir();
  const copy = (from: string, to: string) => Deno.copyFile(certPath(from), `${directory}/${to}`);
  await Promise.all([
    copy("ca.pem", "ca.pem"),
    copy("client.pem", "own.pem"),
    copy("client.key", "own.key"),
  ]);
  {
    const tls = { cafile: "ca.pem", certfile: "own.pem", keyfile: "own.key" };
    const options = { auth_req: { url: `https://localhost:${port}/` }, tls };
    await using http = await HttpPlugin.setUp(options, new PluginHarness({ directory }));
    assertEquals(short(await http.login()), "allow");
    await Promise.all([copy("server.pem", "own.pem"), copy("server.key", "own.key")]);
    await http.hooks.brokerReloading!({});
    assertEquals(short(await http.login()), "allow");
    await Deno.writeTextFile(`${directory}/own.pem`, "nonsense");
    await http.hooks.brokerReloading!({});
    assertEquals(short(await http.login()), "allow");
    assertMatch(
      http.harness.messages("error")[0]!,
      /^tls\.certfile: own\.pem: .*the certificates before it stay$/,
    );
  }
  assertEquals(names, ["midge", "localhost", "localhost"]);
  await new Promise((resolve) => server.close(resolve));
  await Deno.remove(directory, { recursive: true });
});

Deno.test("warnings: a GET with a password, a password in acl_req, no verification", async () => {
  const warnings = async (options: unknown) => {
    await using http = await HttpPlugin.setUp(options);
    return http.harness.messages("warning");
  };
  const url = "http://h.example/p?k=x";
  const name = "GET http://h.example/p";
  assertEquals(await warnings({ auth_req: { url, method: "get" } }), [
    `${name}: a GET carries %P, and servers log URLs: passwords would be in their logs; use post`,
  ]);
  const superuser = { super_req: { url, method: "get", params: "x=%P" } };
  assertEquals((await warnings({ ...superuser, auth_req: { url } })).length, 1);
  assertEquals(await warnings({ auth_req: { url, method: "get", params: "u=%u" } }), []);
  assertEquals(await warnings({ auth_req: { url } }), []);
  assertEquals(await warnings({ acl_req: { url, params: "P=%P" } }), [
    `${name}: %P is empty here: passwords are not kept after CONNECT`,
  ]);
  assertEquals(await warnings({ acl_req: { url }, tls: { verify: false } }), [
    "tls.verify is off: anybody can pose as the server",
  ]);
});

Deno.test("hyphens for underscores, below the top too", async () => {
  await using server = new RawHttpServer(() => CLOSE);
  await using http = await HttpPlugin.setUp({
    "auth-req": { url: server.url("/auth"), "content-type": "json", params: { "a-b": "%c" } },
    request: { "retry-times": 0 },
    tls: { "server-name": "h.example" },
  });
  assertEquals(short(await http.login()), "failed");
  assertEquals(server.requests.map(essence).map(({ body }) => body), ['{"a-b":"c1"}']);
  const both = { url: server.url("/"), "content-type": "json", content_type: "json" };
  await assertRejects(() => HttpPlugin.setUp({ auth_req: both }), UserError, "unknown option");
});

Deno.test("options that cannot be used: one line each, with the key", async (t) => {
  const url = "http://h.example/";
  const cases: [options: unknown, problem: string | RegExp][] = [
    [{}, "nothing is asked; expected auth_req, super_req, acl_req or several"],
    [{ auth_req: null }, "nothing is asked; expected auth_req, super_req, acl_req or several"],
    [{ auth_req: {} }, /auth_req\.url: missing/],
    [{ auth_req: { url: "h.example" } }, /auth_req\.url: got "h.example", expected a URL such as/],
    [{ auth_req: { url: "ftp://h/" } }, /auth_req\.url: got "ftp:\/\/h\/", expected a URL such as/],
    [
      { auth_req: { url: `${url}%u` } },
      /auth_req\.url: .* without placeholders; they go into params/,
    ],
    [{ auth_req: { url, method: "delete" } }, /auth_req\.method: .* expected get, post or put/],
    [{ auth_req: { url, params: "a" } }, /auth_req\.params: part 1: expected name=value/],
    [{ auth_req: { url, params: "a=1,a=2" } }, /auth_req\.params: a is given twice/],
    [
      { auth_req: { url, params: { a: [] } } },
      /auth_req\.params: .* expected a mapping of parameters/,
    ],
    [{ auth_req: { url, params: "a=%t" } }, /auth_req\.params\.a: %t has a value in acl_req only/],
    [
      { auth_req: { url, headers: { "a b": "c" } } },
      /auth_req\.headers: "a b": not a header's name/,
    ],
    [{ auth_req: { url, headers: { a: "c\r\nd: e" } } }, /auth_req\.headers: "a": .* in one line/],
    [{ auth_req: { url, headers: { "Content-Length": "1" } } }, /Midge sets this header itself/],
    [
      { auth_req: { url, headers: { "content-type": "text/xml" } } },
      /content-type: got "text\/xml", expected form or json/,
    ],
    [{ auth_req: { url, content_type: "xml" } }, /auth_req\.content_type: got "xml"/],
    [
      { auth_req: { url, parms: "a=%u" } },
      /auth_req\.parms: unknown option; did you mean params\?/,
    ],
    [{ auth_req: { url }, on_error: "allow" }, /on_error: got "allow", expected deny or ignore/],
    [{ auth_req: { url }, timeout: 0 }, /timeout: expected a duration above 0/],
    [{ auth_req: { url }, pool: 0 }, /pool: got 0, expected a whole number, 1 or more/],
    [
      { auth_req: { url }, request: { retry_backoff: 0.5 } },
      /request\.retry_backoff: got 0.5, expected a number, 1 or more/,
    ],
    [{ auth_req: { url }, tls: { certfile: "x" } }, /tls: certfile and keyfile belong together/],
    [{ auth_req: { url }, tls: { cafile: "none.pem" } }, /tls\.cafile: none\.pem: No such file/],
    [{ auth_req: { url }, host: "h", port: 1 }, /auth_req beside aMQTT's options/],
    [{ host: "h" }, "host and port belong together; expected both"],
    [{ host: "h", port: 80 }, /expected user_uri, topic_uri or superuser_uri/],
    [{ host: "a/b", port: 80, user_uri: "/u" }, /host: got "a\/b"/],
    [{ host: "h", port: 0, user_uri: "/u" }, /port: got 0, expected a port/],
    [{ host: "h", port: 1, user_uri: "u" }, /user_uri: got "u", expected a path such as/],
  ];
  for (const [options, problem] of cases) {
    await t.step(JSON.stringify(options), async () => {
      const { problems } = await assertRejects(() => HttpPlugin.setUp(options), UserError);
      assertEquals(problems.length, 1);
      if (typeof problem === "string") assertEquals(problems[0], problem);
      else assertMatch(problems[0]!, problem);
    });
  }
});
