/** The judge of a round: made-up histories with each kind of fault, and the same without it. */
import { assertEquals } from "@std/assert";
import { check } from "./check.ts";
import { willsDueUntil, type WillTerms } from "./check_wills.ts";
import { BROKER, type Event, type Happening, type Qos } from "./history.ts";
import type { Violation } from "./violation.ts";

const WILLS: WillTerms = { observer: "observer", grace: 2000 };
const TOPIC = "t/p/1";

type Step = [client: string, happening: Happening, ms?: number | undefined];

function historyOf(steps: readonly Step[]): Event[] {
  let clock = 0;
  return steps.map(([client, happening, ms]) => ({
    client,
    ms: clock = ms ?? clock,
    ...happening,
  }));
}

function faults(steps: readonly Step[], terms = WILLS): [Violation["kind"], string, string][] {
  return check(historyOf(steps), terms).map(({ kind, client, topic }) => [kind, client, topic]);
}

const publish = (sequence: number, qos: Qos = 1, topic = TOPIC, isClear = false): Step => [
  "p",
  { kind: "publish", topic, sequence, qos, isDuplicate: false, isClear },
];
const ack = (kind: "puback" | "pubrec" | "pubcomp", sequence: number, topic = TOPIC): Step => [
  "p",
  { kind, topic, sequence },
];
const sent = (sequence: number, topic = TOPIC): Step[] => [
  publish(sequence, 1, topic),
  ack("puback", sequence, topic),
];
const delivery = (sequence: number, isNew = true, topic = TOPIC, client = "s"): Step => {
  const flags = { qos: 1, isDuplicate: false, isRetained: false };
  return [client, { kind: "delivery", topic, sequence, isNew, ...flags }];
};
const asked = (kind: "subscribe" | "suback", filter = "t/#", qos: Qos = 2): Step => [
  "s",
  { kind, filter, qos },
];
const left = (kind: "unsubscribe" | "unsuback", filter = "t/#"): Step => ["s", { kind, filter }];
const SUBSCRIBED = [asked("subscribe"), asked("suback")];
const connect = (clean: boolean, kept = true, client = "s"): Step => [
  client,
  { kind: "connect", clean, kept },
];
const connack = (
  isPresent: boolean,
  client = "s",
): Step => [client, { kind: "connack", isPresent }];
const down = (ms?: number): Step => [BROKER, { kind: "down", how: "SIGKILL" }, ms];
const up = (ms?: number, after = 0): Step => [BROKER, { kind: "up", after }, ms];

Deno.test("all that was acknowledged comes, in order: nothing is found", () => {
  assertEquals(
    faults([...SUBSCRIBED, ...sent(1), delivery(1), publish(2), delivery(2), ack("puback", 2)]),
    [],
  );
});

Deno.test("a message is lost: after PUBACK, after PUBREC, after a restart", () => {
  const lost: [Violation["kind"], string, string] = ["lost", "s", TOPIC];
  assertEquals(faults([...SUBSCRIBED, ...sent(1)]), [lost]);
  assertEquals(faults([...SUBSCRIBED, publish(1, 2), ack("pubrec", 1), ack("pubcomp", 1)]), [lost]);
  assertEquals(faults([...SUBSCRIBED, ...sent(1), down(), up(), ...sent(2), delivery(2)]), [lost]);
});

Deno.test("nothing is owed where the subscription may not have been there", () => {
  assertEquals(faults([asked("subscribe"), ...sent(1), asked("suback")]), []);
  assertEquals(faults([...SUBSCRIBED, publish(1), left("unsubscribe"), ack("puback", 1)]), []);
  assertEquals(faults([...SUBSCRIBED, ...sent(1, "u/1")]), []);
  assertEquals(faults([...SUBSCRIBED, connect(true), ...sent(1), connack(false)]), []);
});

Deno.test("a clean start ends what was owed, an interrupted one proves nothing", () => {
  const after = [connect(true), connack(false), ...sent(1)];
  assertEquals(faults([...SUBSCRIBED, ...after]), []);
  assertEquals(faults([...SUBSCRIBED, ...sent(2), ...after]), []);
  assertEquals(faults([...SUBSCRIBED, ...after, delivery(1)]), [["uninvited", "s", TOPIC]]);
  assertEquals(faults([...SUBSCRIBED, connect(true), ...sent(1), delivery(1)]), []);
});

