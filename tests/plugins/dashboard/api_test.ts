/** From HTTP to the broker's commands and back: arguments, listings, streams, errors, and the page's files. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ConflictError, NotFoundError, UserError } from "../../../plugin.ts";
import { Feed } from "../../../lib/feed.ts";
import { KEEP_ALIVE_MS } from "../../../plugins/dashboard/events.ts";
import { until } from "../../support/until.ts";
import { ALICE, bearer, fromPage, problem, Stage } from "./stage.ts";

const ADMIN = bearer("midge_admin");

/** The arguments that a request comes to. */
async function argsOf(stage: Stage, method: string, path: string, body?: unknown) {
  stage.commands.length = 0;
  const sent = body === undefined ? {} : { body };
  const response = await stage.ask(`/api/v1${path}`, { method, headers: ADMIN, ...sent });
  assertEquals(response.status, 200, await response.text());
  return stage.commands[0]?.slice(0, 2);
}

Deno.test("arguments come from the path, the query and the body, and are what the schema says", async () => {
  const stage = new Stage();
  assertEquals(await argsOf(stage, "GET", "/clients/a%2Fb%20%25%C3%A9"), ["client", {
    clientId: "a/b %é",
  }]);
  assertEquals(await argsOf(stage, "GET", "/clients/a%252Fb"), ["client", { clientId: "a%2Fb" }]);
  assertEquals(await argsOf(stage, "GET", "/topic?topicName=a%2Fb%2B1"), ["topic", {
    topicName: "a/b+1",
  }]);
  assertEquals(await argsOf(stage, "DELETE", "/retained?topicFilter=%23&dryRun=true"), [
    "retained purge",
    { topicFilter: "#", dryRun: true },
  ]);
  assertEquals(await argsOf(stage, "PUT", "/users/bob", { password: "x" }), ["user passwd", {
    username: "bob",
    password: "x",
  }]);
  assertEquals(await argsOf(stage, "POST", "/publish", { topicName: "t", qos: 1, payload: "5" }), [
    "publish",
    { topicName: "t", qos: 1, payload: "5" },
  ]);
  assertEquals(await argsOf(stage, "POST", "/access/reload"), ["acl reload", {}]);
  stage.answer = () => [].values();
  assertEquals(await argsOf(stage, "GET", "/history?since=17.5&limit=5"), ["history", {
    since: 17.5,
  }]);
  assertEquals(await argsOf(stage, "GET", "/clients?search=12"), ["clients", { search: "12" }]);
});

Deno.test("what is no request for a route is said, and reaches no command", async () => {
  const stage = new Stage();
  const cases: [string, string, unknown, number][] = [
    ["GET", "/nothing", undefined, 404],
    ["GET", "/clients/a/b", undefined, 404],
    ["POST", "/clients", {}, 405],
    ["DELETE", "/me", undefined, 405],
    ["OPTIONS", "/clients", undefined, 405],
    ["PUT", "/users/bob", { password: "x", username: "eve" }, 400],
    ["DELETE", "/users/bob?username=eve", undefined, 400],
    ["POST", "/publish?topicName=t", {}, 400],
    ["POST", "/publish", "{", 400],
    ["POST", "/publish", "[]", 400],
    ["POST", "/publish", "null", 400],
    ["GET", "/topic?topicName=a&topicName=b", undefined, 400],
    ["GET", "/clients?limit=0", undefined, 400],
    ["GET", "/clients?limit=1001", undefined, 400],
    ["GET", "/clients?limit=1&limit=1", undefined, 400],
    ["GET", "/clients?offset=-1", undefined, 400],
    ["GET", "/clients?offset=1e3", undefined, 400],
  ];
  for (const [method, path, body, status] of cases) {
    const sent = body === undefined ? {} : { body };
    const response = await stage.ask(`/api/v1${path}`, { method, headers: ADMIN, ...sent });
    assertEquals([method, path, (await problem(response))[0]], [method, path, status]);
  }
  const typed = { ...ADMIN, "content-type": "application/x-www-form-urlencoded" };
  const form = await stage.ask("/api/v1/publish", { method: "POST", headers: typed, body: "a=b" });
  assertEquals(form.status, 415);
  assertEquals(
    (await stage.ask("/api/v1/clients", { method: "POST", headers: ADMIN, body: {} })).headers.get(
      "allow",
    ),
    "GET",
  );
  assertEquals(stage.commands, []);
});

