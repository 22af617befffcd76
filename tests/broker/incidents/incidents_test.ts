/** Incidents in bounded memory: the same again counts, floods cost little, an hour later they are gone. */
import { assert, assertEquals } from "@std/assert";
import { Drop } from "../../../lib/broker/drops.ts";
import type { Happening, Subject } from "../../../lib/broker/incidents/incident.ts";
import { Incidents, type Loser } from "../../../lib/broker/incidents/incidents.ts";
import { ReasonCode } from "../../../lib/wire/codes.ts";

const HOUR = 3_600_000;

class Stage {
  time = 1_000_000;
  readonly incidents = new Incidents(() => this.time);

  get rows(): [clientId: string, topic: string | null, times: number][] {
    return this.incidents.newestFirst.map(({ clientId, topic, times }) => [clientId, topic, times]);
  }
}

function client(clientId: string): Loser {
  return { clientId, username: undefined, address: "192.0.2.1", lastDrop: undefined };
}

function denial(topic: string, more: Partial<Happening> = {}): Happening {
  const code = ReasonCode.NOT_AUTHORIZED;
  return { kind: "denied", action: "publish", topic, code, reason: "denied", rule: "", ...more };
}

Deno.test("the same again raises times and last alone; the newest come first", () => {
  const stage = new Stage();
  stage.incidents.note(client("a"), denial("t"));
  stage.time += 10;
  stage.incidents.note(client("b"), denial("t"));
  stage.time += 10;
  stage.incidents.note(client("a"), denial("t"));
  assertEquals(stage.rows, [["a", "t", 2], ["b", "t", 1]]);
  const [first] = stage.incidents.newestFirst;
  assertEquals([first!.at, first!.last], [1_000_000, 1_000_020]);
});

Deno.test("another client, kind, reason, topic or user is another incident", () => {
  const it = new Stage();
  const who: Subject = client("a");
  const notes: [Subject, Happening][] = [
    [who, denial("t")],
    [client("b"), denial("t")],
    [{ ...who, username: "u" }, denial("t")],
    [who, denial("u")],
    [who, denial("t", { kind: "dropped" })],
    [who, denial("t", { reason: "other" })],
    [{ ...who, clientId: "" }, denial("t")],
    [{ ...who, clientId: "", address: "192.0.2.2" }, denial("t")],
  ];
  for (const [subject, happening] of notes) it.incidents.note(subject, happening);
  assertEquals(it.rows.length, notes.length);
});

Deno.test("an hour after it came last an incident is gone, and one that comes again is not", () => {
  const it = new Stage();
  it.incidents.note(client("a"), denial("t"));
  it.incidents.note(client("b"), denial("t"));
  it.time += HOUR / 2;
  it.incidents.note(client("a"), denial("t"));
  it.time += HOUR / 2 + 1;
  assertEquals(it.rows, [["a", "t", 2]]);
  it.incidents.sweep();
  assertEquals(it.incidents.size.entries, 1);
  it.time += HOUR;
  it.incidents.sweep();
  assertEquals(it.incidents.size, { entries: 0, bytes: 0 });
});

Deno.test("entries and bytes are bounded; what comes again stays", () => {
  const it = new Stage();
  const faithful = client("faithful");
  for (let i = 0; i < 30_000; i++) {
    it.time++;
    it.incidents.note(client(`c${i}`), denial(`topic/${i}/${"x".repeat(600)}`));
    if (i % 500 === 0) it.incidents.note(faithful, denial("t"));
  }
  const { entries, bytes } = it.incidents.size;
  assert(entries <= 10_000 && bytes <= 4 * 1024 * 1024, `${entries} entries, ${bytes} bytes`);
  assert(it.rows.some(([clientId, , times]) => clientId === "faithful" && times === 60));
  const longest = Math.max(...it.incidents.newestFirst.map(({ topic }) => topic!.length));
  assertEquals(longest, 512);
  for (let i = 0; i < 30_000; i++) it.incidents.note(client(`c${i}`), denial("t"));
  assert(it.incidents.size.entries > 8000);
});

Deno.test("goodbyes push nothing else out", () => {
  const it = new Stage();
  it.incidents.note(client("a"), denial("t"));
  const goodbye = denial("", { kind: "disconnected", topic: null });
  for (let i = 0; i < 20_000; i++) it.incidents.goodbye(client(`c${i}`), goodbye);
  assertEquals(it.incidents.size.entries, 1001);
  assert(it.rows.some(([clientId]) => clientId === "a"));
});

Deno.test("dropped messages of one topic are counted, each", () => {
  const it = new Stage();
  const slow = client("slow");
  for (let i = 0; i < 1000; i++) {
    it.incidents.dropped(slow, "t", "receive", Drop.SLOW_CLIENT, "");
  }
  it.incidents.dropped(slow, "t", "receive", Drop.QUEUE_FULL, "");
  assertEquals(it.rows, [["slow", "t", 1000], ["slow", "t", 1]]);
});

Deno.test("of a client that drops at many topics a few are named, all are counted", () => {
  const it = new Stage();
  const slow = client("slow");
  for (let i = 0; i < 1000; i++) {
    it.incidents.dropped(slow, `t/${i % 100}`, "receive", Drop.SLOW_CLIENT, "");
  }
  assertEquals(it.rows.length, 17);
  assert(it.rows.some(([, topic]) => topic === null));
  assertEquals(it.rows.reduce((sum, [, , times]) => sum + times, 0), 1000);
  it.incidents.sweep();
  it.incidents.dropped(slow, "t/99", "receive", Drop.SLOW_CLIENT, "");
  assert(it.rows.some(([, topic]) => topic === "t/99"));
});

Deno.test("an incident that was forgotten is made anew when it comes again", () => {
  const it = new Stage();
  const slow = client("slow");
  it.incidents.dropped(slow, "t", "receive", Drop.SLOW_CLIENT, "");
  it.time += HOUR + 1;
  it.incidents.sweep();
  it.incidents.dropped(slow, "t", "receive", Drop.SLOW_CLIENT, "");
  assertEquals(it.rows, [["slow", "t", 1]]);
});

Deno.test("denied messages are denials, dropped ones are not", () => {
  const it = new Stage();
  for (const reason of Object.values(Drop)) {
    it.incidents.dropped(client(reason.text), "t", "publish", reason, "a rule");
  }
  const denied = it.incidents.newestFirst.filter(({ kind }) => kind === "denied");
  assertEquals(denied.map(({ reason }) => reason).toSorted(), [
    "$ topic",
    "denied",
    "receive denied",
    "right lost",
  ]);
});
