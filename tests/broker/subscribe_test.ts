/** SUBSCRIBE: filters that are none, denials in the log, rules that change meanwhile, retained messages that go. */
import { assertEquals } from "@std/assert";
import type { Verdict } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { puback, suback, subscribe } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

for (const filter of ["a/#/b", "a#", "+a", "", "$share/g+/a", "$share/g/a#", "$queue/+a"]) {
  Deno.test(`[MQTT-4.8.0-1] the filter ${filter} closes, and the good one beside it is not subscribed`, async () => {
    await using it = await ClockedBroker.start();
    const { raw } = await it.keep("c");
    await raw.sendAnyway(subscribe(1, ["good", 0], [filter, 0]));
    await raw.expectClosed();
    assertEquals(it.broker.metrics.subscriptionsCount, 0);
  });
}

/** Valid filters of MQTT 3.1.1 that look like shared subscriptions. */
const UNSHARED = [
  "$share/",
  "$share/g",
  "$share/g/",
  "$share//t",
  "$share/+/t",
  "$share/#",
  "$share/g/$share/h/t",
  "$share/g/$queue/t",
  "$queue/",
  "$queue/$share/g/t",
];

for (const filter of UNSHARED) {
  Deno.test(`${filter} is a filter that is not granted, the good one beside it is`, async () => {
    await using it = await ClockedBroker.start();
    const client = await it.keep("c");
    assertEquals(await client.subscribe(["good", 0], [filter, 1]), [0, 0x80]);
    assertEquals(it.broker.metrics.subscriptionsCount, 1);
    assertEquals(it.logged(`may not subscribe to ${filter}: `).length, 1);
    await client.unsubscribe(filter);
    await client.ping();
  });
}

Deno.test("a subscription that is not granted is logged with its filter and the reason", async () => {
  await using it = await ClockedBroker.start({ max_topic_levels: 2 }, {
    authorize({ topic }) {
      const denial = { result: "deny", because: "row 7" } as const;
      return topic === "now" ? denial : topic === "later" ? Promise.resolve(denial) : undefined;
    },
  });
  const client = await it.open("c");
  const filters = ["now", "$share/g/later", "a/b/c", "a/b"];
  const codes = [];
  for (const filter of filters) codes.push(...await client.subscribe([filter, 1]));
  assertEquals(codes, [0x80, 0x80, 0x80, 1]);
  const said = it.logged("may not subscribe").map((line) =>
    /may not subscribe to (\S+): .*?(row 7|levels|$)/.exec(line)?.slice(1)
  );
  assertEquals(said, [["now", "row 7"], ["$share/g/later", "row 7"], ["a/b/c", "levels"]]);
});

Deno.test("a SUBSCRIBE whose answer was waited for while rules changed is asked again", async () => {
  const answers: ((verdict: Verdict) => void)[] = [];
  await using it = await ClockedBroker.start({}, {
    authorize: () => new Promise<Verdict>((resolve) => answers.push(resolve)),
  });
  const { raw } = await it.open("c");
  await raw.send(subscribe(7, ["t", 1]));
  await until(() => answers.length === 1, "the question");
  await it.broker.reloadRules();
  answers[0]!("allow");
  await until(() => answers.length === 2, "the second question");
  answers[1]!("deny");
  await raw.expect(suback(7, 0x80));
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
});

Deno.test("a retained message that went while it waited is not sent, receive rules or none", async () => {
  for (const hooks of [{}, { authorizeReceive: () => "allow" as const }]) {
    await using it = await ClockedBroker.start({ max_inflight: 1 }, hooks);
    const topics = ["r/1", "r/2", "r/3"];
    for (const topicName of topics) {
      it.broker.publish({ topicName, payload: topicName, qos: 1, retain: true });
    }
    const reader = await it.open("reader");
    await reader.subscribed(["r/#", 1]);
    const { id, topic } = await reader.take();
    const [goes, stays] = topics.filter((one) => one !== topic);
    it.broker.publish({ topicName: goes!, payload: "", retain: true });
    await reader.raw.send(puback(id));
    await reader.gets("/0", `${stays}/1/r`); // the removal itself, as a message like any other
    await reader.nothing();
  }
});
