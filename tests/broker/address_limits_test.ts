/** What an address may do at a listener: connections at a time and a second; and that proxies are not their clients. */
import { assertEquals } from "@std/assert";
import { AddressLimits } from "../../lib/broker/address_limits.ts";
import type { Door } from "../../lib/broker/connections.ts";
import { Core } from "../../lib/broker/core.ts";
import { type ListenerLimits, NO_LISTENER_LIMITS } from "../../lib/config/listener_limits.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import type { Arrived } from "../../lib/net/listen/listener.ts";
import { captureLog, ClockedBroker } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { RawClient } from "../support/raw_client.ts";
import { connect } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

const PROXY = "10.0.0.1";

/** A core without listeners, and one door with limits. */
class Stage {
  readonly clock = new FakeClock();
  readonly core = new Core(
    normalizeConfig({}, { directory: Deno.cwd() }),
    this.clock,
    loggerFor("b"),
  );
  readonly log = captureLog();
  readonly door: Door;

  constructor(limits: Partial<ListenerLimits>) {
    const all = { ...NO_LISTENER_LIMITS, ...limits };
    const isProxy = (address: string) => address === PROXY;
    const addresses = new AddressLimits();
    addresses.follow(all, isProxy);
    this.door = {
      name: "l",
      type: "tcp",
      maxConnections: Infinity,
      connections: 0,
      limits: all,
      addresses,
      isProxy,
    };
  }

  /** Connections come in at once. @returns for each: is it open? */
  come(...addresses: string[]): FakeStream[] {
    return addresses.map((address) => {
      const stream = new FakeStream();
      void this.core.connections.accept({ peer: { address, port: 1 }, stream }, this.door);
      return stream;
    });
  }

  /** One whose handshake the test ends. */
  knock(address: string) {
    const stream = new FakeStream();
    const { promise, resolve, reject } = Promise.withResolvers<Arrived>();
    const incoming = { peer: { address, port: 1 }, stream, handshake: promise };
    const over = this.core.connections.accept(incoming, this.door);
    const arrive = (address: string) => resolve({ stream, peer: { address, port: 2 } });
    return { stream, arrive, reject, over };
  }

  get refusals(): Record<string, number> {
    return this.core.refusals.byReason;
  }
}

const isOpen = ({ closeCount }: FakeStream) => closeCount === 0;

Deno.test("an address has so many connections at a time, each its own; a /64 is one", async () => {
  const it = new Stage({ connectionsPerAddress: 2 });
  const streams = it.come(
    "192.0.2.7",
    "192.0.2.7",
    "192.0.2.7",
    "192.0.2.8",
    "2001:db8::1",
    "2001:db8::2",
    "2001:db8::3",
  );
  assertEquals(streams.map(isOpen), [true, true, false, true, true, true, false]);
  assertEquals([it.door.connections, it.core.connections.size], [5, 5]);
  assertEquals(it.refusals, { "quota exceeded": 2 });
  assertEquals(
    it.log.filter((line) =>
      line.endsWith("192.0.2.7 is closed: max_connections_per_address (2) is reached (l)")
    ).length,
    1,
  );
  streams[0]!.end();
  await until(() => it.door.connections === 4, "one left");
  assertEquals(it.come("192.0.2.7", "192.0.2.7").map(isOpen), [true, false]);
  assertEquals(it.door.addresses?.size, 3);
  for (const stream of streams.filter(isOpen)) stream.end();
  await until(() => it.door.connections === 1, "all but one left");
  assertEquals(it.door.addresses?.size, 1);
});

Deno.test("an address has its rate of new connections, with a burst; one line says what it is refused", () => {
  const it = new Stage({ connectionRate: { perSecond: 1, burst: 3 } });
  const come = (count: number) => it.come(...Array(count).fill("192.0.2.7")).filter(isOpen).length;
  assertEquals([come(10), come(10)], [3, 0]);
  assertEquals(it.come("192.0.2.8").map(isOpen), [true]);
  it.clock.advance(2000);
  assertEquals(come(10), 2);
  assertEquals(it.refusals, { "connection rate exceeded": 25 });
  const lines = it.log.filter((line) => line.includes("is closed"));
  assertEquals(lines.map((line) => line.slice(line.indexOf("192"))), [
    "192.0.2.7 is closed: more than 1 connections a second (max_conn_rate_per_address) (l)",
  ]);
});

Deno.test("what has no address is not limited: a socket file, a pipe", () => {
  const it = new Stage({ connectionsPerAddress: 1, connectionRate: { perSecond: 1, burst: 1 } });
  assertEquals(it.come("", "", "/run/m.sock", "/run/m.sock").map(isOpen), [true, true, true, true]);
  assertEquals(it.door.addresses?.size, 0);
});

Deno.test("over the rate there is no handshake, and one that fails gives its place back", async () => {
  const it = new Stage({ connectionsPerAddress: 1 });
  const [first, second] = [it.knock("192.0.2.7"), it.knock("192.0.2.7")];
  assertEquals([isOpen(first.stream), isOpen(second.stream)], [true, false]);
  second.reject(new Error("closed")); // no one waits for it
  await second.over;
  first.reject(new Error("no TLS"));
  await first.over;
  assertEquals([it.door.connections, it.door.addresses?.size], [0, 0]);
  const third = it.knock("192.0.2.7");
  third.arrive("192.0.2.7");
  await turn();
  assertEquals([isOpen(third.stream), it.door.addresses?.size, it.come("192.0.2.7").map(isOpen)], [
    true,
    1,
    [false],
  ]);
});

