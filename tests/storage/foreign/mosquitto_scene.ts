/**
 * What clients do to a mosquitto before its state is taken over: sessions with messages in every state. Invariant: when
 * it resolves, mosquitto has done all of it.
 */
import { type BrokerAddress, RawClient } from "../../support/raw_client.ts";
import { DISCONNECT, publish, subscribe } from "../../support/raw_packets.ts";
import { disconnect5, publish5, pubrec5, subscribe5 } from "../../support/raw_packets5.ts";

/** Plays it. */
export async function playScene(address: BrokerAddress): Promise<void> {
  const subscriber = await RawClient.open5(address, {
    clientId: "five",
    username: "ann",
    cleanSession: false, // with Clean Start mosquitto 2.0.11 does not keep it
    properties: { sessionExpiryInterval: 3600 },
  });
  await subscriber.send(
    subscribe5(1, [["a/#", { qos: 2, noLocal: true }], ["+/kept", {
      qos: 1,
      retainAsPublished: true,
    }]], {
      subscriptionIdentifiers: [7],
    }),
    subscribe5(2, [["$share/g/s/#", { qos: 1 }], ["/lead/ü", { qos: 0 }]]),
  );
  await subscriber.expect5("SUBACK");
  await subscriber.expect5("SUBACK");
  await using away = await RawClient.open(address, { clientId: "four", cleanSession: false });
  await away.send(subscribe(1, ["a/in", 1], ["#", 2]), DISCONNECT);
  await away.expectPacket("SUBACK");
  await away.expectClosed();
  await using publisher = await RawClient.open5(address, { clientId: "publisher" });
  await inflight(subscriber, publisher);
  await subscriber.send(disconnect5());
  await subscriber.expectClosed();
  await subscriber.close();
  await queued(publisher);
  await half(address);
  await publisher.expectNothing();
}

/** Under way: QoS 2 in both states, QoS 1. */
async function inflight(subscriber: RawClient, publisher: RawClient): Promise<void> {
  for (const [topic, qos] of [["a/1", 2], ["a/2", 2], ["a/3", 1]] as const) {
    await send(publisher, publish5(topic, topic, { qos, id: 1 }), qos);
  }
  const first = await subscriber.expect5("PUBLISH");
  await subscriber.send(pubrec5(first.id!));
  for (const _ of ["a/2", "a/3"]) await subscriber.expect5("PUBLISH");
  await subscriber.expect5("PUBREL");
}

/** Waiting; retained. */
async function queued(publisher: RawClient): Promise<void> {
  const properties = {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 600,
    contentType: "text/plain",
    responseTopic: "answers",
    correlationData: Uint8Array.of(0, 1, 255),
    userProperties: [["b", "1"], ["a", "ä"], ["b", "2"]] as [string, string][],
  };
  await send(publisher, publish5("a/4", "text", { qos: 1, properties }), 1);
  await send(publisher, publish5("s/1", "shared", { qos: 1 }), 1);
  await send(publisher, publish5("r/kept", Uint8Array.of(0, 255), { qos: 1, retain: true }), 1);
  await send(publisher, publish5("/lead/ü", "", { qos: 2, retain: true, properties }), 2);
  await send(publisher, publish5("r/expires", "x", { qos: 1, retain: true, properties }), 1);
  await publisher.send(publish5("007", "agent", { retain: true }));
  await publisher.expectNothing();
}

/** QoS 2 that its publisher has not released. */
async function half(address: BrokerAddress): Promise<void> {
  const client = await RawClient.open(address, { clientId: "half", cleanSession: false });
  await client.send(publish("a/in", "taken", { qos: 2, id: 11, retain: true }));
  await client.expectPacket("PUBREC");
  await client.close();
}

async function send(publisher: RawClient, packet: Uint8Array, qos: 1 | 2): Promise<void> {
  await publisher.send(packet);
  if (qos === 1) return void await publisher.expect5("PUBACK");
  await publisher.expect5("PUBREC");
  await publisher.send(Uint8Array.of(0x62, 2, 0, 1));
  await publisher.expect5("PUBCOMP");
}