Deno.test("a subscription that SUBACK confirmed again is owed again", () => {
  const gap = [left("unsubscribe"), left("unsuback"), ...sent(1), ...SUBSCRIBED];
  assertEquals(faults([...SUBSCRIBED, ...gap, ...sent(2), delivery(2)]), []);
  assertEquals(faults([...SUBSCRIBED, ...gap, ...sent(2)]), [["lost", "s", TOPIC]]);
});

Deno.test("what comes without a subscription is uninvited, however late it is asked for", () => {
  const gone = [...SUBSCRIBED, left("unsubscribe"), left("unsuback")];
  assertEquals(faults([...gone, ...sent(1), delivery(1)]), [["uninvited", "s", TOPIC]]);
  assertEquals(faults([...gone, ...sent(1), delivery(1), ...SUBSCRIBED]), [[
    "uninvited",
    "s",
    TOPIC,
  ]]);
  assertEquals(faults([...SUBSCRIBED, left("unsubscribe"), ...sent(1), delivery(1)]), []);
  assertEquals(
    faults([...gone, publish(1), asked("subscribe"), delivery(1), ack("puback", 1)]),
    [],
  );
});

Deno.test("QoS 2 twice is a fault; at QoS 1, or under an id that is under way, it is none", () => {
  const two = [publish(1, 2), ack("pubrec", 1), ack("pubcomp", 1)];
  assertEquals(faults([...SUBSCRIBED, ...two, delivery(1), delivery(1)]), [["twice", "s", TOPIC]]);
  assertEquals(faults([...SUBSCRIBED, ...two, delivery(1), delivery(1, false)]), []);
  assertEquals(faults([...SUBSCRIBED, ...sent(1), delivery(1), delivery(1)]), []);
  const atOne = [asked("subscribe", "t/#", 1), asked("suback", "t/#", 1)];
  assertEquals(faults([...atOne, ...two, delivery(1), delivery(1)]), []);
});

Deno.test("order: of first deliveries, on one topic, in one subscription", () => {
  const two = [...sent(1), ...sent(2)];
  assertEquals(faults([...SUBSCRIBED, ...two, delivery(2), delivery(1)]), [["order", "s", TOPIC]]);
  assertEquals(faults([...SUBSCRIBED, ...two, delivery(1), delivery(2), delivery(1)]), []);
  const other = [...sent(1), ...sent(2, "t/p/2")];
  assertEquals(faults([...SUBSCRIBED, ...other, delivery(2, true, "t/p/2"), delivery(1)]), []);
});

Deno.test("phantoms and damaged payloads", () => {
  assertEquals(faults([...SUBSCRIBED, delivery(7)]), [["phantom", "s", TOPIC]]);
  const early = [...SUBSCRIBED, delivery(1), ...sent(1)];
  assertEquals(faults(early), [["phantom", "s", TOPIC]]);
  const damaged: Step = ["s", { kind: "damaged", topic: TOPIC, payload: "x" }];
  assertEquals(faults([damaged]), [["damaged", "s", TOPIC]]);
});

Deno.test("a handshake that does not end is stuck", () => {
  assertEquals(faults([publish(1)]), [["stuck", "p", TOPIC]]);
  assertEquals(faults([publish(1, 2), ack("pubrec", 1)]), [["stuck", "p", TOPIC]]);
});

Deno.test("session present: kept, ended, and open after a CONNECT without an answer", () => {
  const fault: [Violation["kind"], string, string] = ["session", "s", ""];
  const kept = [connect(false), connack(false)];
  assertEquals(faults([connect(false), connack(true)]), [fault]);
  assertEquals(faults([...kept, connect(false), connack(true)]), []);
  assertEquals(faults([...kept, connect(false), connack(false)]), [fault]);
  assertEquals(faults([...kept, connect(true), connack(true)]), [fault]);
  const clean = [...kept, connect(true, false), connack(false)];
  assertEquals(faults([...clean, connect(false), connack(true)]), [fault]);
  assertEquals(faults([...clean, connect(false), connack(false)]), []);
  for (const isPresent of [true, false]) {
    assertEquals(faults([connect(false), connect(false), connack(isPresent)]), []);
    const open = [...kept, connect(true, false), connect(false), connack(isPresent)];
    assertEquals(faults(open), []);
  }
  assertEquals(faults([...kept, connect(false), connect(false), connack(false)]), [fault]);
  const known: Step = ["s", { kind: "known", isThere: true }];
  assertEquals(faults([known, connect(false), connack(false)]), [fault]);
});

