/** MQTT 5 with real brokers: the same scenes with Midge and, where it is installed, with mosquitto. */
import { assert, assertEquals } from "@std/assert";
import { Client, type ClientOptions, scram } from "../../mod.ts";
import { makeScramSecret } from "../../lib/access/passwords/scram.ts";
import { formatScramSecret } from "../../lib/access/passwords/scram.ts";
import { mosquittoTest, startMosquitto } from "../support/mosquitto.ts";
import { within } from "../support/raw_client.ts";
import { startBroker } from "../support/running_broker.ts";
import { endOf, errorOf } from "./stage.ts";

type Open = (options?: ClientOptions) => Promise<Client>;

/** Clients of MQTT 5 at this port, closed in the end. */
async function withClients(port: number, play: (open: Open) => Promise<void>): Promise<void> {
  const clients: Client[] = [];
  const open: Open = async (options = {}) => {
    const connection = { uri: `mqtt://127.0.0.1:${port}`, ...options.connection };
    const client = new Client({ plugins: null, protocol_version: 5, ...options, connection });
    clients.push(client);
    await client.connect();
    return client;
  };
  try {
    await play(open);
  } finally {
    await Promise.all(clients.map((client) => client.disconnect()));
  }
}

async function properties(open: Open): Promise<void> {
  const [publisher, subscriber] = [await open(), await open()];
  const messages = subscriber.messages({ subscriptionIdentifier: 7 });
  await subscriber.subscribe("a/#", { qos: 2, subscriptionIdentifier: 7 });
  const sent = {
    payloadFormatIndicator: 1,
    contentType: "text/plain",
    responseTopic: "r",
    correlationData: Uint8Array.of(1, 255),
    userProperties: [["n", "1"], ["n", "2"]],
  } as const;
  for (const qos of [0, 1, 2] as const) {
    await publisher.publish("a/long/topic/name", `${qos}`, { qos, ...sent });
  }
  for (const qos of [0, 1, 2] as const) {
    const { value } = await within(messages.next(), "a message");
    assert(value !== undefined);
    assertEquals([value.topicName, value.text(), value.qos], ["a/long/topic/name", `${qos}`, qos]);
    assertEquals(value.properties, { ...sent, subscriptionIdentifiers: [7] });
  }
}

async function aliases(open: Open): Promise<void> {
  const [publisher, subscriber] = [await open(), await open({ topic_alias_maximum: 2 })];
  const messages = subscriber.messages("t/#");
  await subscriber.subscribe("t/#");
  const topics = Array.from({ length: 40 }, (_, at) => `t/topic/${at % 5}`);
  for (const topic of topics) await publisher.publish(topic, topic);
  for (const topic of topics) {
    const { value } = await within(messages.next(), "a message");
    assertEquals([value?.topicName, value?.text()], [topic, topic]);
  }
}

async function subscriptions(open: Open): Promise<void> {
  const client = await open();
  const got: string[] = [];
  client.onMessage(undefined, (message) => {
    got.push(`${message.topicName} ${message.text()} ${message.retain}`);
  });
  await client.publish("kept", "old", { retain: true, qos: 1 });
  await client.subscribe("own", { noLocal: true });
  await client.subscribe("kept", { retainHandling: 2, retainAsPublished: true });
  assertEquals((await client.publish("own", "x", { qos: 1 })).reasonCode, 0);
  await client.publish("kept", "new", { retain: true, qos: 1 });
  await client.ping();
  assertEquals(got, ["kept new true"]);
  assertEquals(await client.unsubscribe(["own", "never"]), [0, 0x11]);
  assertEquals((await client.publish("no/one", "x", { qos: 1 })).reasonCode, 0x10);
}

async function sessions(open: Open): Promise<void> {
  const options = { client_id: "stays", session_expiry_interval: 60 };
  const first = await open(options);
  await first.subscribe("s", { qos: 1 });
  await first.disconnect();
  const publisher = await open();
  await publisher.publish("s", "while away", { qos: 1, messageExpiryInterval: 60 });
  const second = new Client({ config: { ...first.config, cleanSession: false } });
  const messages = second.messages("s");
  await second.connect();
  assert(second.sessionPresent);
  const { value } = await within(messages.next(), "the message");
  assertEquals(value?.text(), "while away");
  assert((value?.properties.messageExpiryInterval ?? 0) > 50);
  await second.disconnect({ sessionExpiryInterval: 0 });
  const third = new Client({ config: { ...first.config, cleanSession: false } });
  await third.connect();
  assertEquals(third.sessionPresent, false);
  await third.disconnect({ sessionExpiryInterval: 0 });
}