Deno.test("behind a proxy the address that counts is the one it tells, and is looked at then", async () => {
  const it = new Stage({ connectionsPerAddress: 1 });
  const comers = Array.from({ length: 4 }, () => it.knock(PROXY));
  assertEquals(comers.map(({ stream }) => isOpen(stream)), [true, true, true, true]);
  assertEquals([it.door.connections, it.door.addresses?.size], [4, 0]);
  for (const [index, address] of ["192.0.2.7", "192.0.2.7", "192.0.2.8"].entries()) {
    comers[index]!.arrive(address);
    await turn();
  }
  assertEquals(comers.map(({ stream }) => isOpen(stream)), [true, false, true, true]);
  assertEquals([it.door.connections, it.door.addresses?.size], [3, 2]);
  comers[3]!.arrive(PROXY); // it tells nothing: its own connections, such as those that look whether the broker lives
  await turn();
  assertEquals([it.door.connections, it.door.addresses?.size], [3, 3]);
  comers[0]!.stream.end();
  await until(() => it.door.addresses?.size === 2, "the first gone");
});

Deno.test("an address that changes in the handshake of another transport counts as the last one", async () => {
  const it = new Stage({ connectionsPerAddress: 1 });
  const one = it.knock("192.0.2.7");
  one.arrive("192.0.2.8");
  await turn();
  assertEquals(it.come("192.0.2.7", "192.0.2.8").map(isOpen), [true, false]);
});

Deno.test("banned addresses are closed before any handshake, those behind a proxy after its header", async () => {
  const it = new Stage({});
  void it.core.bans.put({
    network: "192.0.2.0/24",
    until: undefined,
    reason: undefined,
    by: "admin",
    since: 0,
  });
  const [direct, other, proxied] = [
    it.knock("192.0.2.7"),
    it.knock("198.51.100.1"),
    it.knock(PROXY),
  ];
  assertEquals([direct, other, proxied].map(({ stream }) => isOpen(stream)), [false, true, true]);
  assertEquals(it.come("192.0.2.200", "192.0.3.1").map(isOpen), [false, true]);
  proxied.arrive("192.0.2.9");
  await turn();
  assertEquals(isOpen(proxied.stream), false);
  assertEquals(it.refusals, { banned: 3 });
  assertEquals(
    it.log.filter((line) => line.endsWith("192.0.2.7 is closed: banned for ever, by admin (l)"))
      .length,
    1,
  );
});

Deno.test("a ban ends handshakes and connections of its network", async () => {
  const it = new Stage({});
  const [inside, outside] = [it.knock("192.0.2.7"), it.knock("192.0.3.7")];
  const streams = it.come("192.0.2.8", "192.0.3.8");
  void it.core.bans.put({
    network: "192.0.2.0/24",
    until: undefined,
    reason: undefined,
    by: "admin",
    since: 0,
  });
  await turn();
  assertEquals([inside.stream, outside.stream, ...streams].map(isOpen), [false, true, false, true]);
  assertEquals(it.core.connections.closeBanned(), 1, "the handshake, until its end is known");
  inside.reject(new Error("closed"));
  await inside.over;
  assertEquals(it.core.connections.closeBanned(), 0);
});

Deno.test("through real sockets: a listener's limits are those of its own configuration", async () => {
  await using it = await ClockedBroker.start({
    listeners: {
      default: { bind: "127.0.0.1:0", max_connections_per_address: 1 },
      other: { bind: "127.0.0.1:0", max_connections_per_address: 0, max_conn_rate_per_address: 2 },
    },
  });
  await it.open("a");
  const second = await it.dial();
  await second.expectClosed();
  const other = { hostname: "127.0.0.1", port: it.broker.listeners[1]!.port };
  for (const clientId of ["b", "c"]) {
    const client = await it.dial(other);
    await client.send(connect({ clientId }));
    await client.expectPacket("CONNACK");
  }
  await (await it.dial(other)).expectClosed();
  it.clock.advance(500);
  await (await RawClient.open(other, { clientId: "d" })).close();
  assertEquals([it.broker.metrics.connectionsOverRate, it.broker.metrics.connectionsRefused], [1, {
    "quota exceeded": 1,
    "connection rate exceeded": 1,
  }]);
});

Deno.test("limits that come with a reload hold for who comes then, and know who is there", () => {
  const it = new Stage({});
  const isProxy = () => false;
  const limit = (connectionsPerAddress: number) =>
    it.door.addresses?.follow({ ...NO_LISTENER_LIMITS, connectionsPerAddress }, isProxy);
  const first = it.come("192.0.2.7", "192.0.2.7");
  limit(3);
  const second = it.come("192.0.2.7", "192.0.2.7", "192.0.2.8");
  assertEquals([...first, ...second].map(isOpen), [true, true, true, false, true]);
  limit(Infinity);
  assertEquals(it.come("192.0.2.7").map(isOpen), [true]);
});
