/** What a service manager is told, and when, with a clock that stands still. */
import { assertEquals } from "@std/assert";
import { Watcher, type WatcherOptions } from "../../lib/service/watcher.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A broker that is watched, and what was said of it. */
class Stage {
  readonly clock = new FakeClock();
  readonly sent: string[] = [];
  beats = 0;
  status = "0 clients";
  isClosed = false;
  readonly watcher: Watcher;

  constructor(options: Partial<WatcherOptions> = {}) {
    const socket = {
      send: (...lines: string[]) => void this.sent.push(lines.join(" ")),
      close: () => Promise.resolve(void (this.isClosed = true)),
    };
    const watched = { beats: () => this.beats, status: () => this.status };
    const { clock } = this;
    this.watcher = new Watcher(socket, watched, {
      clock,
      watchdogMs: undefined,
      monotonicUs: () => undefined,
      ...options,
    });
  }

  /** What was said since the last look. */
  get news(): string[] {
    return this.sent.splice(0);
  }
}

Deno.test("ready with a status; the status again when it is another one", () => {
  const stage = new Stage();
  stage.watcher.started();
  assertEquals(stage.news, ["READY=1 STATUS=0 clients"]);
  stage.clock.advance(60_000);
  assertEquals(stage.news, []);
  stage.status = "1 client";
  stage.clock.advance(10_000);
  assertEquals(stage.news, ["STATUS=1 client"]);
});

Deno.test("a sign of life at half of the watchdog's time, and none where the broker does nothing", () => {
  const stage = new Stage({ watchdogMs: 4000 });
  stage.clock.advance(10_000);
  assertEquals(stage.news, []); // it has not started
  stage.watcher.started();
  stage.news;
  for (let i = 0; i < 3; i++) {
    stage.beats++;
    stage.clock.advance(1999);
    assertEquals(stage.news, []);
    stage.clock.advance(1);
    assertEquals(stage.news, ["WATCHDOG=1"]);
  }
  stage.clock.advance(3000); // timers run, but no pass of the broker has ended
  assertEquals(stage.news, []);
});

Deno.test("a reload is announced with its time where that is known, and ends with READY", () => {
  const stage = new Stage({ monotonicUs: () => 77 });
  stage.watcher.reloading();
  stage.watcher.reloaded();
  assertEquals(stage.news, ["RELOADING=1 MONOTONIC_USEC=77", "READY=1 STATUS=0 clients"]);
  const without = new Stage();
  without.watcher.reloading();
  assertEquals(without.news, ["RELOADING=1"]);
});

Deno.test("a large store gets more time; a stop is announced, and nothing follows it", async () => {
  const stage = new Stage({ watchdogMs: 1000 });
  stage.watcher.loading();
  assertEquals(stage.news, ["EXTEND_TIMEOUT_USEC=120000000 STATUS=reading the storage"]);
  stage.watcher.started();
  stage.watcher.stopping();
  assertEquals(stage.news.slice(1), ["STOPPING=1 STATUS=stopping"]);
  stage.beats++;
  stage.status = "another";
  stage.clock.advance(20_000);
  assertEquals([stage.news, stage.clock.timerCount, stage.isClosed], [[], 0, false]);
  await stage.watcher.close();
  assertEquals(stage.isClosed, true);
});
