/** topic_acl and topic_taboo in a broker: what clients can publish, subscribe to and receive. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions } from "../../mod.ts";
import { type BrokerAddress, RawClient } from "../support/raw_client.ts";
import { puback, publish, suback, subscribe } from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";

const DENIED = 0x80;

function withPlugins(plugins: Record<string, unknown>): Promise<
  Awaited<ReturnType<typeof startBroker>>
> {
  return startBroker({
    plugins: { auth_anonymous: null, ...plugins } as BrokerOptions["plugins"] & object,
  });
}

function open(address: BrokerAddress, username?: string): Promise<RawClient> {
  const clientId = `client-${username ?? "nameless"}-${crypto.randomUUID().slice(0, 4)}`;
  return RawClient.open(address, username === undefined ? { clientId } : { clientId, username });
}

/** Subscribes to one filter; the answer must be this return code. */
async function subscribed(client: RawClient, filter: string, returnCode: number): Promise<void> {
  await client.send(subscribe(1, [filter, 0]));
  await client.expect(suback(1, returnCode));
}

/** Publishes with QoS 1, so that the broker has dealt with it when this returns. */
async function published(client: RawClient, topic: string, retain = false): Promise<void> {
  await client.send(publish(topic, "x", { qos: 1, id: 9, retain }));
  await client.expect(puback(9));
}

Deno.test("topic_acl: a denied PUBLISH is acknowledged and reaches nobody", async () => {
  await using running = await withPlugins({ topic_acl: { publish_acl: { alice: ["ok/#"] } } });
  await using watcher = await open(running.address);
  await subscribed(watcher, "#", 0);
  await using alice = await open(running.address, "alice");
  await using bob = await open(running.address, "bob");
  await published(alice, "not/ok");
  await published(bob, "ok/bob");
  await published(alice, "ok/alice");
  assertEquals((await watcher.expectPublish()).topic, "ok/alice");
  await watcher.expectNothing();
});

Deno.test("topic_acl: SUBSCRIBE is answered filter by filter", async () => {
  await using running = await withPlugins({
    topic_acl: { acl: [{ alice: ["open/+", "own/#"] }, { anonymous: ["#"] }] },
  });
  await using alice = await open(running.address, "alice");
  await alice.send(subscribe(7, ["open/+", 1], ["open/#", 1], ["own/x/#", 2], ["#", 0]));
  await alice.expect(suback(7, 1, DENIED, 2, DENIED));
  await using bob = await open(running.address, "bob");
  await subscribed(bob, "open/a", DENIED);
  await using nameless = await open(running.address);
  await subscribed(nameless, "#", 0);
  await subscribed(nameless, "$SYS/#", DENIED);
  await using admin = await open(running.address, "admin");
  await subscribed(admin, "$SYS/#", 0);
});

Deno.test("topic_acl: receive_acl filters what a wide subscription gets, retained included", async () => {
  await using running = await withPlugins({
    topic_acl: { receive_acl: { alice: ["for/alice"], anonymous: [] } },
  });
  await using admin = await open(running.address, "admin");
  await published(admin, "for/bob", true);
  await published(admin, "for/alice", true);
  await using alice = await open(running.address, "alice");
  await subscribed(alice, "#", 0);
  assertEquals((await alice.expectPublish()).topic, "for/alice");
  await alice.expectNothing();
  await using nameless = await open(running.address);
  await subscribed(nameless, "#", 0);
  await published(admin, "for/bob");
  await published(admin, "for/alice");
  assertEquals((await alice.expectPublish()).topic, "for/alice");
  await alice.expectNothing();
  await nameless.expectNothing();
});

Deno.test("topic_acl: absent and null do not restrict, empty lists block", async () => {
  const cases: [unknown, number][] = [[undefined, 0], [null, 0], [{}, DENIED], [[], DENIED]];
  for (const [acl, returnCode] of cases) {
    const options = acl === undefined ? {} : { subscribe_acl: acl };
    await using running = await withPlugins({ topic_acl: options });
    await using alice = await open(running.address, "alice");
    await subscribed(alice, "a/b", returnCode);
  }
});

for (const topic of ["prohibited", "top-secret", "data/classified"]) {
  Deno.test(`topic_taboo: ${topic} is neither published, subscribed to nor received`, async () => {
    await using running = await withPlugins({ topic_taboo: null });
    await using admin = await open(running.address, "admin");
    await using alice = await open(running.address, "alice");
    await using wide = await open(running.address, "wide");
    await subscribed(admin, topic, 0);
    await subscribed(alice, topic, DENIED);
    await subscribed(wide, "#", 0);
    await published(alice, topic);
    await admin.expectNothing();
    await admin.send(publish(topic, "live", { retain: true }));
    assertEquals((await admin.expectPublish()).payload, "live");
    await wide.expectNothing();
    await subscribed(wide, "#", 0); // once more, for what is retained
    await subscribed(wide, topic.includes("/") ? "data/+" : "+", 0);
    await wide.expectNothing();
    await using secondAdmin = await open(running.address, "admin");
    await subscribed(secondAdmin, "#", 0);
    assertEquals((await secondAdmin.expectPublish()).topic, topic);
  });
}

Deno.test("topic_taboo and topic_acl together: one denial denies", async () => {
  await using running = await withPlugins({
    topic_acl: { publish_acl: { alice: ["#"] } },
    topic_taboo: null,
  });
  await using admin = await open(running.address, "admin");
  await subscribed(admin, "#", 0);
  await using alice = await open(running.address, "alice");
  await published(alice, "prohibited");
  await published(alice, "fine");
  assertEquals((await admin.expectPublish()).topic, "fine");
  await admin.expectNothing();
});
