/**
 * Section 2.2.2: every one of the 27 properties in every packet that a client sends: where it may stand it is read, where
 * it may not, twice, or out of its range it ends the connection.
 */
import { bytes } from "../../support/raw_packets.ts";
import {
  auth5,
  connect5,
  disconnect5,
  puback5,
  pubcomp5,
  publish5,
  pubrec5,
  pubrel5,
  subscribe5,
  unsubscribe5,
} from "../../support/raw_packets5.ts";
import {
  property,
  PROPERTY_TABLE,
  type PropertyList,
  type PropertyName,
} from "../../support/raw_properties5.ts";
import { forAll } from "../checks.ts";
import { closes5, Reason, refuses5, WRONG } from "../checks5.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** A value that each property accepts. */
const VALUES: Readonly<Record<PropertyName, number | string | [string, string]>> = {
  payloadFormatIndicator: 1,
  messageExpiryInterval: 60,
  contentType: "text",
  responseTopic: "response",
  correlationData: "data",
  subscriptionIdentifiers: 1,
  sessionExpiryInterval: 0,
  assignedClientIdentifier: "id",
  serverKeepAlive: 60,
  authenticationMethod: "method",
  authenticationData: "data",
  requestProblemInformation: 1,
  willDelayInterval: 1,
  requestResponseInformation: 0,
  responseInformation: "information",
  serverReference: "server",
  reasonString: "reason",
  receiveMaximum: 10,
  topicAliasMaximum: 10,
  topicAlias: 1,
  maximumQos: 1,
  retainAvailable: 1,
  userProperties: ["name", "value"],
  maximumPacketSize: 100_000,
  wildcardSubscriptionAvailable: 1,
  subscriptionIdentifiersAvailable: 1,
  sharedSubscriptionAvailable: 1,
};

const ALL = Object.keys(PROPERTY_TABLE) as PropertyName[];

/** Sends a packet with these properties; resolves when the connection was refused or closed. */
type Refused = (stage: Stage, properties: PropertyList) => Promise<void>;

function after(make: (properties: PropertyList) => Uint8Array): Refused {
  return (stage, properties) => closes5(stage, WRONG, make(properties));
}

/** What a client may put into each packet, and how one is refused. */
const PACKETS: [name: string, allowed: PropertyName[], refused: Refused][] = [
  [
    "CONNECT",
    [
      "sessionExpiryInterval",
      "receiveMaximum",
      "maximumPacketSize",
      "topicAliasMaximum",
      "requestResponseInformation",
      "requestProblemInformation",
      "userProperties",
      "authenticationMethod",
      "authenticationData",
    ],
    (stage, properties) =>
      refuses5(stage, WRONG, connect5({ clientId: stage.newId(), properties })),
  ],
  [
    "a will",
    [
      "willDelayInterval",
      "payloadFormatIndicator",
      "messageExpiryInterval",
      "contentType",
      "responseTopic",
      "correlationData",
      "userProperties",
    ],
    (stage, properties) =>
      refuses5(
        stage,
        WRONG,
        connect5({ clientId: stage.newId(), will: { topic: "w", properties } }),
      ),
  ],
  [
    "PUBLISH",
    [
      "payloadFormatIndicator",
      "messageExpiryInterval",
      "topicAlias",
      "responseTopic",
      "correlationData",
      "userProperties",
      "contentType",
    ],
    after((properties) => publish5("t", "x", { properties })),
  ],
  ["PUBACK", ["reasonString", "userProperties"], after((list) => puback5(1, 0, list))],
  ["PUBREC", ["reasonString", "userProperties"], after((list) => pubrec5(1, 0, list))],
  ["PUBREL", ["reasonString", "userProperties"], after((list) => pubrel5(1, 0, list))],
  ["PUBCOMP", ["reasonString", "userProperties"], after((list) => pubcomp5(1, 0, list))],
  [
    "SUBSCRIBE",
    ["subscriptionIdentifiers", "userProperties"],
    after((list) => subscribe5(1, [["t", 0]], list)),
  ],
  ["UNSUBSCRIBE", ["userProperties"], after((list) => unsubscribe5(1, ["t"], list))],
  [
    "DISCONNECT",
    ["sessionExpiryInterval", "reasonString", "userProperties"],
    after((list) => disconnect5(4, list)),
  ],
  [
    "AUTH",
    ["authenticationMethod", "authenticationData", "reasonString", "userProperties"],
    after((list) => auth5(0x18, list)),
  ],
];

function forbidden(): Sequence[] {
  return PACKETS.map(([name, allowed, refused]) => {
    // A client's PUBLISH with a subscription id is a case of its own: MQTT-3.3.4-6.
    const others = ALL.filter((one) =>
      !allowed.includes(one) && !(name === "PUBLISH" && one === "subscriptionIdentifiers")
    );
    return sequence(
      "4.13.1-1",
      `closes on every property that is none of ${name}`,
      (stage) =>
        forAll(others, (one) => one, (one) => refused(stage, [property(one, VALUES[one])])),
    );
  });
}

