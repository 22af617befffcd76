/** The topics of a running mosquitto's $SYS are all in Midge's, and their payloads have the same form. */
import { assert, assertEquals } from "@std/assert";
import { mosquittoTest, startMosquitto } from "../../support/mosquitto.ts";
import { type BrokerAddress, RawClient } from "../../support/raw_client.ts";
import { parsePublish, PINGREQ, suback, subscribe } from "../../support/raw_packets.ts";
import { startBroker } from "../../support/running_broker.ts";
import { KEYS } from "./keys.ts";

const PUBLISH = 3;
/** aMQTT's stand there, in other units or words. */
const OTHERS = ["version", "uptime", "heap/maximum"];

/** The retained messages below `$SYS/broker/`. */
async function treeOf(address: BrokerAddress): Promise<Map<string, string>> {
  await using client = await RawClient.open(address, { clientId: "c" });
  await client.send(subscribe(1, ["$SYS/#", 0]), PINGREQ);
  await client.expect(suback(1, 0));
  const topics = new Map<string, string>();
  for (let packet = await client.nextPacket(); packet?.type === PUBLISH;) {
    const { topic, payload } = parsePublish(packet);
    topics.set(topic.slice("$SYS/broker/".length), payload);
    packet = await client.nextPacket();
  }
  return topics;
}

/** A number as its form: `0.00`, `0`. */
function formOf(payload: string | undefined): string | undefined {
  return payload?.replace(/^\d+/, "0").replace(/\d(?=\d*$)/g, "0");
}

await mosquittoTest("$SYS: the topics of a running mosquitto, its forms of payloads", async () => {
  await using mosquitto = await startMosquitto(["sys_interval 1"]);
  const plugins = { auth_anonymous: null, broker_sys: null };
  await using running = await startBroker({ plugins });
  const theirs = await treeOf({ hostname: "127.0.0.1", port: mosquitto.ports[0]! });
  const ours = await treeOf(running.address);
  assert(theirs.size > 40, `${theirs.size} topics of mosquitto`);
  const forms = [...theirs].filter(([topic]) => !OTHERS.includes(topic)).map((
    [topic, payload],
  ) => [topic, formOf(payload)]);
  assertEquals(forms.map(([topic]) => [topic, formOf(ours.get(topic!))]), forms);
  assertEquals([...theirs.keys()].filter((topic) => !KEYS.includes(topic)), []);
});
