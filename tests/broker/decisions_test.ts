/** The last access decisions, kept while someone looks, and the sources with their counters. */
import { assertEquals } from "@std/assert";
import type { Hooks } from "../../mod.ts";
import { ManagedBroker } from "../support/managed_broker.ts";
import { connect, publish } from "../support/raw_packets.ts";

const RULES: Hooks = {
  authenticate: ({ client }) => client.username === "no" ? "deny" : undefined,
  authorize: ({ topic }) => topic === "no" ? "deny" : "allow",
};

async function decided(broker: ManagedBroker, args = {}): Promise<unknown[]> {
  const rows = await broker.rows("acl decisions", args);
  return rows.map((row) => [row.clientId, row.question, row.topic, row.verdict, row.times]);
}

Deno.test("decisions are kept from the first look on, the newest first", async () => {
  await using broker = await ManagedBroker.start({}, RULES);
  const early = await broker.it.open("early");
  await early.raw.send(publish("no", "x"));
  await early.subscribe(["t", 0]);
  assertEquals(await decided(broker), []);
  const client = await broker.it.open("c");
  await client.subscribe(["t", 0]);
  await client.raw.send(publish("no", "x"));
  await client.raw.send(publish("no", "x"));
  await client.subscribe(["u", 0]); // its answer is behind the others
  assertEquals(await decided(broker, { clientId: "c" }), [
    ["c", "subscribe", "u", "allow", 1],
    ["c", "publish", "no", "deny", 2],
    ["c", "subscribe", "t", "allow", 1],
    ["c", "authenticate", null, "allow", 1],
  ]);
  assertEquals(await decided(broker, { verdict: "deny" }), [["c", "publish", "no", "deny", 2]]);
});

Deno.test("a refused login is one, and the password is nowhere", async () => {
  await using broker = await ManagedBroker.start({}, RULES);
  await decided(broker);
  const raw = await broker.it.dial();
  await raw.send(connect({ clientId: "c", username: "no", password: "s3cret" }));
  await raw.readToEnd();
  const rows = await broker.rows("acl decisions", {});
  assertEquals(rows.map(({ username, verdict }) => [username, verdict]), [["no", "deny"]]);
  assertEquals(JSON.stringify(rows).includes("s3cret"), false);
});

Deno.test("five minutes after the last look nothing is kept", async () => {
  await using broker = await ManagedBroker.start({}, RULES);
  await decided(broker);
  await broker.it.open("c", { keepAlive: 0 });
  assertEquals((await decided(broker)).length, 1);
  broker.it.clock.advance(299_000);
  assertEquals((await decided(broker)).length, 1);
  broker.it.clock.advance(300_500);
  assertEquals(await decided(broker), []);
});

Deno.test("at most a thousand", async () => {
  await using broker = await ManagedBroker.start({ max_subscriptions: 0 }, RULES);
  await decided(broker);
  const client = await broker.it.open("c");
  for (let i = 0; i < 12; i++) {
    const filters = Array.from({ length: 100 }, (_, n): [string, number] => [`t/${i}/${n}`, 0]);
    await client.subscribe(...filters);
  }
  assertEquals((await decided(broker)).length, 1000);
});

Deno.test("sources with their answers and how their servers are", async () => {
  const server: Hooks = {
    authorize: () => "allow",
    health: () => ({ state: "down", since: 5, lastError: "no route", answered: 2, failed: 1 }),
  };
  await using broker = await ManagedBroker.start({}, server);
  const client = await broker.it.open("c");
  await client.subscribe(["t", 0]);
  const rows = await broker.rows("acl sources", {});
  const row = rows.find(({ question }) => question === "authorize")!;
  assertEquals([row.allow, row.deny, row.error, row.health], [1, 0, 0, {
    state: "down",
    since: 5,
    lastError: "no route",
    answered: 2,
    failed: 1,
  }]);
  const login = rows.find(({ question }) => question === "authenticate")!;
  assertEquals([login.source, login.allow, login.health], ["auth_anonymous", 1, null]);
});
