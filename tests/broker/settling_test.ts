/** What is under way for long keeps no slab in memory: the broker copies it out, by itself and in slices. */
import { assert, assertEquals } from "@std/assert";
import { Core } from "../../lib/broker/core.ts";
import { sweep } from "../../lib/broker/life/sweep.ts";
import type { BrokerSession } from "../../lib/broker/sessions.ts";
import { settle } from "../../lib/broker/settling.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import { Turn } from "../../lib/net/turn.ts";
import { OWN } from "../../lib/session/message.ts";
import { PayloadSlabs } from "../../lib/session/payload_slabs.ts";
import { FakeOutlet, outgoing } from "../session/support.ts";
import { FakeClock } from "../support/fake_clock.ts";

function makeCore(): Core {
  return new Core(
    normalizeConfig({}, { directory: Deno.cwd() }),
    new FakeClock(),
    loggerFor("broker"),
  );
}

function sessionOf(core: Core, clientId: string): BrokerSession {
  const session = core.sessions.create(clientId, 0);
  session.attach(new FakeOutlet());
  return session;
}

const slabsOf = (session: BrokerSession) => session.entries().map(({ message }) => message.slab);

Deno.test("many slabs later, and from sweep to sweep, what is still under way has bytes of its own", () => {
  const core = makeCore();
  const [stuck, busy] = [sessionOf(core, "stuck"), sessionOf(core, "busy")];
  for (let i = 0; i < 5000; i++) {
    if (i % 60 === 0) stuck.deliver(outgoing(`${i}`), 1);
    busy.deliver(outgoing(new Uint8Array(1000)), 1);
    busy.acknowledge(busy.lastPacketId);
  }
  assert(core.slabs.number > 70 && core.slabs.pinned <= 65, `${core.slabs.pinned} slabs`);
  assertEquals(slabsOf(stuck)[0], OWN);
  assert(slabsOf(stuck).at(-1) !== OWN, "what is young stays where it is");
  sweep(core);
  busy.deliver(outgoing(new Uint8Array(4000)), 1);
  for (let i = 0; i < 20; i++) busy.deliver(outgoing(new Uint8Array(4000)), 1);
  sweep(core);
  const stays = slabsOf(stuck).filter((slab) => slab !== OWN);
  assert(stays.length <= 2, `${stays.length} are in slabs after two sweeps`);
  assert(slabsOf(busy).at(-1) !== OWN);
  const again = new FakeOutlet();
  stuck.attach(again);
  const wanted = Array.from({ length: 84 }, (_, i) => `${i * 60}/1#${i + 1}/dup`);
  assertEquals(again.take(), wanted);
});

Deno.test("copying out looks at the clock, pauses, and goes on behind the pause", async () => {
  let time = 0;
  const turn = new Turn(() => time += 1000); // each look at the clock is late
  const pauses: (() => void)[] = [];
  turn.pause = () => new Promise((resolve) => pauses.push(resolve));
  const slabs = new PayloadSlabs();
  const looked: number[] = [];
  for (let i = 0; i < 200; i++) {
    slabs.add({
      isInSlabs: false,
      settle: (_before, isOver) => {
        looked.push(i);
        return isOver();
      },
    });
  }
  slabs.put(new Uint8Array(10), 10);
  slabs.onEnough = () => settle(slabs, { turn, now: () => time += 1000 });
  slabs.look();
  slabs.look();
  assert(looked.length < 200, "not all at once");
  while (pauses.length > 0) {
    pauses.shift()!();
    await Promise.resolve();
    await Promise.resolve();
  }
  assertEquals(new Set(looked).size, 200);
});
