/** Who has a session, when several members want it. */
import { assertEquals } from "@std/assert";
import type { Claim, Granted } from "../../lib/bus/bus.ts";
import { Claims } from "../../lib/bus/claims.ts";
import { BusKind } from "../../lib/bus/frames.ts";
import { decodeUtf8, encodeUtf8 } from "../../lib/wire/utf8.ts";

const HOME = 0;
const NOTHING: Granted = { isRefused: false, state: undefined };

/** Members whose frames wait until the test lets them through. */
class Scene {
  readonly members: Claims[];
  /** What each was asked to give up. */
  readonly gaveUp: string[] = [];
  readonly #frames: { from: number; to: number; kind: BusKind; body: Uint8Array }[] = [];
  answer: Granted = NOTHING;

  constructor(count: number) {
    this.members = Array.from({ length: count }, (_, from) =>
      new Claims({
        post: (to, kind, body) => void this.#frames.push({ from, to, kind, body: body.slice() }),
        homeOf: () => HOME,
        giveUp: (claim) => {
          this.gaveUp.push(`${from}:${claim.clientId}:${claim.username ?? ""}:${claim.wantsNew}`);
          return this.answer;
        },
      }));
  }

  claim(member: number, more: Partial<Claim> = {}): Promise<Granted> {
    const claim = { clientId: "c", username: undefined, isProven: false, wantsNew: false, ...more };
    return this.members[member]!.ask(claim);
  }

  release(member: number): void {
    const body = encodeUtf8("c", "client id");
    this.#frames.push({ from: member, to: HOME, kind: BusKind.RELEASED, body });
  }

  /** Lets frames through, in their order, until none is left. */
  deliver(most = Infinity): void {
    for (let left = most; left > 0; left--) {
      const frame = this.#frames.shift();
      if (frame === undefined) return;
      const { from, to, kind, body } = frame;
      const claims = this.members[to]!;
      if (kind === BusKind.CLAIM) claims.claimed(from, body);
      else if (kind === BusKind.YIELD) claims.yields(from, body);
      else if (kind === BusKind.YIELDED) claims.yielded(from, body);
      else if (kind === BusKind.GRANTED) claims.granted(body);
      else claims.released(from, decodeUtf8(body, 0, body.length, "client id"));
    }
  }
}

Deno.test("the first claim asks no one, the next one the owner", async () => {
  const it = new Scene(3);
  const first = it.claim(1);
  it.deliver();
  assertEquals([await first, it.gaveUp], [NOTHING, []]);
  const second = it.claim(2, { username: "u", wantsNew: true });
  it.deliver();
  assertEquals([await second, it.gaveUp], [NOTHING, ["1:c:u:true"]]);
});

Deno.test("claims of the same moment go one after the other, and the last one has it", async () => {
  const it = new Scene(3);
  const claims = [it.claim(1), it.claim(2), it.claim(0), it.claim(1)];
  it.deliver();
  await Promise.all(claims);
  assertEquals(it.gaveUp, ["1:c::false", "2:c::false", "0:c::false"]);
});

Deno.test("the owner claims again without being asked; what has ended is no one's", async () => {
  const it = new Scene(2);
  const claims = [it.claim(1), it.claim(1)];
  it.deliver();
  await Promise.all(claims);
  it.release(1);
  const third = it.claim(0);
  it.deliver();
  await third;
  assertEquals(it.gaveUp, []);
  it.release(1); // of before: it is the other's now
  const fourth = it.claim(1);
  it.deliver();
  await fourth;
  assertEquals(it.gaveUp, ["0:c::false"]);
});

Deno.test("an owner whose session ends as it is given up has answered all the same", async () => {
  const it = new Scene(2);
  const first = it.claim(1);
  it.deliver();
  await first;
  const second = it.claim(0);
  it.deliver(1); // the owner is asked
  it.release(1);
  it.deliver();
  assertEquals([await second, it.gaveUp], [NOTHING, ["1:c::false"]]);
});

Deno.test("who is refused leaves the session where it is", async () => {
  const it = new Scene(2);
  const first = it.claim(0);
  it.deliver();
  await first;
  it.answer = { isRefused: true, state: undefined };
  const thief = it.claim(1);
  it.deliver();
  assertEquals((await thief).isRefused, true);
  it.answer = NOTHING;
  const again = it.claim(0);
  it.deliver();
  await again;
  assertEquals(it.gaveUp, ["0:c::false"]);
});

Deno.test("a claim is answered where its home, or the owner, is lost", async () => {
  const it = new Scene(3);
  const first = it.claim(1);
  it.deliver();
  await first;
  const second = it.claim(2);
  it.deliver(1); // the owner is asked, and says nothing any more
  it.members[HOME]!.lost(1);
  it.deliver();
  assertEquals(await second, NOTHING);
  const third = it.claim(2);
  it.members[2]!.lost(HOME);
  assertEquals(await third, NOTHING);
});

Deno.test("of a member that is lost only its own sessions are no one's", async () => {
  const it = new Scene(3);
  const claims = [it.claim(1, { clientId: "c" }), it.claim(2, { clientId: "d" })];
  it.deliver();
  await Promise.all(claims);
  it.members[HOME]!.lost(1);
  assertEquals(it.members[HOME]!.ownersKnown, 1);
  const next = it.claim(0, { clientId: "d" });
  it.deliver();
  await next;
  assertEquals(it.gaveUp, ["2:d::false"]);
});
