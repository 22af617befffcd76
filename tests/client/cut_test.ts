/**
 * The network is cut at every byte of a QoS 1 and a QoS 2 exchange, in either direction, towards either
 * side: nothing is lost, and QoS 2 never comes twice. Against Midge and, where it is installed, mosquitto.
 */
import { assert, assertEquals } from "@std/assert";
import { Client } from "../../lib/client/client.ts";
import { CLIENT_CLOCK } from "../../lib/client/clock.ts";
import type { ClientOptions } from "../../lib/client/config_types.ts";
import { type Cut, CuttingProxy } from "../support/cutting_proxy.ts";
import { mosquittoTest, startMosquitto } from "../support/mosquitto.ts";
import { type BrokerAddress, within } from "../support/raw_client.ts";
import { startBroker } from "../support/running_broker.ts";
import { until } from "../support/until.ts";

type Way = keyof Cut;

/** Comes back at once. */
const IMPATIENT = {
  ...CLIENT_CLOCK,
  after: (_milliseconds: number, callback: () => void) => CLIENT_CLOCK.after(1, callback),
};

const WAYS: readonly Way[] = ["up", "down"];
/** Distinguishes the sessions of all runs. */
let runs = 0;

function clientOf(uri: string, options: ClientOptions = {}): Client {
  const client_id = `cut-${runs++}`;
  const rest = { plugins: null, cleansession: false, reconnect_retries: -1, ...options };
  return new Client({ connection: { uri }, client_id, ...rest }, IMPATIENT);
}

/** How often each payload has come. */
class Tally {
  readonly counts = new Map<string, number>();

  readonly add = ({ text }: { text: string }): void => {
    this.counts.set(text, (this.counts.get(text) ?? 0) + 1);
  };

  of(payload: string): number {
    return this.counts.get(payload) ?? 0;
  }
}

async function publishOnce(proxy: CuttingProxy, payload: string, qos: 1 | 2): Promise<void> {
  await using client = clientOf(proxy.uri);
  await within(client.connect(), "CONNACK");
  await within(client.publish("cut/me", payload, { qos }), `publish ${payload}`);
}

/** Publishes through a cut at every byte; a subscriber on a whole network counts. */
async function cutPublishing(broker: BrokerAddress, qos: 1 | 2): Promise<void> {
  const tally = new Tally();
  await using subscriber = clientOf(`mqtt://127.0.0.1:${broker.port}`, { cleansession: true });
  await subscriber.connect();
  subscriber.onMessage("cut/me", (message) => tally.add({ text: message.text() }));
  await subscriber.subscribe("cut/me");
  const carried = await measure(broker, (proxy) => publishOnce(proxy, "whole", qos));
  for (const way of WAYS) {
    for (let at = 0; at < carried[way]; at++) {
      await using proxy = new CuttingProxy(broker, { [way]: at });
      const payload = `${way} ${at}`;
      await publishOnce(proxy, payload, qos);
      await subscriber.ping();
      await until(() => tally.of(payload) > 0, `${payload} at QoS ${qos}`);
      if (qos === 2) assertEquals(tally.of(payload), 1, payload);
      // The cut behind DISCONNECT's first byte needs no second connection.
      if (at < carried[way] - 2) assert(proxy.connections > 1, `${payload} was cut`);
    }
  }
}

/** Receives what waits for the client through a cut at every byte. */
async function cutReceiving(broker: BrokerAddress, qos: 1 | 2): Promise<void> {
  await using publisher = clientOf(`mqtt://127.0.0.1:${broker.port}`, { cleansession: true });
  await publisher.connect();
  const receive = async (proxy: CuttingProxy, payload: string, cut: Partial<Cut>) => {
    const tally = new Tally();
    await using client = clientOf(proxy.uri);
    const topicName = `for/${client.clientId}`;
    client.onMessage(topicName, (message) => tally.add({ text: message.text() }));
    await client.connect();
    await client.subscribe(topicName, { qos });
    await client.disconnect();
    await publisher.publish(topicName, payload, { qos });
    const before = { ...proxy.carried };
    proxy.cutNext(cut);
    await within(client.connect(), "CONNACK");
    await until(() => tally.of(payload) > 0, `${payload} at QoS ${qos}`);
    await comeBack(client, publisher, topicName);
    await until(() => tally.of("last") > 0, `what followed ${payload}`);
    await client.disconnect();
    if (qos === 2) assertEquals(tally.of(payload), 1, payload);
    return { up: proxy.carried.up - before.up, down: proxy.carried.down - before.down };
  };
  await using whole = new CuttingProxy(broker);
  const carried = await receive(whole, "whole", {});
  for (const way of WAYS) {
    for (let at = 0; at < carried[way]; at++) {
      await using proxy = new CuttingProxy(broker);
      await receive(proxy, `${way} ${at}`, { [way]: at });
    }
  }
}

/** A further message, behind everything that the broker still has for the client. */
async function comeBack(client: Client, publisher: Client, topicName: string): Promise<void> {
  await publisher.publish(topicName, "last", { qos: 2 });
  // Cut off, the client comes back by itself; PINGRESP then says that it is there.
  while (!await client.ping().then(() => true, () => false)) {
    await until(() => client.state === "connected", "the client is back");
  }
}

async function measure(broker: BrokerAddress, run: (proxy: CuttingProxy) => Promise<void>) {
  await using proxy = new CuttingProxy(broker);
  await run(proxy);
  return { ...proxy.carried };
}

for (const qos of [1, 2] as const) {
  Deno.test(`cut at every byte of publishing at QoS ${qos} to Midge`, async () => {
    await using midge = await startBroker({ plugins: { auth_anonymous: null } });
    await cutPublishing(midge.address, qos);
  });
  Deno.test(`cut at every byte of receiving at QoS ${qos} from Midge`, async () => {
    await using midge = await startBroker({ plugins: { auth_anonymous: null } });
    await cutReceiving(midge.address, qos);
  });
  await mosquittoTest(`cut at every byte of publishing at QoS ${qos} to mosquitto`, async () => {
    await using mosquitto = await startMosquitto();
    await cutPublishing({ hostname: "127.0.0.1", port: mosquitto.ports[0]! }, qos);
  });
  await mosquittoTest(`cut at every byte of receiving at QoS ${qos} from mosquitto`, async () => {
    await using mosquitto = await startMosquitto();
    await cutReceiving({ hostname: "127.0.0.1", port: mosquitto.ports[0]! }, qos);
  });
}
