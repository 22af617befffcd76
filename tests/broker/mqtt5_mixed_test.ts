/**
 * MQTT 3.1, 3.1.1 and 5 on one port: each publisher with each subscriber, over every way that a message can take. A
 * subscriber of 5 sees the properties of a publisher of 5, unchanged and in order, and no others; a subscriber below sees
 * the bytes of a PUBLISH of its version.
 */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { type Got, type Level, Party, type Sent } from "../support/mixed_party.ts";
import type { RawProperties } from "../support/raw_properties5.ts";

const LEVELS: readonly Level[] = [3, 4, 5];
const NAMES: Readonly<Record<Level, string>> = { 3: "3.1", 4: "3.1.1", 5: "5" };

const PROPERTIES = {
  payloadFormatIndicator: 1,
  messageExpiryInterval: 600,
  contentType: "text/plain",
  responseTopic: "answers/here",
  correlationData: Uint8Array.of(0, 255, 1),
  userProperties: [["b", "1"], ["a", "2"], ["b", "3"], ["", ""]],
} satisfies RawProperties;

/** Sends over one way, from a publisher of one version to a subscriber of another. */
type Way = (it: ClockedBroker, from: Level, to: Level) => Promise<void>;

const WAYS: readonly (readonly [title: string, way: Way])[] = [
  ["at QoS 0", live(0)],
  ["at QoS 1", live(1)],
  ["at QoS 2", live(2)],
  ["retained, to one that subscribes later", retained],
  ["retained, to one that is there", retainedLive],
  ["as a will", will],
  ["over a shared subscription", shared],
  ["queued for an absent client", queued],
];

for (const from of LEVELS) {
  for (const to of LEVELS) {
    for (const [title, way] of WAYS) {
      Deno.test(`from MQTT ${NAMES[from]} to ${NAMES[to]}: ${title}`, async () => {
        await using it = await ClockedBroker.start();
        await way(it, from, to);
      });
    }
    Deno.test(`a session of MQTT ${NAMES[from]} is resumed under ${NAMES[to]}`, async () => {
      await using it = await ClockedBroker.start();
      for (const publisher of LEVELS) await resumed(it, publisher, from, to);
    });
  }
  Deno.test(`from MQTT ${NAMES[from]} to subscribers of every version at once`, async () => {
    await using it = await ClockedBroker.start();
    await fanOut(it, from);
  });
}

/** What is sent: properties only by a client of 5. */
function message(from: Level, rest: Partial<Sent> = {}): Sent {
  const properties = from === 5 ? { properties: PROPERTIES } : {};
  return { topic: "t", payload: "Füße", qos: 1, ...properties, ...rest };
}

/** The same as it arrives; `seconds` of its expiry have gone by. */
function arrived(sent: Sent, to: Level, retain: boolean, seconds = 0): Got {
  const { topic, qos } = sent;
  const properties = sent.properties === undefined
    ? {}
    : { ...PROPERTIES, messageExpiryInterval: PROPERTIES.messageExpiryInterval - seconds };
  // Payloads are read as Latin-1.
  const payload = String.fromCharCode(...new TextEncoder().encode(sent.payload));
  return { topic, payload, qos, retain, ...(to === 5 && { properties }) } as Got;
}

function live(qos: number): Way {
  return async (it, from, to) => {
    const subscriber = await Party.open(it, "subscriber", to);
    await subscriber.subscribe("t", 2);
    const publisher = await Party.open(it, "publisher", from);
    const sent = message(from, { qos });
    await publisher.publish(sent);
    assertEquals(await subscriber.next(), arrived(sent, to, false));
  };
}

async function retained(it: ClockedBroker, from: Level, to: Level): Promise<void> {
  const publisher = await Party.open(it, "publisher", from);
  const sent = message(from, { retain: true, qos: 2 });
  await publisher.publish(sent);
  it.clock.advance(10_000);
  const subscriber = await Party.open(it, "subscriber", to);
  await subscriber.subscribe("#", 2);
  assertEquals(await subscriber.next(), arrived(sent, to, true, 10));
}

