/** Connections that did not come by a listener: from an embedder, from a plugin; and what is known of their peer. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker, type PluginContext } from "../../mod.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { connack, connect, DISCONNECT, puback, publish, toHex } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

/** The other end of a stream that a test hands over. */
class Pipe {
  readonly stream = new FakeStream();

  /** Waits until these bytes, and no others, have been written in all. */
  async wrote(...packets: Uint8Array[]): Promise<void> {
    const wanted = packets.map((packet) => toHex(packet)).join(" ");
    await until(() => toHex(Uint8Array.from(this.stream.written)) === wanted, wanted);
  }
}

Deno.test("an embedder hands over a stream: it is a client like any other, to its end", async () => {
  await using it = await ClockedBroker.start();
  const pipe = new Pipe();
  const served = it.broker.accept(pipe.stream, {
    address: "192.0.2.7",
    port: 4711,
    transport: "ws",
    listener: "page",
  });
  pipe.stream.give(connect({ clientId: "page" }));
  await pipe.wrote(connack(false, 0));
  const [client] = it.broker.clients;
  assertEquals(
    [client?.clientId, client?.address, client?.port, client?.listener, client?.transport],
    ["page", "192.0.2.7", 4711, "page", "ws"],
  );
  const other = await it.open("other");
  await other.subscribed(["t", 1]);
  pipe.stream.give(publish("t", "hello", { qos: 1, id: 5 }));
  await other.gets("hello/1");
  await pipe.wrote(connack(false, 0), puback(5));
  pipe.stream.give(DISCONNECT);
  await served;
  assertEquals([pipe.stream.closeCount, it.broker.clients.length], [1, 1]);
});

Deno.test("a plugin hands over streams under its own name", async () => {
  let context: PluginContext | undefined;
  const plugin = inlinePlugin((given) => {
    context = given;
    return {};
  });
  await using it = await ClockedBroker.start({ plugins: { [plugin]: null } });
  const pipe = new Pipe();
  const { accept } = context!;
  const served = accept!(pipe.stream, { address: "" });
  pipe.stream.give(connect({ clientId: "c" }));
  await pipe.wrote(connack(false, 0));
  const [client] = it.broker.clients;
  assertEquals([client?.listener, client?.transport, client?.port], [plugin, "stream", 0]);
  assert(it.broker.kick("c"));
  await served;
  assertEquals(pipe.stream.closeCount, 1);
});

Deno.test("rules see the peer: its address, and its certificate as %C and %d", async () => {
  const rules = [
    { permission: "allow", all: true, action: "publish", topics: ["cert/%C/#", "subject/%d"] },
    { permission: "allow", ip: "192.0.2.0/24", action: "publish", topics: ["near"] },
    { permission: "deny", all: true, action: "publish", topics: "all" },
  ];
  await using it = await ClockedBroker.start({ plugins: { acl_file: { rules } } });
  const pipe = new Pipe();
  const certificate = { commonName: "device7", subject: "CN=device7" };
  const served = it.broker.accept(pipe.stream, { address: "192.0.2.9", certificate });
  pipe.stream.give(connect({ clientId: "c" }));
  await pipe.wrote(connack(false, 0));
  const verdictOn = async (topic: string) =>
    (await it.broker.explain({ client: "c", action: "publish", topic })).verdict;
  const topics = ["cert/device7/x", "subject/CN=device7", "near", "cert/device8/x"];
  assertEquals(await Promise.all(topics.map(verdictOn)), ["allow", "allow", "allow", "deny"]);
  pipe.stream.end();
  await served;
});

Deno.test("time-outs and limits hold: no CONNECT in time, max_connections", async () => {
  await using it = await ClockedBroker.start({ max_connections: 1, connect_timeout: "5s" });
  const [silent, surplus] = [new Pipe(), new Pipe()];
  const served = it.broker.accept(silent.stream, { address: "192.0.2.1" });
  const refused = it.broker.accept(surplus.stream, { address: "192.0.2.2" });
  surplus.stream.give(connect({ clientId: "c" }));
  await surplus.wrote(connack(false, 3));
  await refused;
  it.clock.advance(5250);
  await served;
  assertEquals([silent.stream.closeCount, silent.stream.written.length], [1, 0]);
  assertEquals(it.logged("192.0.2.1 is closed: no CONNECT in time").length, 1);
});

Deno.test("a broker that does not run takes no stream, and closes it", async () => {
  const broker = new Broker(testConfig({}));
  const stream = new FakeStream();
  await assertRejects(
    () => broker.accept(stream, { address: "" }),
    Error,
    "the broker does not run; expected one that has started",
  );
  assertEquals(stream.closeCount, 1);
  await broker.stop();
});

Deno.test("the stop ends streams that were handed over", async () => {
  const pipe = new Pipe();
  const it = await ClockedBroker.start();
  const served = it.broker.accept(pipe.stream, { address: "192.0.2.1" });
  pipe.stream.give(connect({ clientId: "c" }));
  await pipe.wrote(connack(false, 0));
  await it[Symbol.asyncDispose]();
  await served;
  assertEquals(pipe.stream.closeCount, 1);
});
