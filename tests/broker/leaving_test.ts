/** Sessions that end with many subscriptions: nothing finds them, and the tree is emptied in slices. */
import { assert, assertEquals } from "@std/assert";
import { LeavingSessions } from "../../lib/broker/leaving.ts";
import { addSubscription } from "../../lib/broker/subscriptions.ts";
import type { BrokerSession } from "../../lib/broker/sessions.ts";
import { Turn } from "../../lib/net/turn.ts";
import {
  mergeOptions,
  type SubscriptionOptions,
  subscriptionOptions,
} from "../../lib/session/subscription.ts";
import { SubscriptionTree } from "../../lib/topic/tree.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { until } from "../support/until.ts";
import { smallSession } from "./small_session.ts";

/** Each look at the clock takes 3 ms, and pauses end when the test says so. */
function subject() {
  let time = 0;
  const now = () => time += 3;
  const turn = new Turn(now);
  const pauses: (() => void)[] = [];
  turn.pause = () => new Promise((resolve) => pauses.push(resolve));
  const tree = new SubscriptionTree<BrokerSession, SubscriptionOptions>(mergeOptions);
  const leaving = new LeavingSessions({ turn, now }, tree);
  const sessionWith = (clientId: string, ...filters: string[]): BrokerSession => {
    const session = smallSession(clientId);
    for (const one of filters) addSubscription(tree, session, one, subscriptionOptions(0));
    return session;
  };
  const pauseEnds = async () => {
    pauses.shift()!();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { tree, leaving, sessionWith, pauses, pauseEnds };
}

const filters = (count: number) => Array.from({ length: count }, (_, i) => `many/${i}`);
const found = (tree: SubscriptionTree<BrokerSession, SubscriptionOptions>, topicName: string) =>
  [...tree.match(topicName).subscribers.keys()].map(({ clientId }) => clientId);

Deno.test("few subscriptions are removed at once", () => {
  const { tree, leaving, sessionWith, pauses } = subject();
  leaving.add(sessionWith("few", ...filters(256)));
  assertEquals([tree.count, tree.isEmpty, pauses.length], [0, true, 0]);
});

Deno.test("of many none is found, and they are removed between pauses", async () => {
  const { tree, leaving, sessionWith, pauses, pauseEnds } = subject();
  const session = sessionWith("many", ...filters(1000), "many/#", "$share/g/t");
  sessionWith("other", "many/7");
  assertEquals(found(tree, "many/7").sort(), ["many", "other"]);
  const before = tree.generation;
  const done = leaving.add(session);
  assert(tree.generation > before, "what was matched before is stale");
  assertEquals([tree.count, tree.sharedCount, pauses.length], [1003, 1, 1]);
  assertEquals(tree.match("t").groups, []);
  for (const one of ["many/7", "many/999", "many/x"]) {
    assertEquals(found(tree, one), one === "many/7" ? ["other"] : []);
  }
  let rounds = 0;
  for (; pauses.length > 0; rounds++) await pauseEnds();
  await done;
  assertEquals([tree.count, found(tree, "many/7")], [1, ["other"]]);
  assert(rounds > 3, `${rounds} slices`);
});

Deno.test("who leaves has no turn in a group, whose other members have theirs", async () => {
  const { tree, leaving, sessionWith, pauses, pauseEnds } = subject();
  const shares = Array.from({ length: 300 }, (_, i) => `$share/g/t/${i}`);
  const leaver = sessionWith("leaver", ...shares);
  const [one, other] = [
    sessionWith("one", "$share/g/t/299"),
    sessionWith("other", "$share/g/t/299"),
  ];
  const turns = () => [...tree.match("t/299").groups[0]!.inTurn()];
  assertEquals(turns().length, 3);
  const done = leaving.add(leaver);
  assert(tree.sharedCount > 300, "nothing is removed before the first pause");
  for (let i = 0; i < 3; i++) {
    assertEquals(new Set(turns()), new Set([one, other]));
  }
  while (pauses.length > 0) await pauseEnds();
  await done;
  assertEquals([tree.sharedCount, turns().length], [2, 2]);
});

Deno.test("sessions that end together are emptied one after the other", async () => {
  const { tree, leaving, sessionWith, pauses, pauseEnds } = subject();
  const done = ["a", "b", "c"].map((id) => leaving.add(sessionWith(id, ...filters(300))));
  assertEquals([pauses.length, found(tree, "many/1")], [1, []]);
  for (let before = tree.count; pauses.length > 0; before = tree.count) {
    assertEquals(pauses.length, 1, "there is one slice at a time");
    await pauseEnds();
    assert(before - tree.count <= 300, `${before - tree.count} in one slice`);
  }
  await Promise.all(done);
  assert(tree.isEmpty);
  // And as before for the next one.
  const next = leaving.add(sessionWith("next", ...filters(300)));
  while (pauses.length > 0) await pauseEnds();
  await next;
  assert(tree.isEmpty);
});

Deno.test("a client that comes back while its old session is emptied has what it subscribes now", async () => {
  await using it = await ClockedBroker.start();
  const first = await it.open("c");
  for (let at = 0; at < 2000; at += 100) {
    await first.subscribed(
      ...filters(2000).slice(at, at + 100).map((one): [string, number] => [one, 0]),
    );
  }
  const second = await it.open("c"); // takes over, with a clean session
  await second.subscribed(["many/1", 0]);
  const publisher = await it.open("p");
  for (const topic of ["many/1999", "many/1"]) await publisher.publish(topic, "x", { qos: 1 });
  await until(() => it.broker.metrics.subscriptionsCount === 1, "the old subscriptions to go");
  await publisher.publish("many/1", "y", { qos: 1 });
  assertEquals(it.broker.metrics.publishSent, 2);
});
