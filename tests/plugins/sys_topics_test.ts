/** broker_sys in a broker: a subscriber sees every topic, in the type that is documented. */
import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { PINGREQ, suback, subscribe } from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";

const INT = /^\d+$/;
const FLOAT = /^\d+\.\d{3}$/;

/** aMQTT's 24 topics and their types. */
const TOPICS: Record<string, RegExp> = {
  "version": /^midge \d+\.\d+\.\d+/,
  "load/bytes/received": INT,
  "load/bytes/sent": INT,
  "messages/received": INT,
  "messages/sent": INT,
  "time": INT,
  "uptime": INT,
  "uptime/formatted": /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/,
  "clients/connected": INT,
  "clients/disconnected": INT,
  "clients/maximum": INT,
  "clients/total": INT,
  "messages/inflight": INT,
  "messages/inflight/in": INT,
  "messages/inflight/out": INT,
  "messages/inflight/stored": INT,
  "messages/publish/received": INT,
  "messages/publish/sent": INT,
  "messages/retained/count": INT,
  "messages/subscriptions/count": INT,
  "heap/size": FLOAT,
  "heap/maximum": FLOAT,
  "cpu/percent": FLOAT,
  "cpu/maximum": FLOAT,
};

const EXTRAS: Record<string, RegExp> = {
  "heap/used": FLOAT,
  "eventloop/delay": FLOAT,
  "system/memory/total": FLOAT,
  "system/memory/free": FLOAT,
  "system/memory/available": FLOAT,
  "messages/dropped": INT,
  "access/cache/hits": INT,
  "access/cache/misses": INT,
  "access/auth_anonymous/authenticate/allow": INT,
  "access/auth_anonymous/authenticate/deny": INT,
  "access/auth_anonymous/authenticate/ignore": INT,
  "access/auth_anonymous/authenticate/error": INT,
  "access/auth_anonymous/authenticate/time/total": INT,
  "access/auth_anonymous/authenticate/time/worst": INT,
};

Deno.test("$SYS: all topics at once for a late subscriber, retained, QoS 0", async () => {
  await using running = await startBroker({
    plugins: { auth_anonymous: null, broker_sys: { sys_interval: 3600, mosquitto: false } },
  });
  await using client = await RawClient.open(running.address, { clientId: "c" });
  await client.send(subscribe(1, ["$SYS/#", 2]), PINGREQ);
  await client.expect(suback(1, 2));
  const seen = new Map<string, string>();
  for (let count = 0; count < Object.keys({ ...TOPICS, ...EXTRAS }).length; count++) {
    const { topic, payload, qos, retain } = await client.expectPublish();
    assertEquals([qos, retain], [0, true], topic);
    seen.set(topic.replace("$SYS/broker/", ""), payload);
  }
  await client.expectPacket("PINGRESP");
  for (const [topic, shape] of Object.entries({ ...TOPICS, ...EXTRAS })) {
    assert(shape.test(seen.get(topic) ?? "absent"), `${topic}: ${seen.get(topic)}`);
  }
  assertEquals(seen.get("messages/retained/count"), "0");
});

Deno.test("$SYS: # and + do not match it, and clients cannot publish there", async () => {
  await using running = await startBroker({
    plugins: { auth_anonymous: null, broker_sys: null },
  });
  await using client = await RawClient.open(running.address, { clientId: "c" });
  await client.send(subscribe(1, ["#", 0], ["+/broker/version", 0]));
  await client.expect(suback(1, 0, 0));
  await client.expectNothing();
});
