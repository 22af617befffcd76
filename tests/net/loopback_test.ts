/** Yields by a byte through the loopback: real sockets, and ends in the hands of a test. */
import { assert, assertEquals } from "@std/assert";
import { type Ends, Loopback } from "../../lib/net/loopback.ts";
import { Rounds, type Yields } from "../../lib/net/yields.ts";
import { until } from "../support/until.ts";

const next = (yields: Yields, way: "pause" | "rest" = "rest") =>
  new Promise<void>((done) => yields[way](done));

/** A way to yield that the test counts and that is done at once. */
class Counted implements Yields {
  readonly workMs = 7;
  readonly isCheap = false;
  count = 0;

  pause(done: () => void): void {
    this.count++;
    queueMicrotask(done);
  }

  rest(done: () => void): void {
    this.pause(done);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function opened(loopback: Loopback): Promise<void> {
  await next(loopback);
  await until(() => loopback.isCheap, "the connection to ourselves");
}

/** Two ends that answer when the test says so. */
function heldEnds() {
  const held = { closed: 0, read: Promise.withResolvers<number | null>(), isBroken: false };
  const close = () => void held.closed++;
  held.read.promise.catch(() => {}); // where no yield is under way
  const ends: Ends = {
    near: {
      write: () => held.isBroken ? Promise.reject(new Error("reset")) : Promise.resolve(1),
      close,
    },
    far: {
      read: () => held.read.promise,
      close: () => {
        close();
        held.read.reject(new Error("closed"));
      },
    },
  };
  return { held, ends };
}

Deno.test("sockets and timers are looked at in every yield, also of many in a row", async () => {
  const loopback = new Loopback();
  await opened(loopback);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let isAccepted = false;
  const accepted = listener.accept().then((conn) => (isAccepted = true, conn));
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  for (let yields = 0; !isAccepted; yields++) {
    assert(yields < 50, "a socket is not looked at");
    await next(loopback);
  }
  let isDue = false;
  setTimeout(() => isDue = true, 0);
  for (const due = performance.now() + 5; performance.now() < due;); // now it is
  for (let yields = 0; !isDue; yields++) {
    assert(yields < 50, "a timer is not looked at");
    await next(loopback, "pause");
  }
  conn.close();
  (await accepted).close();
  listener.close();
  await loopback.close();
});

Deno.test("nothing is opened before someone rests, and a pause alone opens nothing", async () => {
  let opened = 0;
  const { ends } = heldEnds();
  const instead = new Counted();
  const loopback = new Loopback(instead, () => (opened++, Promise.resolve(ends)));
  await next(loopback, "pause");
  assertEquals([opened, instead.count, loopback.workMs], [0, 1, 7]);
  await Promise.all([next(loopback), next(loopback)]);
  assertEquals(opened, 1);
  await loopback.close();
});

Deno.test("where it cannot be had, yields go on as before, and it is tried once", async () => {
  let tries = 0;
  const instead = new Counted();
  const open = () => (tries++, Promise.reject(new Error("no permission")));
  const loopback = new Loopback(instead, open);
  for (let i = 0; i < 5; i++) await next(loopback);
  assertEquals([tries, instead.count, loopback.isCheap, loopback.workMs], [1, 5, false, 7]);
  await loopback.close();
});

Deno.test("without permission for the loopback it is not asked for", {
  permissions: { net: false },
}, async () => {
  const loopback = new Loopback();
  await next(loopback);
  await loopback.close();
  assertEquals(loopback.isCheap, false);
});

for (
  const [what, spoil] of Object.entries({
    "fails": (held: ReturnType<typeof heldEnds>["held"]) => held.read.reject(new Error("reset")),
    "ends": (held: ReturnType<typeof heldEnds>["held"]) => held.read.resolve(null),
  })
) {
  Deno.test(`a yield is not lost when the connection ${what}; later ones go on without it`, async () => {
    const { held, ends } = heldEnds();
    const instead = new Counted();
    const loopback = new Loopback(instead, () => Promise.resolve(ends));
    await opened(loopback);
    const before = instead.count;
    const waiting = next(loopback);
    spoil(held);
    await waiting;
    await next(loopback);
    assertEquals([instead.count - before, held.closed, loopback.isCheap], [2, 2, false]);
    await loopback.close();
    assertEquals(held.closed, 2, "closed once");
  });
}

Deno.test("a write that fails ends it too", async () => {
  const { held, ends } = heldEnds();
  const loopback = new Loopback(new Counted(), () => Promise.resolve(ends));
  await opened(loopback);
  held.isBroken = true;
  await next(loopback);
  assertEquals([held.closed, loopback.isCheap], [2, false]);
  await loopback.close();
});

Deno.test("closed while it opens, and while a yield is under way: nothing stays open, nothing is lost", async () => {
  const { held, ends } = heldEnds();
  const instead = new Counted();
  const opening = Promise.withResolvers<Ends>();
  let tries = 0;
  const late = new Loopback(instead, () => (tries++, opening.promise));
  await next(late);
  let isOver = false;
  const closed = late.close().then(() => isOver = true);
  await next(new Rounds(), "pause");
  assertEquals(isOver, false, "it is waited for, so that it can be closed");
  opening.resolve(ends);
  await closed;
  await next(late);
  assertEquals(tries, 1);
  assertEquals([held.closed, late.isCheap], [2, false]);

  const second = heldEnds();
  const open = new Loopback(instead, () => Promise.resolve(second.ends));
  await opened(open);
  const waiting = next(open);
  await open.close();
  await waiting;
  assertEquals(second.held.closed, 2);
  await next(open);

  const unused = new Loopback(instead, () => (tries++, Promise.resolve(ends)));
  await unused.close();
  await next(unused);
  assertEquals(tries, 1, "nothing is opened behind the end");
});

Deno.test("rounds of the event loop let timers go first", async () => {
  const order: string[] = [];
  setTimeout(() => order.push("timer"), 0);
  for (const due = performance.now() + 5; performance.now() < due;); // now it is
  await next(new Rounds(), "pause");
  order.push("pause");
  assertEquals(order, ["timer", "pause"]);
});
