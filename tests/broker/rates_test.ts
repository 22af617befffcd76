/** A client over its rate is read later, and loses nothing; it is not taken for dead, and people see it. */
import { assert, assertEquals } from "@std/assert";
import type { RowOf } from "../../lib/manage/commands.ts";
import { list } from "../../lib/manage/remote.ts";
import type { BrokerOptions, ListenerOptions } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { TempFolder } from "../support/midge_process.ts";
import { bytes, connect, PINGREQ, publish } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

/** A broker whose listener has limits, with a subscriber that counts. */
class Stage implements AsyncDisposable {
  readonly it: ClockedBroker;

  private constructor(it: ClockedBroker) {
    this.it = it;
  }

  static async start(
    limits: ListenerOptions,
    options: BrokerOptions = {},
  ): Promise<Stage> {
    const listeners = { default: { bind: "127.0.0.1:0", ...limits } };
    return new Stage(await ClockedBroker.start({ listeners, ...options }));
  }

  /** PUBLISH packets that were handled. */
  get handled(): number {
    return this.it.broker.metrics.publishReceived;
  }

  get slowed(): Readonly<Record<string, number>> {
    return this.it.broker.metrics.clientsSlowed;
  }

  async handles(count: number): Promise<void> {
    await until(() => this.handled >= count, `${count} messages`);
    await turn();
    assertEquals(this.handled, count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
  }
}

const many = (count: number, qos = 0) =>
  Array.from(
    { length: count },
    (_, i) => publish("t", `${i}`, qos === 0 ? {} : { qos, id: i + 1 }),
  );

Deno.test("messages over the rate are handled later, in order, all of them, at every QoS", async () => {
  for (const qos of [0, 1, 2]) {
    await using stage = await Stage.start({ messages_rate: 10, messages_burst: 5 });
    const { it } = stage;
    const receiver = await it.open("r");
    await receiver.subscribed(["t", qos]);
    const sender = await it.dial();
    await sender.send(connect({ clientId: "s" }), ...many(8, qos));
    await sender.expectPacket("CONNACK");
    await stage.handles(5);
    for (const count of [6, 7, 8]) {
      it.clock.advance(99);
      await turn();
      assertEquals(stage.handled, count - 1);
      it.clock.advance(1);
      await stage.handles(count);
    }
    await receiver.gets(...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `${i}/${qos}`));
    assertEquals(stage.slowed, { messages_rate: 1 });
    assertEquals(it.broker.metrics.messagesDropped, {});
  }
});

Deno.test("what is no PUBLISH is not counted, and passes where no message waits in front of it", async () => {
  await using stage = await Stage.start({ messages_rate: 1, messages_burst: 1 });
  const client = await stage.it.open("c");
  await client.publish("t", "1");
  await stage.handles(1);
  for (let i = 0; i < 20; i++) await client.ping();
  await client.subscribed(["t", 1]);
  assertEquals(stage.slowed, {});
});

Deno.test("each client has a rate of its own, and a listener without rates has none", async () => {
  await using stage = await Stage.start({ messages_rate: 1, messages_burst: 2 });
  const [first, second] = [await stage.it.open("a"), await stage.it.open("b")];
  for (const client of [first, second]) {
    for (const payload of ["1", "2"]) await client.publish("t", payload);
  }
  await stage.handles(4);
  await using free = await Stage.start({});
  const client = await free.it.open("c");
  for (let i = 0; i < 100; i++) await client.publish("t", "x");
  await free.handles(100);
});

Deno.test("a pause is half a keep-alive at most: then its PINGREQ is answered, and no one takes it for dead", async () => {
  await using stage = await Stage.start({ messages_rate: "1/h", messages_burst: 1 });
  const { it } = stage;
  const client = await it.dial();
  await client.send(connect({ clientId: "c", keepAlive: 60 }), ...many(3), PINGREQ);
  await client.expectPacket("CONNACK");
  await stage.handles(1);
  it.clock.advance(29_999);
  await turn();
  assertEquals(stage.handled, 1);
  it.clock.advance(1);
  await stage.handles(2);
  it.clock.advance(30_000);
  await client.expectPacket("PINGRESP");
  assertEquals(stage.handled, 3);
  it.clock.advance(89_000);
  await turn();
  assertEquals(
    it.broker.clients.length,
    1,
    "its silence was ours until the last message was handled",
  );
  it.clock.advance(2000);
  await client.expectClosed();
});

