/**
 * Node-RED and zigbee2mqtt at MQTT 5, as they come from npm: what people's flows and bridges do, without a warning in the
 * broker's log. install.sh installs them; without it the tests are skipped and say so.
 */
import { assert, assertEquals } from "@std/assert";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { type Got, Party } from "../../support/mixed_party.ts";
import { optionalTest } from "../../support/optional.ts";
import { until } from "../../support/until.ts";
import { MISSING, startNodeRed, startZigbee2mqtt } from "./programs.ts";

optionalTest(
  MISSING,
  "Node-RED at MQTT 5: birth, will, request and response, properties",
  async () => {
    await using it = await ClockedBroker.start();
    const watcher = await Party.open(it, "watcher", 5);
    await watcher.subscribe("nr/status", 1);
    await using program = startNodeRed(flows(it.address.port));
    await until(() => isThere(it, "node-red"), "Node-RED");
    const birth = await watcher.next();
    assertEquals([birth.payload, birth.properties?.contentType], ["online", "text/plain"]);
    const asking = await Party.open(it, "asking", 5);
    await asking.subscribe("nr/answers/me", 2);
    // Its subscription may come after its birth.
    await until(() => it.broker.metrics.subscriptionsCount === 3, "its subscription");
    const properties = {
      payloadFormatIndicator: 1,
      messageExpiryInterval: 60,
      contentType: "text/plain",
      responseTopic: "nr/answers/me",
      correlationData: "17",
      userProperties: [["b", "1"], ["a", "2"]] as [string, string][],
    };
    for (const qos of [1, 2]) {
      await asking.publish({ topic: "nr/questions", payload: "how much?", qos, properties });
      const answer = await asking.next();
      assertEquals([answer.payload, answer.qos], ["how much? 42", 2]);
      assertEquals(answer.properties?.userProperties, properties.userProperties);
      assertEquals(new TextDecoder().decode(answer.properties?.correlationData), "17");
      assertEquals(answer.properties?.contentType, "text/plain");
    }
    await program.kill();
    await until(() => !isThere(it, "node-red"), "its end");
    it.clock.advance(5000);
    assertEquals((await watcher.next()).payload, "gone");
    assertQuiet(it);
  },
);

optionalTest(
  MISSING,
  "zigbee2mqtt with `version: 5`: bridge topics, discovery, requests, will",
  async () => {
    await using it = await ClockedBroker.start();
    // A client of 3.1.1 beside it, as an older Home Assistant is one.
    const watcher = await Party.open(it, "watcher", 4);
    const server = `mqtt://127.0.0.1:${it.address.port}`;
    await watcher.subscribe("zigbee2mqtt/bridge/state", 1);
    await using program = startZigbee2mqtt({
      server,
      version: 5,
      client_id: "zigbee2mqtt",
      base_topic: "zigbee2mqtt",
    });
    await until(() => isThere(it, "zigbee2mqtt"), "zigbee2mqtt");
    assertEquals(JSON.parse((await watcher.next()).payload), { state: "online" });
    // It waits some seconds before it tells of its bridge: 8 entities, and state, info and more of its own.
    await until(() => it.broker.metrics.retainedCount >= 10, "discovery");
    const late = await Party.open(it, "late", 5);
    await late.subscribe("homeassistant/#", 1);
    const discovered = await late.next();
    assert(
      JSON.parse(discovered.payload).device !== undefined && discovered.retain,
      discovered.payload,
    );
    const asking = await Party.open(it, "asking", 4);
    await asking.subscribe("zigbee2mqtt/bridge/response/#", 1);
    await asking.publish({ topic: "zigbee2mqtt/bridge/request/health_check", payload: "", qos: 1 });
    const { status } = JSON.parse((await asking.next()).payload) as { status: string };
    assertEquals(status, "ok");
    const info = await Party.open(it, "info", 4);
    await info.subscribe("zigbee2mqtt/bridge/info", 1);
    const kept: Got = await info.next();
    assertEquals([kept.retain, JSON.parse(kept.payload).mqtt.version], [true, 5]);
    await program.kill();
    assertEquals(JSON.parse((await untilOffline(watcher)).payload), { state: "offline" });
    assertQuiet(it);
  },
);

/** It says `online` again once it has started. */
async function untilOffline(watcher: Party): Promise<Got> {
  for (;;) {
    const got = await watcher.next();
    if (!got.payload.includes("online")) return got;
  }
}

function isThere({ broker }: ClockedBroker, clientId: string): boolean {
  return broker.clients.some((one) => one.clientId === clientId && one.protocolLevel === 5);
}

/** Nothing that an operator should look at. */
function assertQuiet({ log }: ClockedBroker): void {
  assertEquals(log.filter((line) => !/ (debug|info) /.test(line)), []);
}

/** Answers a question at its response topic; its broker node has birth and will with properties. */
function flows(port: number): unknown[] {
  const broker = {
    ...{ id: "broker", type: "mqtt-broker", broker: "127.0.0.1", port: `${port}` },
    ...{ clientid: "node-red", autoConnect: true, protocolVersion: "5", keepalive: "60" },
    ...{ cleansession: true, sessionExpiry: "3600", userProps: '{"who":"a flow"}' },
    ...{ birthTopic: "nr/status", birthQos: "1", birthRetain: "true", birthPayload: "online" },
    birthMsg: { contentType: "text/plain", expiry: "600" },
    ...{ willTopic: "nr/status", willQos: "1", willRetain: "true", willPayload: "gone" },
    willMsg: { contentType: "text/plain", delay: "5" },
  };
  const node = (id: string, type: string, next: string[], rest: Record<string, unknown>) => (
    { id, type, z: "tab", wires: [next], ...rest }
  );
  const question = { topic: "nr/questions", qos: "2", datatype: "utf8", rap: true, rh: 0 };
  const func = "delete msg.topic; msg.qos = 2; msg.payload += ' 42'; return msg;";
  return [
    { id: "tab", type: "tab" },
    broker,
    node("in", "mqtt in", ["answer"], { broker: "broker", nl: false, inputs: 0, ...question }),
    node("answer", "function", ["out"], { func, outputs: 1 }),
    node("out", "mqtt out", [], { broker: "broker", topic: "", qos: "", retain: "" }),
  ];
}
