/** Who guesses waits, who knows the password does not: on a clock of the test's. */
import { assert, assertEquals } from "@std/assert";
import { LoginGate } from "../../../lib/access/chain/login_gate.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { turn } from "../../support/until.ts";

const RIGHT = "the right one";

interface Trying {
  readonly address?: string;
  readonly username?: string;
  readonly password?: string;
}

/** A gate in front of a source that answers at once. */
class Fixture {
  readonly clock = new FakeClock();
  readonly gate = new LoginGate(this.clock);
  readonly start = this.clock.time;
  /** Passwords that the source was asked about. */
  lookedAt = 0;
  turnedAway = 0;

  /** One login; how long its answer took, milliseconds. */
  async login(trying: Trying = {}, signal = new AbortController().signal): Promise<number> {
    const { address = "192.0.2.1", username = "bob", password = "wrong" } = trying;
    const since = this.clock.time;
    const claim = { address, username, password: new TextEncoder().encode(password) };
    const attempt = await this.gate.enter(claim, { signal }, () => {});
    if (attempt === undefined) this.turnedAway++;
    else if (signal.aborted) attempt.undecided();
    else {
      this.lookedAt++;
      if (password === RIGHT) attempt.succeeded();
      else await attempt.failed();
    }
    return this.clock.time - since;
  }

  async pass(milliseconds: number): Promise<void> {
    await turn();
    for (let rest = milliseconds; rest > 0; rest -= 100) {
      this.clock.advance(100);
      await turn();
    }
  }
}

Deno.test("twenty guesses at once: five answers come at once, the others behind growing delays", async () => {
  const it = new Fixture();
  const all = Promise.all(Array.from({ length: 20 }, () => it.login()));
  await it.pass(31_000);
  const seconds = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, ...Array<number>(10).fill(30)];
  assertEquals(await all, seconds.map((one) => one * 1000));
  assertEquals(it.lookedAt, 20);
});

Deno.test("a right password behind many wrong ones waits two seconds", async () => {
  const it = new Fixture();
  const wrong = Array.from({ length: 20 }, () => it.login());
  await it.pass(100);
  const right = it.login({ password: RIGHT });
  await it.pass(2000);
  assertEquals(await right, 2000);
  await it.pass(30_000);
  await Promise.all(wrong);
});

Deno.test("a fleet of one username that comes back at once waits for nothing", async () => {
  const it = new Fixture();
  const fleet = await Promise.all(
    Array.from({ length: 1000 }, () => it.login({ password: RIGHT })),
  );
  assertEquals([Math.max(...fleet), it.turnedAway, it.clock.timerCount], [0, 0, 0]);
});

/** Guesses on, from so many connections at once, until told to stop. */
async function guess(it: Fixture, connections: number, name: (n: number) => string, until: number) {
  let n = 0;
  const one = async () => {
    while (it.clock.time < until) {
      const leaving = new AbortController();
      // Does not wait for an answer that takes long.
      it.clock.after(2500, () => leaving.abort(new Error("gone")));
      await it.login({ username: name(n++) }, leaving.signal);
      await turn();
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
}

Deno.test("guessing by a hundred connections is bounded; others, and who was in before, come in", async () => {
  const it = new Fixture();
  await it.login({ password: RIGHT });
  const end = it.clock.time + 20_000;
  const guessing = guess(it, 100, () => "bob", end);
  const waits: number[] = [];
  while (it.clock.time < end) {
    await it.pass(1000);
    const honest = [
      it.login({ username: "alice", password: RIGHT }),
      it.login({ password: RIGHT }),
      it.login({ address: "192.0.2.2", password: RIGHT }),
    ];
    await it.pass(2100);
    waits.push(...await Promise.all(honest));
  }
  await it.pass(5000);
  await guessing;
  assert(Math.max(...waits) <= 2000, `${waits}`);
  const guesses = it.lookedAt - waits.length - 1;
  assert(guesses <= 60 + 5 * 25, `${guesses} guesses in 20 s`);
  assert(guesses >= 60, `${guesses} guesses`);
});

Deno.test("many names from one network are bounded too", async () => {
  const it = new Fixture();
  const guessing = guess(it, 100, (n) => `user${n}`, it.clock.time + 20_000);
  await it.pass(26_000);
  await guessing;
  assert(it.lookedAt <= 60 + 5 * 25, `${it.lookedAt} guesses in 20 s`);
});

Deno.test("addresses of one /64 count together, another network does not wait", async () => {
  const it = new Fixture();
  for (let i = 0; i < 5; i++) await it.login({ address: `2001:db8::${i}` });
  const same = it.login({ address: "2001:db8::ffff" });
  const other = it.login({ address: "2001:db8:0:1::1" });
  await turn();
  assertEquals(await other, 0);
  await it.pass(1000);
  assertEquals(await same, 1000);
});

Deno.test("who leaves while waiting leaves no timer; a login that no one could decide is no failure", async () => {
  const it = new Fixture();
  const leaving = new AbortController();
  const all = Array.from({ length: 100 }, () => it.login({}, leaving.signal));
  await turn();
  assert(it.clock.timerCount > 0);
  leaving.abort(new Error("the broker stops"));
  await Promise.all(all);
  assertEquals(it.clock.timerCount, 0);
  const attempt = await it.gate.enter(
    { address: "192.0.2.9", username: "eve", password: undefined },
    { signal: new AbortController().signal },
    () => {},
  );
  attempt!.undecided();
  assertEquals(await it.login({ address: "192.0.2.9", username: "eve" }), 0);
});

Deno.test("what failed logins leave is bounded whatever their names, and swept after a minute", async () => {
  const it = new Fixture();
  for (let i = 0; i < 22_000; i++) {
    const attempt = it.login({
      address: `10.${i >> 8 & 255}.${i & 255}.${7}`,
      username: `${i}`.padEnd(i % 1000 === 0 ? 65_535 : 10, "x"),
    });
    await attempt;
  }
  assertEquals(it.gate.size, 20_000);
  it.clock.advance(61_000);
  for (let i = 0; i < 200; i++) it.gate.sweep();
  assertEquals(it.gate.size, 0);
});
