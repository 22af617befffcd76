/** Members that come one after the other. */
import { assertEquals } from "@std/assert";
import type { BusMember } from "../../lib/bus/bus.ts";
import { MemoryBus } from "../support/memory_bus.ts";

/** A member that has nothing, and counts how often interest has changed. */
class Quiet implements BusMember {
  changes = 0;
  interestChanged(): void {
    this.changes++;
  }
  message(): void {}
  run(): void {}
  flushLater(one: { flush(): void }): void {
    one.flush();
  }
  giveUp() {
    return { isRefused: false, state: undefined };
  }
  retained() {
    return [];
  }
  failed(cause: unknown): void {
    throw cause;
  }
  pause(): Promise<void> {
    return Promise.resolve();
  }
}

Deno.test("who joins waits until the others have told what they have", async () => {
  const { members: [a, b] } = new MemoryBus(2);
  a!.subscribed("early", 1);
  const events: string[] = [];
  const first = a!.join(new Quiet()).then(() => events.push("a joined"));
  await Promise.resolve();
  events.push("b joins");
  const second = b!.join(new Quiet()).then(() => assertEquals(b!.match("early")?.peers.length, 1));
  await Promise.all([first, second]);
  assertEquals(events, ["b joins", "a joined"]);
});

Deno.test("a member alone has joined at once", async () => {
  const { members: [only] } = new MemoryBus(1);
  await only!.join(new Quiet());
  assertEquals(only!.match("t"), undefined);
  await only!.leave();
});

Deno.test("a link that comes late is told what there is", async () => {
  const bus = new MemoryBus(2, false);
  const [a, b] = bus.members;
  const joined = [a!.join(new Quiet()), b!.join(new Quiet())];
  a!.subscribed("t", 1);
  bus.connect();
  await Promise.all(joined);
  assertEquals(b!.match("t")?.peers.length, 1);
  assertEquals(a!.match("t"), undefined);
});

Deno.test("others are told of a change, and that a member has left", async () => {
  const bus = new MemoryBus(2);
  const [a, b] = bus.members;
  const other = new Quiet();
  await Promise.all([a!.join(new Quiet()), b!.join(other)]);
  a!.subscribed("t", 1);
  a!.subscribed("t", 1);
  await bus.quiet();
  assertEquals([other.changes, b!.match("t")?.peers.length], [1, 1]);
  await b!.lost(0);
  await b!.lost(0);
  assertEquals([other.changes, b!.match("t")], [2, undefined]);
});