async function retainedLive(it: ClockedBroker, from: Level, to: Level): Promise<void> {
  const subscriber = await Party.open(it, "subscriber", to);
  await subscriber.subscribe("+", 2);
  const publisher = await Party.open(it, "publisher", from);
  const sent = message(from, { retain: true });
  await publisher.publish(sent);
  assertEquals(await subscriber.next(), arrived(sent, to, false));
}

async function will(it: ClockedBroker, from: Level, to: Level): Promise<void> {
  const subscriber = await Party.open(it, "subscriber", to);
  await subscriber.subscribe("#", 2);
  const sent = message(from, { qos: 2, retain: true });
  const mortal = await Party.open(it, "mortal", from, { will: sent });
  await mortal.vanish();
  assertEquals(await subscriber.next(), arrived(sent, to, false));
  const late = await Party.open(it, "late", to);
  await late.subscribe("t", 2);
  assertEquals(await late.next(), arrived(sent, to, true));
}

async function shared(it: ClockedBroker, from: Level, to: Level): Promise<void> {
  const [one, other] = [await Party.open(it, "one", to), await Party.open(it, "other", to)];
  for (const member of [one, other]) await member.subscribe("$share/g/t", 2);
  const publisher = await Party.open(it, "publisher", from);
  const sent = [message(from, { qos: 1 }), message(from, { qos: 1 })];
  for (const each of sent) await publisher.publish(each);
  assertEquals(await one.next(), arrived(sent[0]!, to, false));
  assertEquals(await other.next(), arrived(sent[1]!, to, false));
}

async function queued(it: ClockedBroker, from: Level, to: Level): Promise<void> {
  const before = await Party.open(it, "sleeper", to, { keep: true });
  await before.subscribe("t", 2);
  await before.leave();
  const publisher = await Party.open(it, "publisher", from);
  const sent = [message(from, { qos: 1 }), message(from, { qos: 2 })];
  for (const each of sent) await publisher.publish(each);
  it.clock.advance(60_000);
  const after = await Party.open(it, "sleeper", to, { keep: true });
  assertEquals(after.sessionPresent, to !== 3);
  for (const each of sent) assertEquals(await after.next(), arrived(each, to, false, 60));
}

async function resumed(it: ClockedBroker, publisher: Level, from: Level, to: Level) {
  const clientId = `sleeper-${publisher}`;
  const before = await Party.open(it, clientId, from, { keep: true });
  await before.subscribe("t", 2);
  await before.leave();
  const sender = await Party.open(it, "publisher", publisher);
  const [queued, alive] = [message(publisher, { qos: 2 }), message(publisher, { qos: 1 })];
  await sender.publish(queued);
  const after = await Party.open(it, clientId, to, { keep: true });
  assertEquals(after.sessionPresent, to !== 3);
  assertEquals(await after.next(), arrived(queued, to, false));
  await sender.publish(alive);
  assertEquals(await after.next(), arrived(alive, to, false));
  await after.leave();
}

async function fanOut(it: ClockedBroker, from: Level): Promise<void> {
  const subscribers: Party[] = [];
  for (const qos of [0, 1, 2]) {
    for (const level of [...LEVELS, ...LEVELS]) {
      const subscriber = await Party.open(it, `s${subscribers.length}`, level);
      await subscriber.subscribe("#", qos);
      subscribers.push(subscriber);
    }
  }
  const publisher = await Party.open(it, "publisher", from);
  for (const qos of [0, 1, 2]) {
    const sent = message(from, { qos });
    await publisher.publish(sent);
    for (const [at, subscriber] of subscribers.entries()) {
      const granted = Math.min(qos, Math.floor(at / 6));
      assertEquals(
        await subscriber.next(),
        arrived({ ...sent, qos: granted }, subscriber.level, false),
      );
    }
  }
}
