/** Breaker: what goes through while a server is down. */
import { assertEquals, assertRejects } from "@std/assert";
import { Breaker } from "../../../lib/access/sources/breaker.ts";
import { SourceError } from "../../../lib/access/sources/error.ts";
import { ServerState } from "../../../lib/access/sources/server_state.ts";
import { NEVER } from "./support.ts";

const DOWN = new SourceError("nobody there", { isTransport: true });

/** A breaker, its time, and how often something got through. */
class Fixture {
  now = 1000;
  asked = 0;
  readonly breaker = new Breaker(
    new ServerState({ now: () => this.now, epoch: () => this.now }),
  );

  /** What comes of a question that the server would answer so. */
  async ask(answer: string | Error, signal = NEVER): Promise<string> {
    try {
      return await this.breaker.run(signal, () => {
        this.asked++;
        return typeof answer === "string" ? Promise.resolve(answer) : Promise.reject(answer);
      });
    } catch (error) {
      return (error as Error).message;
    }
  }
}

Deno.test("while all is well everything goes through, wrong answers too", async () => {
  const fixture = new Fixture();
  const odd = new SourceError("an odd row");
  assertEquals(await fixture.ask("yes"), "yes");
  assertEquals(await fixture.ask(odd), "an odd row");
  assertEquals(await fixture.ask(new Error("a mistake of ours")), "a mistake of ours");
  assertEquals(await fixture.ask("yes"), "yes");
  assertEquals(fixture.asked, 4);
});

Deno.test("once a server is down, one question after each growing pause", async () => {
  const fixture = new Fixture();
  assertEquals(await fixture.ask(DOWN), "nobody there");
  assertEquals(await fixture.ask("yes"), "still down: nobody there");
  const pauses: number[] = [];
  for (let tries = 1; tries < 6; tries++) {
    const before = fixture.now;
    while (fixture.asked === tries) {
      fixture.now++;
      await fixture.ask(DOWN);
    }
    pauses.push(fixture.now - before);
  }
  assertEquals(pauses, [100, 200, 400, 800, 800]);
  fixture.now += 800;
  assertEquals(await fixture.ask("yes"), "yes");
  assertEquals(await fixture.ask("yes"), "yes");
  // The next failure is a first one again.
  assertEquals(await fixture.ask(DOWN), "nobody there");
  fixture.now += 100;
  assertEquals(await fixture.ask("yes"), "yes");
});

Deno.test("a question that is under way lets no other through before its pause", async () => {
  const fixture = new Fixture();
  await fixture.ask(DOWN);
  fixture.now += 100;
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = fixture.breaker.run(NEVER, () => promise);
  assertEquals(await fixture.ask("yes"), "still down: nobody there");
  resolve("yes");
  assertEquals(await first, "yes");
  assertEquals(await fixture.ask("yes"), "yes");
});

Deno.test("an answer that nobody can understand is an answer: the server is up", async () => {
  const fixture = new Fixture();
  await fixture.ask(DOWN);
  fixture.now += 100;
  assertEquals(await fixture.ask(new SourceError("an odd row")), "an odd row");
  assertEquals(await fixture.ask("yes"), "yes");
});

Deno.test("a time-out is a failure; a client that leaves is none", async () => {
  const hang = () => new Promise<string>(() => {});
  const fixture = new Fixture();
  const leaving = new AbortController();
  const left = fixture.breaker.run(leaving.signal, hang);
  leaving.abort(new Error("the client has left"));
  await assertRejects(() => left, Error, "the client has left");
  assertEquals(await fixture.ask("yes"), "yes");
  const waiting = new AbortController();
  const late = fixture.breaker.run(waiting.signal, hang);
  waiting.abort(new SourceError("no answer within 5 s", { isTransport: true }));
  await assertRejects(() => late, SourceError, "no answer");
  assertEquals(await fixture.ask("yes"), "still down: no answer within 5 s");
});

Deno.test("a clock that was set back does not keep the door shut", async () => {
  const fixture = new Fixture();
  await fixture.ask(DOWN);
  fixture.now -= 1_000_000;
  assertEquals(await fixture.ask("yes"), "yes");
});
