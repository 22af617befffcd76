/** aMQTT's session database as a stored state, from what a real one has kept. */
import { assertEquals, assertRejects } from "@std/assert";
import { importState } from "../../../lib/storage/foreign/import_state.ts";
import { UserError } from "../../../lib/user_error.ts";
import { DatabaseFile } from "./database_file.ts";
import { AMQTT_SQL } from "./fixtures.ts";
import { tellSessions } from "./told.ts";

const NOW = 1_795_831_400_000;

Deno.test("aMQTT: several rows are one session; retained messages that were removed stay away", async () => {
  using file = new DatabaseFile(AMQTT_SQL);
  const { state, warnings } = await importState(file.path, "amqtt", { now: NOW });
  assertEquals(tellSessions(state), {
    away: {
      username: undefined,
      expiryInterval: Infinity,
      lastPacketId: 0,
      subscriptions: ["a/# q2", "+/b q2"],
      received: [],
      entries: ["a/1 q1"],
    },
  });
  assertEquals(
    Array.from(state.retained.values(), ({ topicName, payload, qos }) => [topicName, payload, qos]),
    [["r/1", Uint8Array.of(0, 255), 1], ["r/2", new TextEncoder().encode("two"), 0]],
  );
  const [entry] = state.sessions.get("away")!.entries.values();
  assertEquals(new TextDecoder().decode(entry?.message.payload), "eins ä");
  assertEquals([state.wills.size, state.time], [0, NOW]);
  assertEquals(warnings, [
    "differs: 1 session: aMQTT does not keep usernames; only a client without one resumes it, " +
    "or give a username here",
    "differs: 2 subscriptions: aMQTT keeps those too that were ended",
    "differs: 1 message: it waits, and may have been delivered: aMQTT does not remove what it has delivered",
    "not carried over: 1 will: aMQTT keeps those of clients that said goodbye too",
  ]);
});

Deno.test("aMQTT: usernames can be given", async () => {
  using file = new DatabaseFile(AMQTT_SQL);
  const { state, warnings } = await importState(file.path, undefined, {
    now: NOW,
    username: "user-%c",
  });
  const { client } = state.sessions.get("away")!;
  assertEquals([client.username, client.isProven], ["user-away", true]);
  assertEquals(warnings.some((line) => line.includes("usernames")), false);
  const choices = { now: NOW, username: "ann", isClaimed: true };
  const claimed = await importState(file.path, undefined, choices);
  assertEquals(claimed.state.sessions.get("away")?.client.isProven, false);
});

Deno.test("aMQTT: the highest QoS of a filter's rows counts, in any order", async () => {
  const more = (id: number, qos: number) =>
    `insert into stored_sessions values(${id},'away',0,0,null,null,null,null,0,'[]',
     '[{"topic": "a/#", "qos": ${qos}}, {"topic": "x#", "qos": 1}]')`;
  using file = new DatabaseFile(
    AMQTT_SQL,
    "delete from stored_sessions",
    more(8, 0),
    more(9, 1),
  );
  const { state, warnings } = await importState(file.path, "amqtt", { now: NOW });
  assertEquals(tellSessions(state).away?.subscriptions, ["a/# q1"]);
  assertEquals(
    warnings.filter((line) => line.includes("#")),
    ["not carried over: 2 subscriptions: # must be alone in the last level of a topic filter [MQTT-4.7.1-2]"],
  );
});

Deno.test("aMQTT: a database without retained messages is an error in one line", async () => {
  using file = new DatabaseFile(AMQTT_SQL, "drop table stored_messages");
  const error = await assertRejects(() => importState(file.path, "amqtt", { now: NOW }), UserError);
  const expected =
    "expected aMQTT's session database, got a database without table stored_messages";
  assertEquals(error.message, `${file.path}: ${expected}`);
});

for (const json of ["{}", "[1]", "["]) {
  Deno.test(`aMQTT: ${json} where a list should be is an error in one line`, async () => {
    using file = new DatabaseFile(
      AMQTT_SQL,
      `update stored_sessions set subscriptions = '${json}'`,
    );
    const error = await assertRejects(
      () => importState(file.path, "amqtt", { now: NOW }),
      UserError,
    );
    const expected = "stored_sessions.subscriptions: expected a list of objects in JSON";
    assertEquals(error.message, `${file.path}: ${expected}`);
  });
}
