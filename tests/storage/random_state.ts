/**
 * Stored states for property tests: everything that a state can have, in odd combinations. Invariant: all of it follows
 * from the seed; times are whole milliseconds; messages that are referred to twice are the same object.
 */
import { Message } from "../../lib/session/message.ts";
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import {
  emptyState,
  type StoredClient,
  type StoredEntry,
  type StoredSession,
  type StoredState,
  type StoredWill,
} from "../../lib/storage/state.ts";
import { MessageProperties, readPublishProperties } from "../../lib/wire/message_properties.ts";
import type { UserProperty } from "../../lib/wire/properties.ts";
import type { Random } from "../support/random.ts";

const TEXTS = [
  "",
  "a",
  "a/b",
  "ä/€/😀",
  "\ufeffmark",
  'quo"te\\',
  "$SYS/x",
  "line\nend",
  "\u202e",
  "0",
];
const NAMES = TEXTS.filter((text) => text !== "");
const TOPICS = NAMES.filter((text) => !/[+#]/.test(text));
const FILTERS = [...TOPICS, "#", "+/+", "$share/g/a/#", "$queue/b", "/"];
const QOS = [0, 1, 2] as const;
const ENCODER = new TextEncoder();

/** A state; empty now and then. */
export function randomState(random: Random): StoredState {
  const state = { ...emptyState(), time: random.below(2 ** 40) };
  const messages = random.list(0, 12, () => randomMessage(random, state));
  for (const message of messages) if (random.oneIn(2)) retain(state, message);
  for (const name of random.list(0, 5, () => random.pick(NAMES))) {
    state.sessions.set(name, randomSession(random, name, state, messages));
  }
  for (const name of random.list(0, 3, () => random.pick(TEXTS))) {
    state.wills.set(name, randomWill(random, name, state));
  }
  state.lastOrder += random.below(3);
  return state;
}

function retain(state: StoredState, message: Message): void {
  state.retained.set(message.topicName, message);
}

function randomMessage(random: Random, state: StoredState): Message {
  const topicName = random.pick(TOPICS);
  state.lastOrder += 1 + random.below(5);
  return Message.of({
    topicName,
    topic: ENCODER.encode(topicName),
    payload: randomPayload(random),
    qos: random.pick(QOS),
    retain: random.oneIn(2),
    origin: random.pick(["client", "broker"]),
    order: state.lastOrder,
    publisher: random.oneIn(3) ? undefined : random.pick(TEXTS),
    properties: randomProperties(random),
    expiresAt: random.oneIn(2) ? undefined : state.time - 1000 + random.below(2 ** 42),
  });
}

function randomPayload(random: Random): Uint8Array {
  return random.oneIn(2) ? ENCODER.encode(random.pick(TEXTS)) : random.bytes(40);
}

/** As a publisher sent them, in any order, or by name. */
function randomProperties(random: Random): MessageProperties | undefined {
  if (random.oneIn(2)) return undefined;
  if (random.oneIn(3)) {
    const interleaved = Uint8Array.of(0x26, 0, 1, 97, 0, 0, 1, 1, 0x26, 0, 0, 0, 1, 98);
    return readPublishProperties(interleaved, 0, interleaved.length).carried;
  }
  const some = <T>(value: T): T | undefined => random.oneIn(2) ? undefined : value;
  const pair = (): UserProperty => [random.pick(TEXTS), random.pick(TEXTS)];
  return MessageProperties.of({
    contentType: some(random.pick(TEXTS)),
    userProperties: some(random.list(0, 3, pair)),
    payloadFormatIndicator: some(random.pick([0, 1])),
    correlationData: some(random.bytes(10)),
    responseTopic: some(random.pick(TOPICS)),
    messageExpiryInterval: some(random.below(2 ** 32)),
  });
}

function randomClient(random: Random, clientId: string): StoredClient {
  return {
    clientId,
    username: random.oneIn(2) ? undefined : random.pick(TEXTS),
    protocolLevel: random.pick([3, 4, 5]),
    isBridge: random.oneIn(4),
    cleanSession: random.oneIn(4),
    superuser: random.oneIn(4),
    isProven: random.oneIn(2),
    isNamedByCertificate: random.oneIn(4),
    address: random.pick(["", "192.0.2.7", "2001:db8::1"]),
    port: random.below(65_536),
    listener: random.pick(TEXTS),
    transport: random.pick(["tcp", "wss"]),
    certificate: random.oneIn(2) ? undefined : {
      commonName: random.pick(TEXTS),
      subject: random.pick(TEXTS),
    },
  };
}

function randomSession(
  random: Random,
  clientId: string,
  { time }: StoredState,
  messages: readonly Message[],
): StoredSession {
  const filters = random.list(0, 4, () => random.pick(FILTERS));
  const identifier = () => random.oneIn(2) ? undefined : 1 + random.below(268_435_455);
  const entries = messages.filter(() => random.oneIn(2));
  return {
    client: randomClient(random, clientId),
    expiryInterval: random.pick([0, Infinity, 1000 * random.below(2 ** 32)]),
    detachedAt: random.oneIn(2) ? undefined : time - random.below(2 ** 41),
    lastPacketId: random.below(65_536),
    subscriptions: new Map(filters.map((filter) => [
      filter,
      subscriptionOptions(random.pick(QOS), random.oneIn(2), random.oneIn(2), identifier()),
    ])),
    received: new Set(random.list(0, 3, () => 1 + random.below(65_535))),
    entries: new Map(entries.map((message, at) => [
      1000 - 2 * at,
      randomEntry(random, message, at + 1),
    ])),
  };
}

function randomEntry(random: Random, message: Message, id: number): StoredEntry {
  const qos = random.pick(QOS);
  const packetId = qos === 0 || random.oneIn(2) ? 0 : id;
  return {
    message,
    qos,
    retain: random.oneIn(2),
    identifiers: random.oneIn(2) ? undefined : random.list(1, 3, () => 1 + random.below(1000)),
    group: random.oneIn(3) ? "$share/g/a/#" : undefined,
    packetId,
    released: qos === 2 && packetId > 0 && random.oneIn(2),
  };
}

function randomWill(random: Random, clientId: string, { time }: StoredState): StoredWill {
  return {
    client: randomClient(random, clientId),
    topicName: random.pick(TOPICS),
    payload: randomPayload(random),
    qos: random.pick(QOS),
    retain: random.oneIn(2),
    delay: 1000 * random.below(2 ** 32),
    properties: randomProperties(random),
    due: random.oneIn(2) ? undefined : time + random.below(2 ** 41),
  };
}
