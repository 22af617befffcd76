/** What all sessions have together, counted as it changes: the same as the sums over them, whatever happens. */
import { assertEquals } from "@std/assert";
import { loneServices } from "../../lib/session/services.ts";
import { Session } from "../../lib/session/session.ts";
import { SessionTotals } from "../../lib/session/totals.ts";
import { Random } from "../support/random.ts";
import { FakeOutlet, outgoing } from "./support.ts";

const LIMITS = {
  maxInflight: 5,
  maxInflightBytes: Infinity,
  receiveMaximum: 20,
  maxQueuedMessages: 30,
  maxQueuedBytes: 2000,
};

/** One step on a session; which one `what` says. */
function step(session: Session, random: Random, now: number): void {
  const id = 1 + random.below(12);
  const steps = [
    () => session.deliver(outgoing("x".repeat(random.below(50)), random.below(3) as 0 | 1 | 2), 1),
    () => session.deliver(outgoing("y", 2), 2),
    () => void session.acknowledge(id),
    () => void (session.release(id) && session.complete(id)),
    () => void session.refuse(id),
    () => session.receive(id),
    () => void session.forget(id),
    () => session.isConnected ? session.detach(now) : session.attach(new FakeOutlet()),
    () => void session.filterQueue(() => random.below(4) > 0),
    () => void session.filterInflight(() => random.below(4) > 0),
    () => session.drain(),
    () => session.expire(now, 10),
  ];
  steps[random.below(steps.length)]!();
}

for (let seed = 1; seed <= 10; seed++) {
  Deno.test(`totals are the sums over the sessions, seed ${seed}`, () => {
    const random = new Random(seed);
    const totals = new SessionTotals();
    const make = (at: number) =>
      new Session(`c${at}`, Infinity, LIMITS, { ...loneServices(), totals });
    const sessions = Array.from({ length: 4 }, (_, at) => make(at));
    const sum = (of: (session: Session) => number) =>
      sessions.reduce((all, session) => all + of(session), 0);
    for (let now = 0; now < 3000; now++) {
      const at = random.below(sessions.length);
      step(sessions[at]!, random, now);
      if (random.below(200) === 0) {
        sessions[at]!.end();
        sessions[at] = make(at);
      }
      assertEquals(
        [totals.queued, totals.inflightOut, totals.inflightIn],
        [
          sum((one) => one.queuedMessages),
          sum((one) => one.inflightOut),
          sum((one) => one.inflightIn),
        ],
      );
    }
    for (const session of sessions) session.end();
    assertEquals({ ...totals }, { ...new SessionTotals() });
  });
}