Deno.test("without a keep-alive a pause takes as long as the rate says; with one of a second, half of it", async () => {
  for (const [keepAlive, pause] of [[0, 3_600_000], [1, 500]] as const) {
    await using stage = await Stage.start({ messages_rate: "1/h", messages_burst: 1 });
    const { it } = stage;
    const client = await it.dial();
    await client.send(connect({ clientId: "c", keepAlive }), ...many(2));
    await client.expectPacket("CONNACK");
    await stage.handles(1);
    it.clock.advance(pause - 1);
    await turn();
    assertEquals(stage.handled, 1);
    it.clock.advance(1);
    await stage.handles(2);
  }
});

Deno.test("bytes over the rate are read later; a packet that takes hours to come in is no silence", async () => {
  await using stage = await Stage.start({ bytes_rate: 100, bytes_burst: 200 });
  const { it } = stage;
  const client = await it.dial();
  await client.send(connect({ clientId: "c", keepAlive: 4 }));
  await client.expectPacket("CONNACK");
  await client.send(publish("t", "x".repeat(190)), publish("t", "y".repeat(1995)), PINGREQ);
  await stage.handles(1);
  const received = () => it.broker.metrics.bytesReceived;
  await until(() => received() >= 200, "the burst");
  const start = it.clock.now();
  const before = received() - 200;
  let most = 0;
  while (stage.handled < 2) {
    it.clock.advance(20);
    await turn();
    const rate = (received() - before - 200) / (it.clock.now() - start) * 1000;
    most = Math.max(most, rate);
    assert(it.clock.now() - start < 60_000, "it takes too long");
  }
  assert(most <= 100.001, `${most} bytes a second`);
  assert(it.clock.now() - start >= 19_900, `after ${it.clock.now() - start} ms`);
  it.clock.advance(1000);
  await client.expectPacket("PINGRESP");
  assertEquals(stage.slowed, { bytes_rate: 1 });
});

Deno.test("what came behind CONNECT in one read counts", async () => {
  await using stage = await Stage.start({ bytes_rate: 1000, bytes_burst: 100 });
  const { it } = stage;
  const other = await it.dial();
  await other.send(bytes(connect({ clientId: "d" }), publish("t", "x".repeat(400))));
  await other.expectPacket("CONNACK");
  await stage.handles(1);
  await until(() => stage.slowed.bytes_rate === 1, "a client that is slowed down");
});

Deno.test("a client over its rate is seen: in the log once, in ctl clients, in the metrics", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  await using stage = await Stage.start({ messages_rate: 10, messages_burst: 1 }, {
    management: { path },
  });
  const { it } = stage;
  const client = await it.dial();
  await client.send(connect({ clientId: "c" }), ...many(3));
  await client.expectPacket("CONNACK");
  await until(() => stage.slowed.messages_rate === 1, "it is slowed down");
  const waits = async () => {
    const rows: RowOf<"clients">[] = [];
    const target = { kind: "unix", path } as const;
    await list(target, "clients", {}, (part) => void rows.push(...part));
    return rows.map((row) => row.waits);
  };
  assertEquals(await waits(), [["is read more slowly: it sends more than messages_rate"]]);
  it.clock.advance(100);
  await stage.handles(2);
  it.clock.advance(100);
  await stage.handles(3);
  it.clock.advance(1000);
  assertEquals(await waits(), [[]]);
  const said = "is read more slowly: it sends more than messages_rate (10 a second)";
  assertEquals(it.logged(said).length, 1);
  assertEquals(stage.slowed, { messages_rate: 1 });
});

Deno.test("the end of a client waits for no pause", async () => {
  await using stage = await Stage.start({ messages_rate: "1/h", messages_burst: 1 });
  const { it } = stage;
  const client = await it.dial();
  await client.send(connect({ clientId: "c" }), ...many(2));
  await client.expectPacket("CONNACK");
  await until(() => stage.slowed.messages_rate === 1, "it is slowed down");
  assertEquals(it.broker.kick("c"), true);
  await turn();
  const connected = it.broker.clients.length;
  assertEquals([stage.handled, connected], [1, 0], "what waited is not handled behind the end");
});