function twice(): Sequence[] {
  return PACKETS.filter(([, allowed]) => allowed.length > 1).map(([name, allowed, refused]) => {
    const single = allowed.filter((one) => one !== "userProperties");
    return sequence(
      "4.13.1-1",
      `closes on every property that comes twice in ${name}`,
      (stage) =>
        forAll(single, (one) => one, (one) => {
          const once = property(one, VALUES[one]);
          const method = property("authenticationMethod", "method");
          // Without a method authentication data would be wrong even once.
          const before = one === "authenticationData" ? [method] : [];
          return refused(stage, [...before, once, once]);
        }),
    );
  });
}

function unknown(): Sequence[] {
  const ids = [0x00, 0x04, 0x07, 0x0a, 0x10, 0x14, 0x1b, 0x1d, 0x1e, 0x20, 0x2b, 0x7f, 0xff];
  return PACKETS.map(([name, , refused]) =>
    sequence(
      "4.13.1-1",
      `closes on property identifiers that do not exist in ${name}`,
      (stage) =>
        forAll(ids, (id) => `0x${id.toString(16)}`, (id) => refused(stage, [bytes(id, 0)])),
    )
  );
}

/** Values out of range, and flags that are neither 0 nor 1. */
const OUT_OF_RANGE: [name: string, at: string, PropertyName, values: number[]][] = [
  ["receive maximum", "CONNECT", "receiveMaximum", [0]],
  ["maximum packet size", "CONNECT", "maximumPacketSize", [0]],
  ["request response information", "CONNECT", "requestResponseInformation", [2, 255]],
  ["request problem information", "CONNECT", "requestProblemInformation", [2, 255]],
  ["payload format indicator of a will", "a will", "payloadFormatIndicator", [2, 255]],
  ["payload format indicator", "PUBLISH", "payloadFormatIndicator", [2, 255]],
  ["subscription identifier", "SUBSCRIBE", "subscriptionIdentifiers", [0]],
];

/** Properties in every packet, all that are allowed at once. */
async function readsAll(stage: Stage): Promise<void> {
  const topic = stage.topic("t");
  const userProperties: [string, string][] = [["a", "1"], ["a", "1"], ["", ""]];
  const reason = { reasonString: "why", userProperties };
  const message = {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 600,
    contentType: "text",
    responseTopic: "r",
    correlationData: "c",
    userProperties,
  };
  const peer = await stage.open5({
    properties: {
      sessionExpiryInterval: 1,
      receiveMaximum: 5,
      maximumPacketSize: 100_000,
      topicAliasMaximum: 0,
      requestResponseInformation: 1,
      requestProblemInformation: 1,
      userProperties,
    },
    will: { topic, properties: { ...message, willDelayInterval: 1 } },
  });
  await peer.requested([[topic, 2]], { userProperties });
  await peer.say(topic, "1", { qos: 1, properties: message });
  await peer.raw.send(puback5((await peer.take()).id, 0, reason));
  await peer.raw.send(publish5(topic, "2", { qos: 2, id: 9, properties: message }));
  await peer.next5("PUBREC", 9);
  await peer.raw.send(pubrel5(9, 0, reason));
  await peer.next5("PUBCOMP", 9);
  const { id } = await peer.take();
  await peer.raw.send(pubrec5(id, 0, reason));
  await peer.next5("PUBREL", id);
  await peer.raw.send(pubcomp5(id, 0, reason));
  await peer.leave([topic], { userProperties });
  await peer.nothing();
  await peer.raw.send(disconnect5(0, { sessionExpiryInterval: 0, ...reason }));
  await peer.raw.expectClosed();
}

export const PROPERTIES: Sequence[] = [
  ...forbidden(),
  ...twice(),
  ...unknown(),
  ...OUT_OF_RANGE.map(([name, at, key, values]) =>
    sequence("4.13.1-1", `closes on a ${name} of ${values.join(" or ")}`, (stage) => {
      const refused = PACKETS.find(([packet]) => packet === at)![2];
      return forAll(values, String, (value) => refused(stage, { [key]: value }));
    })
  ),
  sequence(
    "4.13.1-1",
    "closes on a subscription identifier in a client's PUBLISH",
    (stage) =>
      closes5(stage, WRONG, publish5("t", "x", { properties: { subscriptionIdentifiers: [1] } })),
  ),
  sequence(
    "3.3.2-14 4.13.1-1",
    "closes on a response topic with wildcards",
    (stage) =>
      forAll(["#", "+", "a/#", "a/+/b"], (topic) => topic, (topic) =>
        closes5(
          stage,
          [...WRONG, Reason.BAD_TOPIC],
          publish5(stage.topic("t"), "x", { properties: { responseTopic: topic } }),
        )),
  ),
  sequence(
    "4.13.1-1 3.1.4-1",
    "refuses authentication data without a method",
    (stage) =>
      refuses5(
        stage,
        WRONG,
        connect5({ clientId: stage.newId(), properties: { authenticationData: "d" } }),
      ),
  ),
  sequence("2.2.2-1", "reads every property where it may stand", readsAll),
];
