/** What operators see of clients and sessions of MQTT 5: rows of `midge ctl`, and what a denial does. */
import { assertEquals } from "@std/assert";
import { clientTable, sessionTable } from "../../lib/cli/ctl/tables.ts";
import type { RowOf } from "../../lib/manage/commands.ts";
import { list } from "../../lib/manage/remote.ts";
import { Clocked5 } from "../support/clocked5.ts";
import { disconnect5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";

async function sessionsOf(it: Clocked5): Promise<RowOf<"sessions">[]> {
  const rows: RowOf<"sessions">[] = [];
  await list(it.target, "sessions", {}, (part) => void rows.push(...part));
  return rows;
}

const WILL = { topic: "will", payload: "gone" };

Deno.test("ctl sessions: version, how long each is kept, when its will is due", async () => {
  await using it = await Clocked5.start({ session_expiry_interval: 0 });
  const properties = { sessionExpiryInterval: 60 };
  const will = { ...WILL, properties: { willDelayInterval: 20 } };
  const away = await it.open("away", { will, properties });
  await away.send(disconnect5(4));
  await away.expectClosed();
  await until(() => it.inner.broker.metrics.clientsConnected === 0, "the end");
  it.inner.clock.advance(5000);
  await it.open("here");
  await it.open("for ever", { properties: { sessionExpiryInterval: 0xffff_ffff } });
  await it.inner.keep("old");
  const rows = await sessionsOf(it);
  assertEquals(
    rows.map((row) => [row.clientId, row.protocolLevel, row.cleanSession, row.expirySeconds]),
    [["away", 5, false, 60], ["here", 5, true, 0], ["for ever", 5, false, null], [
      "old",
      4,
      false,
      null,
    ]],
  );
  assertEquals(rows.map(({ willSeconds }) => willSeconds), [15, null, null, null]);
  assertEquals(rows.map((row) => sessionTable.line(row).split(/ {2,}/).slice(2, 6).join()), [
    "5,yes,5,55",
    "5,no,-,-",
    "5,yes,-,-",
    "3.1.1 yes,-,-,0",
  ]);
});

Deno.test("ctl clients: the version that each speaks", async () => {
  await using it = await Clocked5.start();
  await it.open("five");
  await it.inner.open("four");
  await it.inner.open("three", { name: "MQIsdp", level: 3 });
  const rows: RowOf<"clients">[] = [];
  await list(it.target, "clients", {}, (part) => void rows.push(...part));
  assertEquals(rows.map(({ protocolLevel }) => protocolLevel), [5, 4, 3]);
  assertEquals(rows.map((row) => clientTable.line(row).split(/ +/)[4]), ["5", "3.1.1", "3.1"]);
});

Deno.test("explain: what a denial does is said in the words of the client's version", async () => {
  await using it = await Clocked5.start({ shared_subscriptions: false }, {
    authorize: () => "deny",
  });
  await it.open("five");
  await it.inner.open("four");
  const effect = async (
    client: string,
    action: "publish" | "subscribe",
    topic: string,
    qos: 0 | 1 | 2,
  ) => (await it.inner.broker.explain({ client, action, topic, qos })).effect;
  const effects = async (client: string) => [
    await effect(client, "publish", "t", 0),
    await effect(client, "publish", "t", 1),
    await effect(client, "publish", "t", 2),
    await effect(client, "subscribe", "t", 0),
    await effect(client, "subscribe", "$share/g/t", 0),
    await effect(client, "subscribe", "$share/g", 0),
  ];
  assertEquals(await effects("five"), [
    "the message is dropped",
    "PUBACK says 0x87, and the message is dropped",
    "PUBREC says 0x87, and the message is dropped",
    "SUBACK says 0x87 for this filter",
    "SUBACK says 0x9E for this filter",
    "the connection is closed",
  ]);
  assertEquals(await effects("four"), [
    "the message is dropped",
    "the message is acknowledged and dropped",
    "the message is acknowledged and dropped",
    "SUBACK says 0x80 for this filter",
    "SUBACK says 0x80 for this filter",
    "SUBACK says 0x80 for this filter",
  ]);
});
