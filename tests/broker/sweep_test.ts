/** What one pass over all connections ends is bounded, so that no one waits for a thousand ends at once. */
import { assertEquals } from "@std/assert";
import type { Door } from "../../lib/broker/connections.ts";
import { Core } from "../../lib/broker/core.ts";
import { keepSweeping } from "../../lib/broker/life/sweep.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import type { Arrived } from "../../lib/net/listen/listener.ts";
import { captureLog } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeStream } from "../support/fake_stream.ts";

const MANY = 90;
const PEER = { address: "192.0.2.7", port: 4711 };

/** That many connections that say nothing, and passes over them. */
function silentCrowd(hasHandshake: boolean) {
  captureLog();
  const clock = new FakeClock();
  const options = { connect_timeout: "5s" };
  const core = new Core(
    normalizeConfig(options, { directory: Deno.cwd() }),
    clock,
    loggerFor("broker"),
  );
  const door: Door = { name: "d", type: "tcp", maxConnections: Infinity, connections: 0 };
  const comers = Array.from({ length: MANY }, () => {
    const stream = new FakeStream();
    const handshake = Promise.withResolvers<Arrived>();
    const incoming = { peer: PEER, stream, ...(hasHandshake && { handshake: handshake.promise }) };
    return { stream, handshake, over: core.connections.accept(incoming, door) };
  });
  return { clock, core, door, comers, stop: keepSweeping(core) };
}

for (const [what, hasHandshake] of [["handshakes", true], ["clients", false]] as const) {
  Deno.test(`${what} that are too late are closed 40 at a time, 20 ms apart`, async () => {
    const { clock, core, door, comers, stop } = silentCrowd(hasHandshake);
    const closed = () => comers.filter(({ stream }) => stream.closeCount === 1).length;
    const counts = [5000, 249, 1, 19, 1, 20, 1000].map((milliseconds) => {
      clock.advance(milliseconds);
      return closed();
    });
    assertEquals(counts, [0, 0, 40, 40, 80, MANY, MANY]);
    if (hasHandshake) { for (const { handshake } of comers) handshake.reject(new Error("closed")); }
    await Promise.all(comers.map(({ over }) => over));
    assertEquals([core.connections.size, door.connections], [0, 0]);
    stop();
    assertEquals(clock.timerCount, 0);
  });
}

Deno.test("a stop between two passes ends the passes", async () => {
  const { clock, comers, stop } = silentCrowd(false);
  clock.advance(5250);
  stop();
  assertEquals(clock.timerCount, 0);
  clock.advance(1000);
  const open = comers.filter(({ stream }) => stream.closeCount === 0);
  assertEquals(open.length, MANY - 40);
  for (const { stream } of open) stream.end();
  await Promise.all(comers.map(({ over }) => over));
});
