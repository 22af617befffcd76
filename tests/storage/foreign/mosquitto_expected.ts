/** What mosquitto_scene.ts comes to, whichever mosquitto has kept it. */
import { assert, assertEquals } from "@std/assert";
import type { StoredState } from "../../../lib/storage/state.ts";
import type { Properties } from "../../../lib/wire/properties.ts";
import { tellSessions } from "./told.ts";

const FIVE = [
  "#1 a/1 q2 id7 released",
  "#2 a/2 q2 id7",
  "#3 a/3 q1 id7",
  "a/4 q1 id7",
  "s/1 q1",
  "r/kept q1 retain id7",
  "a/in q2 id7",
];
const FOUR = [
  "a/1 q2",
  "a/2 q2",
  "a/3 q1",
  "a/4 q1",
  "s/1 q1",
  "r/kept q1",
  "/lead/ü q2",
  "r/expires q1",
  "a/in q2",
];
const PROPERTIES: Properties = {
  payloadFormatIndicator: 1,
  contentType: "text/plain",
  responseTopic: "answers",
  correlationData: Uint8Array.of(0, 1, 255),
  userProperties: [["b", "1"], ["a", "ä"], ["b", "2"]],
};

/** What this mosquitto does its own way. */
export interface Manner {
  /** Does it keep shared subscriptions? Its file does not. */
  readonly keepsShared: boolean;
  /** What became of the topic 007. */
  readonly number: string;
  /** The last packet id of `four`, to which nothing was sent; its database does not have it. */
  readonly lastPacketId: number;
  /** The username of `half`; mosquitto before 2.0.16 gives it another client's. */
  readonly half: string | undefined;
}

/** The sessions and retained messages. @param saved when they were, milliseconds since the epoch */
export function expectScene(state: StoredState, saved: number, manner: Manner): void {
  const { keepsShared, number, half, lastPacketId } = manner;
  assertEquals(tellSessions(state), {
    five: {
      username: "ann",
      expiryInterval: 3_600_000,
      lastPacketId: 6,
      subscriptions: [
        "a/# q2 no-local id7",
        "+/kept q1 as-published id7",
        ...keepsShared ? ["$share/g/s/# q1"] : [],
        "/lead/ü q0",
      ],
      received: [],
      entries: FIVE.map((one) => one === "s/1 q1" && keepsShared ? "s/1 q1 $share/g/s/#" : one),
    },
    four: {
      username: undefined,
      expiryInterval: Infinity,
      lastPacketId,
      subscriptions: ["a/in q1", "# q2"],
      received: [],
      entries: FOUR,
    },
    half: {
      username: half,
      expiryInterval: Infinity,
      lastPacketId: 0,
      subscriptions: [],
      received: [11],
      entries: [],
    },
  });
  const retained = [...state.retained.values()];
  assertEquals(
    retained.map(({ topicName, qos, order }) => [topicName, qos, order]),
    [["r/kept", 1, 6], ["r/expires", 1, 8], [number, 0, 9], ["a/in", 2, 10]],
  );
  assertEquals(retained[0]?.payload, Uint8Array.of(0, 255));
  expectTimes(state, saved);
}

function expectTimes(state: StoredState, saved: number): void {
  const { five, four } = Object.fromEntries(state.sessions);
  assert(Math.abs(five!.detachedAt! - saved) < 2000);
  assertEquals(four!.detachedAt, state.time);
  assertEquals([five!.client.protocolLevel, four!.client.protocolLevel], [5, 4]);
  const { message } = [...five!.entries.values()][3]!;
  assert(Math.abs(message.expiresAt! - saved - 600_000) < 2000);
  const { messageExpiryInterval, ...others } = message.properties!.values;
  assertEquals(others, PROPERTIES);
  assertEquals(messageExpiryInterval, Math.ceil((message.expiresAt! - state.time) / 1000));
  assertEquals([message.publisher, message.origin], ["publisher", "client"]);
}
