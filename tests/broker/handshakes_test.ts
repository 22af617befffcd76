/** Handshakes of transports: they count against the limits, are swept, and cost no one else anything. */
import { assertEquals } from "@std/assert";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { Core } from "../../lib/broker/core.ts";
import type { Door } from "../../lib/broker/connections.ts";
import { sweep } from "../../lib/broker/life/sweep.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import type { Arrived } from "../../lib/net/listen/listener.ts";
import { PeerLeftError } from "../../lib/net/listen/peer_left.ts";
import type { Peer } from "../../lib/net/stream.ts";
import { ReasonCode } from "../../lib/wire/codes.ts";
import type { BrokerOptions } from "../../mod.ts";
import { captureLog } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { turn } from "../support/until.ts";

const PEER: Peer = { address: "192.0.2.7", port: 4711 };
const STOPPING = { code: ReasonCode.SERVER_SHUTTING_DOWN, text: "the broker stops" };

/** A core without listeners, and connections whose handshakes the test ends. */
class Stage {
  readonly clock = new FakeClock();
  readonly core: Core;
  readonly door: Door = { name: "tls", type: "tls", maxConnections: 3, connections: 0 };
  readonly log = captureLog("debug");

  constructor(options: BrokerOptions = {}) {
    const config = normalizeConfig(options, { directory: Deno.cwd() });
    this.core = new Core(config, this.clock, loggerFor("broker"));
  }

  /** A connection comes in; `closeFails` as a stream that is closed already. */
  come() {
    const stream = new FakeStream();
    const handshake = Promise.withResolvers<Arrived>();
    const incoming = { peer: PEER, stream, handshake: handshake.promise };
    const over = this.core.connections.accept(incoming, this.door);
    return { stream, handshake, over };
  }

  get counts(): number[] {
    return [this.core.connections.size, this.door.connections];
  }
}

Deno.test("behind its handshake a connection is a client, with what the handshake has told", async () => {
  const it = new Stage();
  const { stream, handshake, over } = it.come();
  await turn();
  assertEquals([it.counts, stream.isReading], [[1, 1], false]);
  const certificate = { commonName: "d7", subject: "CN=d7" };
  handshake.resolve({ stream, peer: { ...PEER, certificate } });
  await turn();
  assertEquals([it.counts, stream.isReading], [[1, 1], true]);
  const [client] = it.core.connections.clients;
  assertEquals([client?.info.certificate?.commonName, client?.info.transport], ["d7", "tls"]);
  stream.end();
  await over;
  assertEquals(it.counts, [0, 0]);
});

Deno.test("a handshake that fails leaves nothing, and one line that names its listener", async () => {
  const it = new Stage();
  const { stream, handshake, over } = it.come();
  handshake.reject(new Error("no certificate"));
  await over;
  assertEquals([it.counts, stream.closeCount], [[0, 0], 1]);
  const lines = it.log.filter((line) => line.includes("handshake failed: no certificate"));
  assertEquals([lines.length, lines[0]?.includes(" info ")], [1, true]);
  assertEquals(lines[0]?.includes("192.0.2.7:4711 closed: "), true);
  assertEquals(lines[0]?.endsWith("no certificate (tls)"), true, lines[0]);
});

for (
  const [title, cause] of [
    ["before its first byte", new PeerLeftError()],
    ["by a reset", new Deno.errors.ConnectionReset("reset")],
    ["by node's reset", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })],
  ] as const
) {
  Deno.test(`a peer that leaves in its handshake, ${title}: a line at level debug`, async () => {
    const it = new Stage();
    const { handshake, over } = it.come();
    handshake.reject(cause);
    await over;
    const lines = it.log.filter((line) => line.includes("handshake failed"));
    assertEquals([lines.length, lines[0]?.includes(" debug ")], [1, true]);
  });
}

Deno.test("failed handshakes without end: some lines a second, and how many more there were", async () => {
  const it = new Stage();
  for (let i = 0; i < 500; i++) {
    const { handshake, over } = it.come();
    handshake.reject(new Error("no certificate"));
    await over;
  }
  const said = () => it.log.filter((line) => line.includes("handshake failed")).length;
  assertEquals(said() > 0 && said() < 100, true, `${said()} lines`);
  it.clock.advance(1001);
  sweep(it.core);
  assertEquals(it.log.some((line) => line.includes("failed handshakes")), true);
});

Deno.test("handshakes count against the limits of the broker and of the listener", async () => {
  for (const [options, allowed] of [[{}, 3], [{ max_connections: 2 }, 2]] as const) {
    const it = new Stage(options);
    const comers = Array.from({ length: 5 }, () => it.come());
    const closed = comers.map(({ stream }) => stream.closeCount);
    assertEquals(closed, [0, 1, 2, 3, 4].map((index) => index < allowed ? 0 : 1));
    assertEquals(it.counts, [allowed, allowed]);
    for (const { handshake } of comers) handshake.reject(new Error("gone"));
    await Promise.all(comers.map(({ over }) => over));
    assertEquals(it.counts, [0, 0]);
  }
});

Deno.test("a handshake that takes longer than connect_timeout is closed; CONNECT has the rest of that time", async () => {
  const it = new Stage({ connect_timeout: "5s" });
  const [slow, quick] = [it.come(), it.come()];
  it.clock.advance(4000);
  quick.handshake.resolve({ stream: quick.stream, peer: PEER });
  await turn();
  sweep(it.core);
  assertEquals([slow.stream.closeCount, quick.stream.closeCount], [0, 0]);
  it.clock.advance(1001);
  sweep(it.core);
  assertEquals([slow.stream.closeCount, quick.stream.closeCount], [1, 1]);
  slow.handshake.reject(new Error("closed"));
  await Promise.all([slow.over, quick.over]);
  assertEquals(it.counts, [0, 0]);
});

Deno.test("the stop ends handshakes; one that succeeds all the same is closed", async () => {
  const it = new Stage();
  const { stream, handshake, over } = it.come();
  it.core.isStopping = true;
  await it.core.connections.close(STOPPING);
  assertEquals(stream.closeCount, 1);
  handshake.resolve({ stream, peer: PEER });
  await over;
  assertEquals([...it.core.connections.clients], []);
  assertEquals(it.counts, [0, 0]);
  assertEquals(it.come().stream.closeCount, 1, "and no other is begun");
});