Deno.test("a listing is answered part by part, and no further than it is asked", async () => {
  const stage = new Stage();
  let taken = 0;
  let ended = 0;
  stage.answer = () => {
    const rows = function* () {
      try {
        for (let part = 0; part < 100; part++) {
          taken++;
          yield Array.from({ length: 7 }, (_, index) => part * 7 + index);
        }
      } finally {
        ended++;
      }
    };
    return rows();
  };
  const get = async (query: string) =>
    await (await stage.ask(`/api/v1/clients${query}`, { headers: ADMIN })).json();
  assertEquals(await get("?limit=3"), { items: [0, 1, 2], next: 3 });
  assertEquals([taken, ended], [1, 1]);
  assertEquals(await get("?offset=5&limit=4"), { items: [5, 6, 7, 8], next: 9 });
  assertEquals(await get("?offset=0&limit=7"), { items: [0, 1, 2, 3, 4, 5, 6], next: 7 });
  assertEquals(await get("?offset=698&limit=2"), { items: [698, 699], next: null });
  assertEquals(await get("?offset=700"), { items: [], next: null });
  assertEquals((await get("")).items.length, 100);
  const all: number[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const page: { items: number[]; next: number | null } = await get(`?offset=${offset}&limit=13`);
    all.push(...page.items);
    offset = page.next;
  }
  assertEquals(all, Array.from({ length: 700 }, (_, index) => index));
});

Deno.test("what the broker refuses is told, what it fails with is not", async () => {
  const stage = new Stage();
  const cases: [Error, number, string][] = [
    [new UserError("not so"), 400, "not so"],
    [new NotFoundError("no such client"), 404, "no such client"],
    [new ConflictError("it has changed"), 409, "it has changed"],
    [new TypeError("secret at /home/x.ts:1"), 500, "the broker could not do it; its log says why"],
  ];
  for (const [error, status, message] of cases) {
    stage.answer = () => {
      throw error;
    };
    const response = await stage.ask("/api/v1/status", { headers: ADMIN });
    assertEquals([response.status, (await response.json()).error.message], [status, message]);
  }
  assert(stage.log.some((line) => line.includes("secret at /home/x.ts:1")));
});

/** A stream of the log, read as far as a test wants. */
async function stream(stage: Stage, headers: Record<string, string>, signal?: AbortSignal) {
  const feed = new Feed<unknown>(10, () => {});
  stage.answer = () => feed;
  const given = signal === undefined ? {} : { signal };
  const response = await stage.ask("/api/v1/log/tail", { headers, ...given });
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () => (await reader.read()).value;
  assertEquals(await next(), ": midge\n\n");
  return { feed, next, reader };
}

Deno.test("a stream sends each event, a comment where it is quiet, and ends with its source", async () => {
  const stage = new Stage();
  const { feed, next } = await stream(stage, ADMIN);
  feed.give({ message: "a\nb" });
  assertEquals(await next(), 'data: {"message":"a\\nb"}\n\n');
  const quiet = next();
  await until(() => stage.clock.timerCount > 0, "the wait for an event");
  stage.clock.advance(KEEP_ALIVE_MS);
  assertEquals(await quiet, ": quiet\n\n");
  feed.end();
  assertEquals(await next(), undefined);
});

