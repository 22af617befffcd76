/** A real mosquitto as a bridge to Midge: both directions, RETAIN kept, no message twice. */
import { assertEquals } from "@std/assert";
import { Peer } from "../conformance/peer.ts";
import { WORDS4 } from "../conformance/words.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { mosquittoTest, startMosquitto } from "../support/mosquitto.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

/** What mosquitto is told beside the address of the other broker. */
function bridgeTo(port: number, protocol: string): string {
  return [
    "connection other",
    `address 127.0.0.1:${port}`,
    `bridge_protocol_version ${protocol}`,
    "topic both/# both 2",
    "restart_timeout 1",
    "remote_clientid bridge",
    "cleansession false",
  ].join("\n");
}

/** A client of mosquitto. */
async function clientOf(port: number, clientId: string): Promise<Peer> {
  const address = { hostname: "127.0.0.1", port };
  return new Peer(await RawClient.open(address, { clientId }), clientId, WORDS4);
}

for (const [protocol, level] of [["mqttv311", 4], ["mqttv31", 3]] as const) {
  await mosquittoTest(
    `mosquitto bridges to Midge by ${protocol}: each message once, with its RETAIN flag`,
    async () => {
      await using it = await ClockedBroker.start();
      await using other = await startMosquitto([bridgeTo(it.address.port, protocol)]);
      const isBridged = () =>
        it.broker.clients.some(({ clientId, protocolLevel }) =>
          clientId === "bridge" && protocolLevel === level
        ) && it.broker.metrics.subscriptionsCount === 1;
      await until(isBridged, "the bridge");
      const here = await it.open("here");
      const there = await clientOf(other.ports[0]!, "there");
      await Promise.all([here.subscribed(["both/#", 2]), there.subscribed(["both/#", 2])]);
      for (const qos of [0, 1, 2]) {
        await here.publish(`both/here/${qos}`, "x", { qos });
        await there.publish(`both/there/${qos}`, "x", { qos });
      }
      await here.publish("both/kept/here", "x", { qos: 1, retain: true });
      await there.publish("both/kept/there", "x", { qos: 1, retain: true });
      // Whatever an echo made comes before what follows it on the same way, there and back.
      await here.publish("both/end", "end of here", { qos: 2 });
      await there.publish("both/end", "end of there", { qos: 2 });
      const wanted = ["here", "there"].flatMap((side) => [
        ...[0, 1, 2].map((qos) => `both/${side}/${qos} x/${qos}`),
        `both/kept/${side} x/1`,
      ]).sort();
      const [gotHere, gotThere] = await Promise.all([
        both(here),
        both(there),
      ]);
      assertEquals([gotHere, gotThere], [wanted, wanted]);
      await Promise.all([here.nothing(), there.nothing()]);
      // Retained on both sides: the bridge kept the flag.
      for (
        const peer of [await it.open("late here"), await clientOf(other.ports[0]!, "late there")]
      ) {
        await peer.subscribed(["both/kept/#", 1]);
        const late = [await peer.next(), await peer.next()];
        assertEquals(late, ["x/1/r", "x/1/r"]);
        await peer.raw.close();
      }
      await there.raw.close();
    },
  );
}

/** Everything up to both ends, sorted. */
async function both(peer: Peer): Promise<string[]> {
  const ends = ["end of here", "end of there"];
  const got: string[] = [];
  for (let left = ends.length; left > 0;) {
    const { topic, payload, qos, retain } = await peer.receive();
    if (ends.includes(payload)) left--;
    else got.push(`${topic} ${payload}/${qos}${retain ? "/r" : ""}`);
  }
  return got.sort();
}