async function wills(open: Open): Promise<void> {
  const watcher = await open();
  const messages = watcher.messages("will");
  await watcher.subscribe("will", { qos: 1 });
  const will = { topic: "will", message: "gone", content_type: "c", user_properties: { a: "b" } };
  const mortal = await open({ will });
  await mortal.disconnect({ reasonCode: 4 });
  const { value } = await within(messages.next(), "the will");
  assertEquals([value?.text(), value?.properties], ["gone", {
    contentType: "c",
    userProperties: [["a", "b"]],
  }]);
}

async function requests(open: Open): Promise<void> {
  const [asker, server] = [await open(), await open()];
  const stop = await server.respond("service", (request) => `re: ${request.text()}`, { qos: 1 });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, at) => asker.request("service", `${at}`, { qos: 1 })),
  );
  assertEquals(answers.map((one) => one.text()), answers.map((_, at) => `re: ${at}`));
  await stop();
  assertEquals((await errorOf(asker.request("service", "x", { qos: 1 }))).reasonCode, 0x10);
}

async function shared(open: Open): Promise<void> {
  const [one, two, publisher] = [await open(), await open(), await open()];
  let count = 0;
  const enough = Promise.withResolvers<void>();
  for (const client of [one, two]) {
    client.onMessage("work", () => {
      if (++count === 20) enough.resolve();
    });
    await client.subscribe("$share/g/work", { qos: 1 });
  }
  for (let at = 0; at < 20; at++) await publisher.publish("work", `${at}`, { qos: 1 });
  await within(enough.promise, "all of the work");
  assertEquals(count, 20);
}

const SCENES = {
  "properties there and back": properties,
  "topic aliases both ways": aliases,
  "options of subscriptions": subscriptions,
  "sessions and their expiry": sessions,
  "a will with properties": wills,
  "requests and responses": requests,
  "a shared subscription": shared,
};

for (const [title, play] of Object.entries(SCENES)) {
  Deno.test(`mqtt 5 with Midge: ${title}`, async () => {
    await using midge = await startBroker({ plugins: { auth_anonymous: null } });
    await withClients(midge.address.port, play);
  });
  await mosquittoTest(`mqtt 5 with mosquitto: ${title}`, async () => {
    await using mosquitto = await startMosquitto();
    await withClients(mosquitto.ports[0]!, play);
  });
}

Deno.test("mqtt 5 with Midge: taken over, refused and kicked are told by code", async () => {
  await using midge = await startBroker({ plugins: { auth_anonymous: null } });
  await withClients(midge.address.port, async (open) => {
    const first = await open({ client_id: "same" });
    await open({ client_id: "same" });
    const error = await endOf(first);
    assertEquals([error.code, error.reasonCode], ["disconnected", 0x8e]);
    const client = await open();
    const refused = await errorOf(client.publish("$SYS/x", "x", { qos: 1 }));
    assertEquals([refused.code, refused.reasonCode], ["publish-refused", 0x87]);
    assertEquals(client.server?.assignedClientIdentifier, undefined);
  });
});

Deno.test("mqtt 5 with Midge: SCRAM by the file of auth_scram, and once more on the connection", async () => {
  const folder = await Deno.makeTempDir();
  const secret = await makeScramSecret("pencil", "SCRAM-SHA-512", 4096);
  await Deno.writeTextFile(`${folder}/scram`, `user:${formatScramSecret(secret)}\n`);
  try {
    await using midge = await startBroker({
      plugins: { auth_scram: { password_file: `${folder}/scram` } },
    });
    await withClients(midge.address.port, async (open) => {
      const named = { username: "user", authentication_method: "SCRAM-SHA-512" };
      const client = await open({ connection: { ...named, password: "pencil" } });
      await client.reauthenticate();
      assertEquals((await client.publish("t", "x", { qos: 1 })).reasonCode, 0x10);
      const wrong = await errorOf(open({ connection: { ...named, password: "pen" } }));
      assertEquals(wrong.code, "refused");
      const other = await errorOf(
        client.reauthenticate({ authentication: scram("SCRAM-SHA-512", "user", "pen") }),
      );
      assertEquals([other.code, other.reasonCode], ["disconnected", 0x87]);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
