/** The last message of each topic: bounded whatever comes, the quietest topic loses first, rates over a minute. */
import { assert, assertEquals } from "@std/assert";
import { TopicWatch, type WatchLimits } from "../../lib/broker/topic_watch.ts";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import { Random } from "../support/random.ts";

const LARGE: WatchLimits = { bytes: 1e9, topics: 1e6 };

class Stage {
  time = 1_000_000;
  readonly watch: TopicWatch;

  constructor(limits = LARGE) {
    this.watch = new TopicWatch(() => this.time, limits);
  }

  note(topicName: string, payload = "x", publisher?: string): void {
    const [topic, bytes] = [new TextEncoder().encode(topicName), new TextEncoder().encode(payload)];
    const publish = OutgoingPublish.fromValues({
      topicName,
      topic,
      payload: bytes,
      qos: 1,
      retain: false,
      origin: "client",
    });
    publish.publisher = publisher;
    this.watch.note(publish);
  }

  /** Names, with the payload where it is kept. */
  get all(): Record<string, string | undefined> {
    return Object.fromEntries(
      [...this.watch.all()].map(({ topicName, payload }) =>
        [topicName, payload && new TextDecoder().decode(payload)] as const
      ),
    );
  }
}

Deno.test("the last message of each topic, a copy; how many there were", () => {
  const stage = new Stage();
  stage.note("a", "one", "c1");
  stage.note("b", "other");
  stage.note("a", "two", "c2");
  stage.note("a", "three", "c3");
  assertEquals(stage.all, { a: "three", b: "other" });
  const a = stage.watch.get("a")!;
  assertEquals([a.messages, a.publisher, a.bytes, a.at], [3, "c3", 5, 1_000_000]);
  stage.note("a", "");
  assertEquals([a.bytes, stage.all.a], [0, ""]);
});

Deno.test("what was borrowed may change", () => {
  const { watch } = new Stage();
  const payload = new TextEncoder().encode("before");
  const values = {
    topicName: "t",
    topic: Uint8Array.of(116),
    payload,
    qos: 0,
    retain: false,
  } as const;
  watch.note(OutgoingPublish.fromValues({ ...values, origin: "broker" }));
  payload.fill(0);
  assertEquals(new TextDecoder().decode(watch.get("t")!.payload), "before");
});

Deno.test("over the bytes the quietest topics lose their payloads, then their places", () => {
  const stage = new Stage({ bytes: 20, topics: 100 });
  stage.note("a", "aaaaaa");
  stage.note("b", "bbbbbb");
  stage.note("a", "AAAAAA");
  stage.note("c", "cccccc");
  assertEquals(stage.all, { a: "AAAAAA", b: undefined, c: "cccccc" }, "b was quiet for longest");
  stage.note("b", "BBB");
  assertEquals(stage.all, { a: "AAAAAA", b: "BBB", c: "cccccc" });
  stage.note("x".repeat(19), "");
  assertEquals(Object.keys(stage.all), ["b", "x".repeat(19)], "names count too");
  stage.note("y".repeat(30), "yy");
  assertEquals([stage.watch.size, stage.watch.bytes], [0, 0], "one that is too large by itself");
});

Deno.test("over the number of topics the quietest goes", () => {
  const stage = new Stage({ bytes: 1000, topics: 2 });
  for (const name of ["a", "b", "a", "c"]) stage.note(name);
  assertEquals(Object.keys(stage.all), ["a", "c"]);
});

Deno.test("a payload is kept up to 64 KiB", () => {
  const stage = new Stage();
  stage.note("t", "x".repeat(70_000));
  const { bytes, payload } = stage.watch.get("t")!;
  assertEquals([bytes, payload?.length], [70_000, 65_536]);
});

Deno.test("rates are of the last minute, or since the watch began", () => {
  const stage = new Stage();
  const rate = () => stage.watch.rateOf(stage.watch.get("t")!);
  stage.note("t");
  assertEquals(rate(), 1, "within the first second");
  for (let second = 0; second < 300; second++) {
    stage.time += 1000;
    stage.note("t");
    stage.note("t");
  }
  assert(Math.abs(rate() - 2) < 0.05, String(rate()));
  stage.time += 30_000;
  assert(Math.abs(rate() - 1) < 0.4, String(rate()));
  stage.time += 120_000;
  assertEquals(rate(), 0);
});

Deno.test("a walk meets each topic that was there once, whatever comes meanwhile", () => {
  const stage = new Stage({ bytes: 1e6, topics: 50 });
  for (let n = 0; n < 40; n++) stage.note(`t${n}`);
  const met: string[] = [];
  let more = 40;
  for (const { topicName } of stage.watch.all()) {
    met.push(topicName);
    stage.note(topicName, "again");
    stage.note(`t${more++}`);
    stage.note(`t${more++}`);
  }
  assertEquals(new Set(met).size, met.length);
  assert(met.length <= 40 && met.every((name) => Number(name.slice(1)) < 40), met.join());
});

Deno.test("random traffic: bounds hold, and what is kept is the last that came", () => {
  const random = new Random(14);
  const limits = { bytes: 400, topics: 12 };
  const stage = new Stage(limits);
  const last = new Map<string, string>();
  const order: string[] = [];
  for (let n = 0; n < 20_000; n++) {
    const name = `topic/${random.below(30)}`;
    const payload = String(n).repeat(random.below(12));
    stage.note(name, payload);
    last.set(name, payload);
    if (order.includes(name)) order.splice(order.indexOf(name), 1);
    order.push(name);
    const { all, watch: { bytes, size } } = stage;
    assert(bytes <= limits.bytes && size <= limits.topics, `${bytes} bytes, ${size} topics`);
    const names = order.filter((one) => Object.hasOwn(all, one));
    assertEquals(names, order.slice(-names.length), "the quietest go first");
    const kept = names.filter((one) => all[one] !== undefined);
    assertEquals(kept, names.slice(names.length - kept.length), "their payloads too");
    for (const one of kept) assertEquals(all[one], last.get(one));
    const counted = names.reduce((sum, one) => sum + one.length + (all[one]?.length ?? 0), 0);
    assertEquals(counted, bytes);
  }
});
