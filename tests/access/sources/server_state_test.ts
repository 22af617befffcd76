/** ServerState: what each word about a server makes of it. */
import { assertEquals } from "@std/assert";
import { ServerState } from "../../../lib/access/sources/server_state.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function fixture() {
  const clock = new FakeClock(1000);
  return { clock, server: new ServerState(clock) };
}

Deno.test("server state: unknown at first, and it may be asked", () => {
  const { server } = fixture();
  assertEquals(server.view, { state: "unknown", since: 1000, lastError: undefined });
  assertEquals([server.isDown, server.takeTurn()], [false, undefined]);
});

Deno.test("server state: since when counts from the change, not from the last word", () => {
  const { clock, server } = fixture();
  const at = (time: number, say: () => void) => {
    clock.time = time;
    say();
    const { state, since } = server.view;
    return [state, since];
  };
  assertEquals(at(2000, () => server.answered()), ["up", 2000]);
  assertEquals(at(3000, () => server.answered()), ["up", 2000]);
  assertEquals(at(4000, () => server.failed("odd")), ["down", 4000]);
  assertEquals(at(5000, () => server.unreachable("gone")), ["down", 4000]);
  assertEquals(at(6000, () => server.answered()), ["up", 6000]);
  assertEquals(server.view.lastError, "gone");
});

Deno.test("server state: an answer that is none leaves it down, but it may be asked", () => {
  const { server } = fixture();
  server.failed("odd");
  assertEquals([server.isDown, server.takeTurn()], [true, undefined]);
});

Deno.test("server state: out of reach is down, and each pause gives one turn", () => {
  const { clock, server } = fixture();
  server.unreachable("gone");
  assertEquals([server.isDown, server.takeTurn()], [true, "gone"]);
  clock.advance(99);
  assertEquals(server.takeTurn(), "gone");
  clock.advance(1);
  assertEquals([server.takeTurn(), server.takeTurn()], [undefined, "gone"]);
  clock.advance(100);
  assertEquals(server.takeTurn(), undefined);
});

Deno.test("server state: why it is out of reach is not what was said about a decision since", () => {
  const { server } = fixture();
  server.unreachable("gone");
  server.failed("still down: gone");
  assertEquals([server.view.lastError, server.takeTurn()], ["still down: gone", "gone"]);
});

Deno.test("server state: pauses double up to a limit, and begin anew after anything was heard", () => {
  for (const hear of ["answered", "heard"] as const) {
    const { clock, server } = fixture();
    const pauseAfterFailure = () => {
      server.unreachable("gone");
      const start = clock.time;
      while (server.takeTurn() !== undefined) clock.advance(1);
      return clock.time - start;
    };
    const pauses = Array.from({ length: 5 }, pauseAfterFailure);
    assertEquals(pauses, [100, 200, 400, 800, 800]);
    server[hear]();
    assertEquals(server.isDown, hear === "heard");
    assertEquals(server.takeTurn(), undefined);
    assertEquals(pauseAfterFailure(), 100);
  }
});
