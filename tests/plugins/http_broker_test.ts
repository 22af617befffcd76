/** http in a broker, over raw sockets, with real HTTP and HTTPS servers behind it. */
import { assertEquals } from "@std/assert";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { Broker, type BrokerOptions } from "../../mod.ts";
import { certAndKey, certPath } from "../support/certs.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HANG } from "../support/raw_http_server.ts";
import { type BrokerAddress, RawClient, within } from "../support/raw_client.ts";
import { connack, connect, puback, publish, suback, subscribe } from "../support/raw_packets.ts";

type Answer = (url: URL, body: string) => number | string | typeof HANG;

/** A server of Deno's that answers a status, or 200 and a text. Requests that hang end with it. */
class RealServer implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #isTls: boolean;
  readonly #end = Promise.withResolvers<void>();
  #wake = Promise.withResolvers<void>();
  answer: Answer;

  constructor(answer: Answer, tls?: { cert: string; key: string }) {
    this.answer = answer;
    this.#isTls = tls !== undefined;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls };
    this.#server = Deno.serve(options, (request) => this.#handle(request));
  }

  url(path: string): string {
    return `${this.#isTls ? "https" : "http"}://127.0.0.1:${this.#server.addr.port}${path}`;
  }

  async requestCount(count: number): Promise<void> {
    while (this.asked.length < count) await within(this.#wake.promise, `${count} requests`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.resolve();
    await this.#server.shutdown();
  }

  async #handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const body = await request.text();
    this.asked.push(`${request.method} ${url.pathname}${url.search} ${body}`.trim());
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    const answer = this.answer(url, body);
    if (answer === HANG) await this.#end.promise;
    return typeof answer === "string"
      ? new Response(answer)
      : new Response(null, { status: answer === HANG ? 503 : answer });
  }
}

interface Running extends AsyncDisposable {
  readonly broker: Broker;
  readonly clock: FakeClock;
  readonly address: BrokerAddress;
  reload(): Promise<void>;
}

async function start(plugins: Record<string, unknown>, more: BrokerOptions = {}): Promise<Running> {
  const options = { ...more, plugins, listeners: { default: { bind: "127.0.0.1:0" } } };
  const config = () => normalizeConfig(options, { directory: Deno.cwd() });
  const clock = new FakeClock();
  const broker = new Broker(config(), clock);
  await broker.start();
  return {
    broker,
    clock,
    address: { hostname: "127.0.0.1", port: broker.listeners[0]!.port },
    reload: async () => void await broker.reload(config()),
    [Symbol.asyncDispose]: () => broker.stop(),
  };
}

async function connackOf(
  address: BrokerAddress,
  username: string,
  password: string,
): Promise<number> {
  await using client = await RawClient.dial(address);
  await client.send(connect({ clientId: "c1", username, password }));
  return (await client.expectPacket("CONNACK")).body[1]!;
}

const ACL = "access=%A,username=%u,topic=%t";

Deno.test("the guide's setup over HTTP and over HTTPS: login, superuser, rights", async (t) => {
  const answer: Answer = (url, body) => {
    const params = new URLSearchParams(body || url.search);
    const [username, topic] = [params.get("username"), params.get("topic")];
    switch (url.pathname) {
      case "/mqtt/auth":
        return username === "unknown" ? "ignore" : params.get("password") === "public" ? 200 : 401;
      case "/mqtt/superuser":
        return username === "root" ? 200 : 403;
      default:
        return topic === "ignored" ? "ignore" : topic?.startsWith(`${username}/`) ? 200 : 403;
    }
  };
  for (const tls of [undefined, certAndKey("server")]) {
    await t.step(tls ? "HTTPS" : "HTTP", async () => {
      await using server = new RealServer(answer, tls);
      const http = {
        auth_req: { url: server.url("/mqtt/auth") },
        super_req: { url: server.url("/mqtt/superuser") },
        acl_req: { url: server.url("/mqtt/acl") },
        tls: { cafile: certPath("ca.pem") },
      };
      await using running = await start({ http }, { acl_nomatch: "deny" });
      const { address } = running;
      assertEquals(await connackOf(address, "emqx", "public"), 0);
      assertEquals(await connackOf(address, "emqx", "wrong"), 4);
      assertEquals(await connackOf(address, "unknown", "public"), 4);

      await using root = await RawClient.open(address, {
        clientId: "r",
        username: "root",
        password: "public",
      });
      await root.send(subscribe(1, ["#", 0]));
      await root.expect(suback(1, 0));
      const asked = server.asked.length;
      await using emqx = await RawClient.open(address, {
        clientId: "e",
        username: "emqx",
        password: "public",
      });
      await emqx.send(
        publish("emqx/a", "1", { qos: 1, id: 1 }),
        publish("other/a", "2", { qos: 1, id: 2 }),
      );
      await emqx.expect(puback(1), puback(2));
      await emqx.send(
        publish("ignored", "3", { qos: 1, id: 3 }),
        subscribe(4, ["emqx/#", 0], ["b", 0]),
      );
      await emqx.expect(puback(3), suback(4, 0, 0x80));
      assertEquals((await root.expectPublish()).topic, "emqx/a");
      await root.expectNothing();
      const acl =
        "GET /mqtt/acl?access=2&username=emqx&clientid=e&ipaddr=127.0.0.1&topic=emqx%2Fa&mountpoint=";
      assertEquals(server.asked[asked + 2], acl);
    });
  }
});

