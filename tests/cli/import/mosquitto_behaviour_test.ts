/**
 * The same acl_file before mosquitto and, imported, before Midge: clients get and send the same messages.
 */
import { assert, assertEquals } from "@std/assert";
import type { PluginsOption } from "../../../mod.ts";
import { mosquittoTest, startMosquitto } from "../../support/mosquitto.ts";
import { type BrokerAddress, RawClient } from "../../support/raw_client.ts";
import {
  parsePublish,
  PINGREQ,
  publish,
  subscribe,
  unsubscribe,
} from "../../support/raw_packets.ts";
import { startBroker } from "../../support/running_broker.ts";
import { importTexts } from "./support.ts";

const ACL = `# Clients without a user name
topic read news/#
topic guests

user watcher
topic readwrite #

# Several words, and a name that comes twice
user ann b
topic write home/ann/+
topic read home/#
user roger
topic foo/bar
topic deny foo/bar/secret
topic read foo/#
topic write foo/+/set
topic deny %u/x
topic all
user ann b
topic deny home/cellar

pattern read mail/%u/#
pattern write devices/%c/up
pattern readwrite desk/%u/%c
pattern read part/x%cy/z
pattern deny mail/%u/sealed
pattern deny home/%c/off
`;

const TOPICS = [
  "news",
  "news/a/b",
  "guests",
  "home/ann/x",
  "home/ann/x/y",
  "home/cellar",
  "home/d1/off",
  "foo",
  "foo/bar",
  "foo/bar/secret",
  "foo/a/set",
  "roger/x",
  "%u/x",
  "all",
  "other",
  "mail/roger/a",
  "mail/roger/sealed",
  "mail/ann b/a",
  "mail/d1/a",
  "mail//a",
  "devices/d1/up",
  "devices/d2/up",
  "desk/roger/d1",
  "desk/ann b/d1",
  "part/xd1y/z",
  "part/x%cy/z",
];

const CLIENTS: { username?: string; clientId: string }[] = [
  { clientId: "d1" },
  { clientId: "d2", username: "roger" },
  { clientId: "d1", username: "roger" },
  { clientId: "d1", username: "ann b" },
  { clientId: "d1", username: "nobody" },
  { clientId: "#", username: "roger" },
  { clientId: "d1", username: "+" },
  { clientId: "+" },
];

const PINGRESP = 13;

/** What one client got and sent. */
interface Rights {
  granted: number[];
  retained: string[];
  received: string[];
  published: string[];
}

/** The topics of all PUBLISH packets that are under way. */
async function drain(client: RawClient): Promise<string[]> {
  await client.send(PINGREQ);
  const topics: string[] = [];
  for (;;) {
    const packet = await client.nextPacket();
    if (packet === undefined) throw new Error("the broker closed the connection");
    if (packet.type === PINGRESP) break;
    topics.push(parsePublish(packet).topic);
  }
  return topics;
}

/** Publishes to all topics, each acknowledged: whoever gets it has it in front of the answer to a PINGREQ. */
async function publishAll(client: RawClient, retain: boolean): Promise<void> {
  for (const [index, topic] of TOPICS.entries()) {
    await client.send(publish(topic, "x", { qos: 1, id: index + 1, retain }));
    await client.expectPacket("PUBACK");
  }
}

async function rightsOf(
  watcher: RawClient,
  address: BrokerAddress,
  identity: { username?: string; clientId: string },
): Promise<Rights> {
  await using client = await RawClient.open(address, identity);
  await client.send(subscribe(1, ["#", 0], ["secret/of/nobody", 1]));
  const granted = [...(await client.expectPacket("SUBACK")).bytes.subarray(4)];
  const retained = await drain(client);
  await publishAll(watcher, false);
  const received = await drain(client);
  await client.send(unsubscribe(2, "#"));
  await client.expectPacket("UNSUBACK");
  await watcher.send(subscribe(1, ["#", 0]));
  await watcher.expectPacket("SUBACK");
  await drain(watcher);
  await publishAll(client, false);
  const published = await drain(watcher);
  return { granted, retained, received, published };
}

async function allRights(address: BrokerAddress): Promise<Rights[]> {
  const rights: Rights[] = [];
  for (const identity of CLIENTS) {
    await using watcher = await RawClient.open(address, { clientId: "w", username: "watcher" });
    await publishAll(watcher, true);
    const { granted, ...topics } = await rightsOf(watcher, address, identity);
    const sorted = Object.entries(topics).map(([key, value]) => [key, value.sort()]);
    rights.push({ granted, ...Object.fromEntries(sorted) });
  }
  return rights;
}

await mosquittoTest("an imported acl_file lets through what mosquitto lets through", async () => {
  // Where its queues are unbounded, mosquitto 2.0.11 closes on who publishes without the right.
  await using mosquitto = await startMosquitto(
    ["acl_file FOLDER/acl\nmax_queued_messages 1000"],
    (folder) => Deno.writeTextFile(`${folder}/acl`, ACL),
  );
  const conf = "listener 1883 127.0.0.1\nallow_anonymous true\nacl_file acl\n";
  const { config } = await importTexts({ "mosquitto.conf": conf, acl: ACL });
  await using midge = await startBroker({ plugins: config.plugins as PluginsOption });
  const theirs = await allRights({ hostname: "127.0.0.1", port: mosquitto.ports[0]! });
  const ours = await allRights(midge.address);
  for (const [index, identity] of CLIENTS.entries()) {
    assertEquals(ours[index], theirs[index], JSON.stringify(identity));
  }
  assert(theirs.some(({ received }) => received.length > 3), "the rules let nothing through");
});