Deno.test("retained: the last whose handshake was over, or a later one", () => {
  const topic = "r/p/1";
  const read = (began: number, ...values: [string, number][]): Step => [
    "reader",
    { kind: "retained", began, values: new Map(values) },
  ];
  const fault: [Violation["kind"], string, string] = ["retained", "reader", topic];
  const two = [...sent(1, topic), ...sent(2, topic)];
  assertEquals(faults([...two, read(4, [topic, 2])]), []);
  assertEquals(faults([...two, read(4, [topic, 1])]), [fault]);
  assertEquals(faults([...two, read(4)]), [fault]);
  assertEquals(faults([...two, read(3, [topic, 1])]), []);
  const cleared = [...two, publish(3, 1, topic, true), ack("puback", 3, topic)];
  assertEquals(faults([...cleared, read(6)]), []);
  assertEquals(faults([...cleared, read(6, [topic, 2])]), [fault]);
  assertEquals(faults([publish(1, 1, topic), read(1), ack("puback", 1, topic)]), []);
  assertEquals(faults([read(0, [topic, 1])]), [fault]);
});

const willAt = (ms: number): Step[] => [
  ["w", { kind: "connect", clean: true, kept: false, will: { topic: "w/w", sequence: 1 } }, ms],
  ["w", { kind: "connack", isPresent: false }, ms],
];
const end = (by: "cut" | "goodbye" | "broker", ms: number): Step => ["w", { kind: "end", by }, ms];
const shown = delivery(1, true, "w/w", "observer");
const WILL: [Violation["kind"], string, string] = ["will", "w", "w/w"];
const later = (ms: number): Step => ["x", { kind: "end", by: "cut" }, ms];

const back = (ms: number): Step[] =>
  willAt(ms).map(([client, happening, at]) => [
    client,
    happening.kind === "connect"
      ? { ...happening, will: { topic: "w/w", sequence: 2 } }
      : happening,
    at,
  ]);

Deno.test("a will is due after a cut, and not after DISCONNECT or while connected", () => {
  assertEquals(faults([...willAt(0), end("cut", 10), shown, later(17_000)]), []);
  assertEquals(faults([...willAt(0), end("cut", 10), later(17_000)]), [WILL]);
  assertEquals(faults([...willAt(0), end("cut", 10), later(20)]), []);
  assertEquals(faults([...willAt(0), end("goodbye", 10), later(17_000)]), []);
  assertEquals(faults([...willAt(0), end("goodbye", 10), shown]), [WILL]);
  assertEquals(faults([...willAt(0), shown]), [WILL]);
});

Deno.test("a will is due after a crash whose client is not back in time", () => {
  const crash = [...willAt(0), down(5000), end("broker", 5001), up(5100)];
  assertEquals(faults([...crash, later(22_200)]), [WILL]);
  assertEquals(faults([...crash, later(22_200)], { observer: "observer", grace: undefined }), []);
  assertEquals(faults([...crash, shown, later(22_200)]), []);
  assertEquals(faults([...crash, ...back(5200), later(22_200)]), []);
  assertEquals(faults([...crash, ...back(5200), shown, later(22_200)]), [WILL]);
  assertEquals(faults([...crash, ...back(6850), shown, later(22_200)]), [WILL]);
  assertEquals(faults([...crash, ...back(6950), shown, later(22_200)]), []);
  assertEquals(willsDueUntil(historyOf(crash), WILLS), 22_100);
  assertEquals(willsDueUntil(historyOf([...crash, shown]), WILLS), 0);
});

Deno.test("the grace counts from the moment in which a broker was started, the first where there are two", () => {
  const crash = [...willAt(0), down(5000), end("broker", 5001)];
  const slow = [...crash, up(6500, 1490)];
  assertEquals(faults([...slow, ...back(6700), shown]), [WILL]);
  assertEquals(faults([...slow, ...back(6950), shown]), []);
  const twice = [...crash, up(5100), down(5500), up(6500)];
  assertEquals(faults([...twice, ...back(6700), shown]), [WILL]);
  assertEquals(faults([...twice, ...back(6950), shown]), []);
});

Deno.test("what ends shortly before the broker proves nothing", () => {
  const near = (by: "cut" | "goodbye") => [...willAt(0), end(by, 4900), down(5000), up(5100)];
  assertEquals(faults([...near("goodbye"), shown, later(22_200)]), []);
  assertEquals(faults([...near("goodbye"), later(22_200)]), []);
  assertEquals(faults([...near("cut"), later(22_200)]), [WILL]);
  const slow = [...willAt(0), down(5000), end("broker", 6500), up(8000), ...back(8100)];
  assertEquals(faults([...slow, later(13_000)]), []);
});