Deno.test("a server that hangs refuses in time with code 3, and nobody else waits", async () => {
  await using server = new RealServer((_, body) => body.includes("slow") ? HANG : 200);
  const http = { auth_req: { url: server.url("/auth") } };
  await using running = await start({ http });
  await using slow = await RawClient.dial(running.address);
  await slow.send(connect({ clientId: "s", username: "slow", password: "x" }));
  await server.requestCount(1);
  for (let i = 0; i < 20; i++) assertEquals(await connackOf(running.address, "quick", "x"), 0);
  running.clock.advance(4999);
  assertEquals(await connackOf(running.address, "quick", "x"), 0);
  running.clock.advance(1);
  await slow.expect(connack(false, 3));
  await slow.expectClosed();
});

Deno.test("a right that nobody decides holds up its client only, is denied in time, and in order", async () => {
  await using server = new RealServer((url) => url.search.includes("slow") ? HANG : 200);
  const http = { acl_req: { url: server.url("/acl"), params: ACL } };
  await using running = await start({ auth_anonymous: null, http });
  await using reader = await RawClient.open(running.address, { clientId: "r" });
  await reader.send(subscribe(1, ["t/#", 0]));
  await reader.expect(suback(1, 0));
  await using slow = await RawClient.open(running.address, { clientId: "s" });
  await slow.send(
    publish("slow/a", "x", { qos: 1, id: 1 }),
    publish("t/slow", "2", { qos: 1, id: 2 }),
  );
  await server.requestCount(2);
  await using quick = await RawClient.open(running.address, { clientId: "q" });
  for (let id = 1; id <= 20; id++) {
    await quick.send(publish("t/q", `${id}`, { qos: 1, id }));
    await quick.expect(puback(id));
    assertEquals((await reader.expectPublish()).payload, `${id}`);
  }
  running.clock.advance(5000);
  await slow.expect(puback(1));
  await server.requestCount(4);
  running.clock.advance(5000);
  await slow.expect(puback(2));
  await reader.expectNothing();
});

Deno.test("a denial that stands for a failure is not remembered: it works again at once", async () => {
  await using server = new RealServer(() => 500);
  const http = { acl_req: { url: server.url("/acl"), params: ACL } };
  await using running = await start({ auth_anonymous: null, http });
  await using client = await RawClient.open(running.address, { clientId: "c" });
  await client.send(subscribe(1, ["t", 0]));
  await client.expect(suback(1, 0x80));
  server.answer = () => 200;
  await client.send(subscribe(2, ["t", 0]));
  await client.expect(suback(2, 0));
});

Deno.test("a reload asks again: what is denied now ends, what cannot be asked about stays", async () => {
  await using server = new RealServer(() => 200);
  const http = { acl_req: { url: server.url("/acl"), params: ACL } };
  await using running = await start({ auth_anonymous: null, http });
  await using client = await RawClient.open(running.address, { clientId: "c" });
  await client.send(subscribe(1, ["t", 0]), publish("t", "1", { qos: 1, id: 1 }));
  await client.expect(suback(1, 0));
  assertEquals((await client.expectPublish()).payload, "1");
  await client.expect(puback(1));
  await client.send(publish("t", "2"));
  assertEquals((await client.expectPublish()).payload, "2");
  assertEquals(server.asked.length, 2, "each right was asked about once");

  server.answer = () => 503;
  await running.reload();
  assertEquals(server.asked.length, 3);
  running.broker.publish({ topicName: "t", payload: "3" });
  assertEquals((await client.expectPublish()).payload, "3");

  server.answer = () => 403;
  await running.reload();
  running.broker.publish({ topicName: "t", payload: "4" });
  await client.expectNothing();
});

Deno.test("a session that another user resumes keeps nothing that cannot be asked about", async () => {
  await using server = new RealServer(() => 200);
  const req = { url: server.url("/q"), method: "post", params: "u=%u,t=%t" };
  const http = { auth_req: { ...req, params: "u=%u" }, acl_req: req };
  await using running = await start({ http });
  const credentials = { clientId: "c", cleanSession: false, password: "x" };
  const ann = await RawClient.open(running.address, { ...credentials, username: "ann" });
  await ann.send(subscribe(1, ["t", 0]));
  await ann.expect(suback(1, 0));
  await ann.close();
  server.answer = (_, body) => body.includes("&t=") ? 503 : 200;
  await using bob = await RawClient.open(running.address, { ...credentials, username: "bob" });
  running.broker.publish({ topicName: "t", payload: "for ann" });
  await bob.expectNothing();
});