Deno.test("a stream ends with its connection, with its login and with the server, and its source with it", async () => {
  const stage = new Stage();
  const connection = new AbortController();
  const first = await stream(stage, ADMIN, connection.signal);
  connection.abort();
  assertEquals([await first.next(), (await first.feed.next()).done], [undefined, true]);
  const second = await stream(stage, ADMIN);
  await second.reader.cancel();
  assertEquals((await second.feed.next()).done, true);
  const login = await stage.logIn(ALICE);
  const third = await stream(stage, { cookie: login.cookie });
  await stage.ask("/logout", { method: "POST", headers: fromPage(login) });
  third.feed.give("for no one");
  assertEquals([await third.next(), (await third.feed.next()).done], [undefined, true]);
  const fourth = await stream(stage, ADMIN);
  stage.dashboard.end();
  assertEquals([await fourth.next(), (await fourth.feed.next()).done], [undefined, true]);
});

Deno.test("a stream by a token ends when that token is void", async () => {
  const stage = new Stage();
  const { feed, next } = await stream(stage, ADMIN);
  stage.tokens.delete("midge_admin");
  feed.give("for no one");
  assertEquals([await next(), (await feed.next()).done], [undefined, true]);
});

Deno.test("one name has at most eight streams", async () => {
  const stage = new Stage();
  const open = [];
  for (let i = 0; i < 8; i++) open.push(await stream(stage, ADMIN));
  const ninth = await stage.ask("/api/v1/log/tail", { headers: ADMIN });
  assertEquals(await problem(ninth), [429, "too_many_streams"]);
  await (await stream(stage, bearer("midge_viewer"))).reader.cancel();
  await open[0]!.reader.cancel();
  await (await stream(stage, ADMIN)).reader.cancel();
  stage.dashboard.end();
});

Deno.test("the page's files: types, compressed, and unchanged ones are not sent again", async () => {
  const stage = new Stage();
  const page = await stage.ask("/");
  assertEquals([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  const text = await page.text();
  assertStringIncludes(text, '<script type="module" src="app.js">');
  assert(!/<script(?![^>]*src=)|style="|javascript:|https?:\/\//.test(text), text);
  const zipped = await stage.ask("/app.js", { headers: { "accept-encoding": "br, gzip" } });
  assertEquals(zipped.headers.get("content-encoding"), "gzip");
  const plain = await stage.ask("/app.js", { headers: { "accept-encoding": "gzip;q=0" } });
  assertEquals(plain.headers.get("content-encoding"), null);
  const unzipped = zipped.body!.pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(unzipped).text(), await plain.text());
  const tag = plain.headers.get("etag") ?? "";
  assertMatch(tag, /^"[0-9a-f]{24}"$/);
  const again = await stage.ask("/app.js", { headers: { "if-none-match": `W/${tag}` } });
  assertEquals([again.status, again.body], [304, null]);
  assertEquals(
    (await stage.ask("/vendor/preact.js")).headers.get("content-type"),
    "text/javascript; charset=utf-8",
  );
  assertEquals((await stage.ask("/app.js", { method: "POST" })).status, 405);
});

Deno.test("nothing but the page's own files is read", async () => {
  const stage = new Stage();
  for (
    const path of [
      "/..%2f..%2fdashboard.ts",
      "/../dashboard.ts",
      "/%2e%2e/dashboard/server.ts",
      "//etc/passwd",
      "/views/..%5c..%5capp.js",
      "/vendor/../../server.js",
      "/app.js%00",
      "/app.ts",
      "/APP.js",
      "/page/app.js",
      "/vendor/hono.js",
      "/views/",
      "/a/b/c/d.js",
      "/clients",
    ]
  ) assertEquals([path, (await stage.ask(path)).status], [path, 404]);
});

Deno.test("below base_path, whether the proxy takes it off or not", async () => {
  const stage = new Stage({ base_path: "/midge/" });
  const bare = await stage.ask("/midge");
  assertEquals([bare.status, bare.headers.get("location")], [308, "/midge/"]);
  for (const path of ["/midge/", "/", "/midge/app.js", "/midge/healthz"]) {
    assertEquals([path, (await stage.ask(path)).status], [path, 200]);
  }
  assertEquals((await stage.ask("/midgets/")).status, 404);
  assertEquals((await stage.ask("/midge/api/v1/me", { headers: ADMIN })).status, 200);
});
