/** HttpAgent against servers that are told byte by byte what to do: keep-alive, time-outs, failures, TLS. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { SourceError } from "../../../lib/access/sources/error.ts";
import { HttpAgent } from "../../../plugins/http/agent.ts";
import type { HttpRequest } from "../../../plugins/http/request.ts";
import type { TlsMaterial } from "../../../lib/access/sources/tls_options.ts";
import { certAndKey, certPath } from "../../support/certs.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";
import { CLOSE, HANG, RawHttpServer, response } from "../../support/raw_http_server.ts";
import { within } from "../../support/raw_client.ts";
import { until } from "../../support/until.ts";
import { NEVER } from "../../access/sources/support.ts";
import { freePort } from "../../services/free_port.ts";

const NO_TLS: TlsMaterial = {
  authority: undefined,
  cert: undefined,
  key: undefined,
  serverName: undefined,
  verify: true,
};
const OUR_CA = Deno.readTextFileSync(certPath("ca.pem"));

class TestAgent extends HttpAgent implements Disposable {
  constructor(harness = new PluginHarness(), tls: Partial<TlsMaterial> = {}) {
    super(harness.clock, { timeout: 5000, connectTimeout: 2000, tls: { ...NO_TLS, ...tls } });
  }

  /** Status and body of a GET. */
  async get(url: string, signal = NEVER): Promise<string> {
    const request: HttpRequest = {
      method: "GET",
      url: new URL(url),
      headers: new Map(),
      body: undefined,
    };
    const { status, body } = await within(this.send(request, signal), "a response");
    return `${status} ${new TextDecoder().decode(body)}`;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

async function failure(promise: Promise<unknown>): Promise<SourceError> {
  return await assertRejects(() => promise, SourceError);
}

Deno.test("the bytes of a request", async () => {
  await using server = new RawHttpServer(() => response(200));
  using agent = new TestAgent();
  const url = new URL(server.url("/a%20b?c=d"));
  const headers = new Map([["content-type", "text/plain"], ["x-key", "k\u00e9y"]]);
  await agent.send({ method: "POST", url, headers, body: "na\u00efve" }, NEVER);
  await agent.send({
    method: "GET",
    url,
    headers: new Map([["host", "h.example"]]),
    body: undefined,
  }, NEVER);
  assertEquals(server.requests, [
    `POST /a%20b?c=d HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\ncontent-type: text/plain\r\n` +
    "x-key: k\u00e9y\r\ncontent-length: 6\r\n\r\nna\u00c3\u00afve",
    "GET /a%20b?c=d HTTP/1.1\r\nhost: h.example\r\n\r\n",
  ]);
});

Deno.test("one connection serves one request after the other", async () => {
  await using server = new RawHttpServer(() => response(200, "ok"));
  using agent = new TestAgent();
  for (let i = 0; i < 10; i++) assertEquals(await agent.get(server.url("/")), "200 ok");
  assertEquals(server.connections, 1);
  await Promise.all(Array.from({ length: 3 }, () => agent.get(server.url("/"))));
  assertEquals(server.connections, 3, "three at a time need three");
});

Deno.test("a connection is not used again when the server says so, or said too much", async () => {
  const answers = [
    response(200, "ok", ["connection: close"]),
    response(200, "ok") + "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
  ];
  await using server = new RawHttpServer((_, index) => answers[index] ?? response(200, "ok"));
  using agent = new TestAgent();
  for (let i = 0; i < 5; i++) assertEquals(await agent.get(server.url("/")), "200 ok");
  assertEquals(server.connections, 4);
});

Deno.test("a connection that the server closed meanwhile is replaced, the request sent again", async () => {
  await using server = new RawHttpServer((_, index) =>
    index === 0 ? [response(200, "first"), CLOSE] : response(200, "second")
  );
  using agent = new TestAgent();
  assertEquals(await agent.get(server.url("/")), "200 first");
  await server.allClosed();
  assertEquals(await agent.get(server.url("/")), "200 second");
  assertEquals(server.connections, 2);
});

Deno.test("a request that fails on a new connection is not sent again", async () => {
  await using server = new RawHttpServer(() => CLOSE);
  using agent = new TestAgent();
  const error = await failure(agent.get(server.url("/path?secret=1")));
  assertEquals(error.isTransport, true);
  const where = server.url("/path");
  assertEquals(
    error.message,
    `GET ${where}: the connection was closed before the whole answer had come`,
  );
  assertEquals([server.requests.length, server.connections], [1, 1]);
});

Deno.test("idle connections are closed after half a minute, and at the end", async () => {
  await using server = new RawHttpServer(() => response(200));
  const harness = new PluginHarness();
  using agent = new TestAgent(harness);
  await agent.get(server.url("/"));
  harness.advance(20_000);
  await agent.get(server.url("/"));
  harness.advance(20_000);
  await agent.get(server.url("/"));
  assertEquals(server.connections, 1);
  harness.advance(40_000);
  await server.allClosed();
  await agent.get(server.url("/"));
  agent.close();
  await server.allClosed();
  assertEquals([server.connections, harness.timerCount], [2, 0]);
});

Deno.test("what is under way at the end is finished, and its connection closed", async () => {
  const answer = Promise.withResolvers<string>();
  await using server = new RawHttpServer(() => answer.promise);
  using agent = new TestAgent();
  const asking = agent.get(server.url("/"));
  await server.requestCount(1);
  agent.close();
  answer.resolve(response(200, "ok"));
  assertEquals(await asking, "200 ok");
  await server.allClosed();
});

Deno.test("a server that hangs, in front of, within and behind the head", async (t) => {
  for (const answer of ["", "HTTP/1.1 200 OK\r\n", response(200, "x").slice(0, -1)]) {
    await t.step(JSON.stringify(answer), async () => {
      await using server = new RawHttpServer(() => [answer, HANG]);
      const harness = new PluginHarness();
      using agent = new TestAgent(harness);
      const asking = failure(agent.get(server.url("/")));
      await server.requestCount(1);
      harness.advance(5000);
      const error = await asking;
      assertEquals(error.message, `GET ${server.url("/")}: no answer within 5 s`);
      assertEquals(error.isTransport, true);
      await server.allClosed();
      agent.close();
      assertEquals(harness.timerCount, 0);
    });
  }
});

Deno.test("a signal ends an attempt at once, with its reason", async () => {
  await using server = new RawHttpServer(() => HANG);
  using agent = new TestAgent();
  const controller = new AbortController();
  const asking = assertRejects(() => agent.get(server.url("/"), controller.signal), Error, "gone");
  await server.requestCount(1);
  controller.abort(new Error("gone"));
  await asking;
  await server.allClosed();
  await assertRejects(() => agent.get(server.url("/"), controller.signal), Error, "gone");
});

Deno.test("nobody listens, a reset in the middle, no HTTP", async () => {
  using agent = new TestAgent();
  const refused = await failure(agent.get(`http://127.0.0.1:${freePort()}/`));
  assertMatch(refused.message, /^GET http:\/\/127\.0\.0\.1:\d+\/: Connection refused/);
  assertEquals(refused.isTransport, true);

  const start = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc";
  await using server = new RawHttpServer((
    _,
    index,
  ) => [index === 0 ? start : "SSH-2.0-x\r\n", CLOSE]);
  const reset = await failure(agent.get(server.url("/")));
  assertEquals(reset.isTransport, true);
  const foreign = await failure(agent.get(server.url("/")));
  assertEquals(foreign.message, `GET ${server.url("/")}: what came back is not HTTP/1.1`);
  assertEquals(foreign.isTransport, false);
});

Deno.test("a body without end is left where it is", async () => {
  const start = "HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n";
  const flood = new Uint8Array(1_000_000);
  await using server = new RawHttpServer(() => [start, ...Array(100).fill(flood)]);
  using agent = new TestAgent();
  assertEquals(await agent.get(server.url("/")), "200 ");
  await server.allClosed();
});

Deno.test("TLS: an authority of one's own; without it and with another name: refused", async () => {
  await using server = new RawHttpServer(() => response(200, "ok"), certAndKey("server"));
  await using other = new RawHttpServer(() => response(200, "ok"), certAndKey("other_name"));
  using agent = new TestAgent(new PluginHarness(), { authority: OUR_CA });
  assertEquals(await agent.get(server.url("/", "https")), "200 ok");
  assertEquals(await agent.get(server.url("/", "https")), "200 ok");
  assertEquals(server.connections, 1);
  const wrongName = await failure(agent.get(other.url("/", "https")));
  assertMatch(wrongName.message, /does not match certificate/);
  using stranger = new TestAgent();
  assertMatch((await failure(stranger.get(server.url("/", "https")))).message, /certificate/);
  assertEquals([server.requests.length, other.requests.length], [2, 0]);
});

Deno.test("TLS: server_name is asked for and checked, verify: false checks nothing", async () => {
  await using server = new RawHttpServer(() => response(200, "ok"), certAndKey("server"));
  await using other = new RawHttpServer(() => response(200, "ok"), certAndKey("other_name"));
  const named = { authority: OUR_CA, serverName: "access.example" };
  using agent = new TestAgent(new PluginHarness(), named);
  assertEquals(await agent.get(other.url("/", "https")), "200 ok");
  assertEquals(await agent.get(other.url("/", "https")), "200 ok");
  assertEquals(other.connections, 1);
  await failure(agent.get(server.url("/", "https")));
  using trusting = new TestAgent(new PluginHarness(), { verify: false });
  assertEquals(await trusting.get(other.url("/", "https")), "200 ok");
  assertEquals(server.requests.length, 0);
});

Deno.test("TLS: new certificates are used from the next connection on", async () => {
  await using server = new RawHttpServer(() => response(200, "ok"), certAndKey("server"));
  using agent = new TestAgent();
  await failure(agent.get(server.url("/", "https")));
  agent.useTls({ ...NO_TLS, authority: OUR_CA });
  assertEquals(await agent.get(server.url("/", "https")), "200 ok");
  agent.useTls(NO_TLS);
  await server.allClosed();
  await failure(agent.get(server.url("/", "https")));
});

Deno.test("TLS: a handshake that hangs ends with the time for connecting", async () => {
  await using server = new RawHttpServer(() => HANG);
  const harness = new PluginHarness();
  using agent = new TestAgent(harness);
  const asking = failure(agent.get(server.url("/", "https")));
  await until(() => server.connections > 0, "a connection");
  harness.advance(2000);
  assertMatch((await asking).message, /no connection within 2 s$/);
  await server.allClosed();
});

Deno.test("TLS: a server that hangs behind the handshake", async () => {
  await using server = new RawHttpServer(() => HANG, certAndKey("server"));
  const harness = new PluginHarness();
  using agent = new TestAgent(harness, { authority: OUR_CA });
  const asking = failure(agent.get(server.url("/", "https")));
  await server.requestCount(1);
  harness.advance(5000);
  assertMatch((await asking).message, /no answer within 5 s$/);
  await server.allClosed();
});

Deno.test("TLS to a server that speaks none", async () => {
  using agent = new TestAgent();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const greeting = listener.accept().then(async (connection) => {
    await connection.write(new TextEncoder().encode("220 mail.example ESMTP\r\n"));
    connection.close();
  });
  assertEquals((await failure(agent.get(`https://127.0.0.1:${port}/`))).isTransport, true);
  await greeting;
  listener.close();
});
