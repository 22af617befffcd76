/** Every way in which a client can be refused, denied, dropped or disconnected leaves an incident with advice. */
import { assert } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../../mod.ts";
import type { RowOf } from "../../../lib/manage/commands.ts";
import { connect5, publish5 } from "../../support/raw_packets5.ts";
import { ManagedBroker } from "../../support/managed_broker.ts";
import { connect, hex, publish, subscribe } from "../../support/raw_packets.ts";

type Incident = RowOf<"why">;

interface Case {
  readonly name: string;
  readonly options?: BrokerOptions;
  readonly hooks?: Hooks;
  /** Does it. */
  act(broker: ManagedBroker): Promise<unknown>;
  readonly expected: Partial<Incident>;
}

/** Sends bytes over a connection of its own, and waits for its end. */
function says(...packets: Readonly<Uint8Array>[]): Case["act"] {
  return async ({ it }) => {
    const raw = await it.dial();
    for (const bytes of packets) await raw.sendAnyway(bytes as Uint8Array);
    await raw.readToEnd();
  };
}

/** A client that was let in sends bytes. */
function inSays(...packets: Readonly<Uint8Array>[]): Case["act"] {
  return async ({ it }) => {
    const { raw } = await it.open("c");
    for (const bytes of packets) await raw.sendAnyway(bytes as Uint8Array);
  };
}

const DENIES: Hooks = {
  authorize: ({ topic }) => topic.startsWith("no") ? { result: "deny", because: "row 7" } : "allow",
};
const REFUSES: Hooks = {
  authenticate: ({ client }) =>
    client.username === "down"
      ? Promise.reject(new Error("no server"))
      : { result: "deny", because: "line 3" },
};

/** Delivers to a client that is away and keeps its session. */
function toAbsent(count: number, bytes: (n: number) => Readonly<Uint8Array>): Case["act"] {
  return async ({ it }) => {
    const away = await it.keep("away");
    await away.subscribe(["t", 1]);
    await away.disconnect();
    const { raw } = await it.open("p");
    for (let i = 1; i <= count; i++) await raw.send(bytes(i) as Uint8Array);
  };
}

const CASES: Case[] = [
  // Refused logins.
  {
    name: "a source says no",
    hooks: REFUSES,
    act: says(connect({ clientId: "c", username: "u", password: "s3cret" })),
    expected: { kind: "login", clientId: "c", username: "u", code: 0x86, rule: "line 3" },
  },
  {
    name: "a source fails",
    hooks: REFUSES,
    act: says(connect({ clientId: "c", username: "down", password: "s3cret" })),
    expected: { kind: "login", code: 0x88, reason: "server unavailable" },
  },
  {
    name: "a level that is not served",
    act: says(hex("10 14 0004 4d515454 06 02 003c 05 1100000001 0002 6335")),
    expected: { kind: "login", clientId: "c5", code: 0x84 },
  },
  {
    name: "an empty client id",
    act: says(connect({ clientId: "", cleanSession: false })),
    expected: { kind: "login", code: 0x85, reason: "empty client id without clean session" },
  },
  {
    name: "a client id that is too long",
    options: { max_client_id_length: 23 },
    act: says(connect({ clientId: "c".repeat(24) })),
    expected: { kind: "login", code: 0x85 },
  },
  {
    name: "a will that is not offered",
    options: { max_qos: 0 },
    act: says(connect({ clientId: "c", will: { topic: "w", qos: 1 } })),
    expected: { kind: "login", code: 0x9b },
  },
  {
    name: "a malformed CONNECT",
    act: says(hex("10 0c 0004 4d515454 04 03 003c 0000")),
    expected: { kind: "login", clientId: "", code: 0x81, address: "127.0.0.1" },
  },
  {
    name: "a ban",
    act: async (broker) => {
      await broker.ask("ban add", { clientId: "c" });
      await says(connect({ clientId: "c" }))(broker);
    },
    expected: { kind: "login", clientId: "c", code: 0x8a },
  },
  {
    name: "max_connections",
    options: { max_connections: 1 },
    act: async (broker) => {
      await broker.it.open("first");
      await says(connect({ clientId: "second" }))(broker);
    },
    expected: { kind: "login", clientId: "second", code: 0x89 },
  },
  {
    name: "max_sessions",
    options: { max_sessions: 1 },
    act: async (broker) => {
      await broker.it.open("first");
      await says(connect({ clientId: "second" }))(broker);
    },
    expected: { kind: "login", clientId: "second", reason: "max_sessions is reached" },
  },
  // Refused before there is a client.
  {
    name: "a banned address",
    act: async (broker) => {
      await broker.ask("ban add", { network: "127.0.0.1" });
      await says()(broker);
    },
    expected: { kind: "refused", clientId: "", address: "127.0.0.1", code: 0x8a },
  },
  {
    name: "max_connections_per_address",
    options: {
      listeners: { default: { bind: "127.0.0.1:0", max_connections_per_address: 1 } },
    } as BrokerOptions,
    act: async (broker) => {
      await broker.it.open("first");
      await says()(broker);
    },
    expected: { kind: "refused", address: "127.0.0.1", code: 0x97 },
  },
  {
    name: "a WebSocket that is none",
    options: { listeners: { default: { type: "ws", bind: "127.0.0.1:0" } } } as BrokerOptions,
    act: says(connect()),
    expected: { kind: "refused", address: "127.0.0.1", code: null },
  },
  {
    name: "HTTP at an MQTT port",
    act: says(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
    expected: { kind: "login", clientId: "", code: 0x82 },
  },
  {
    name: "no CONNECT in time",
    act: async ({ it }) => {
      const raw = await it.dial();
      const accepted = await it.open("other"); // it came behind
      await accepted.disconnect();
      it.clock.advance(120_000);
      await raw.readToEnd();
    },
    expected: { kind: "disconnected", clientId: "", code: 0xa0, reason: "no CONNECT in time" },
  },
  // Denied.
  {
    name: "publish",
    hooks: DENIES,
    act: inSays(publish("no/t", "x")),
    expected: {
      kind: "denied",
      action: "publish",
      topic: "no/t",
      code: 0x87,
      rule: "row 7",
    },
  },
  {
    name: "publish, by a verdict that is remembered",
    hooks: DENIES,
    act: inSays(publish("no/t", "x"), publish("no/t", "x"), publish("no/t", "x")),
    expected: { kind: "denied", topic: "no/t", times: 3, rule: "row 7" },
  },
  {
    name: "subscribe",
    hooks: DENIES,
    act: inSays(subscribe(1, ["no/#", 0])),
    expected: { kind: "denied", action: "subscribe", topic: "no/#", rule: "row 7" },
  },
  {
    name: "a will",
    hooks: DENIES,
    act: async ({ it }) => {
      const client = await it.open("c", { will: { topic: "no/will" } });
      await client.drop();
    },
    expected: { kind: "denied", action: "publish", topic: "no/will", clientId: "c" },
  },
  {
    name: "receive",
    hooks: { authorizeReceive: () => ({ result: "deny", because: "row 9" }) },
    act: async ({ it }) => {
      const client = await it.open("c");
      await client.subscribe(["t", 0]);
      const { raw: other } = await it.open("p");
      await other.send(publish("t", "x") as Uint8Array);
      await other.send(publish("t", "x") as Uint8Array);
    },
    expected: {
      kind: "denied",
      action: "receive",
      clientId: "c",
      topic: "t",
      rule: "row 9",
    },
  },
  {
    name: "a topic that begins with $",
    act: inSays(publish("$SYS/x", "x")),
    expected: { kind: "denied", action: "publish", topic: "$SYS/x", code: 0x87 },
  },
  {
    name: "a filter over a limit",
    options: { max_topic_levels: 3 },
    act: inSays(subscribe(1, ["a/b/c/d", 0])),
    expected: { kind: "denied", action: "subscribe", code: 0x97, rule: "" },
  },
  {
    name: "too many subscriptions",
    options: { max_subscriptions: 1 },
    act: inSays(subscribe(1, ["a", 0], ["b", 0])),
    expected: { kind: "refused", action: "subscribe", topic: "b", code: 0x97 },
  },
  // Dropped.
  {
    name: "queue full",
    options: { max_queued_messages: 1 },
    act: toAbsent(2, (n) => publish("t", "x", { qos: 1, id: n })),
    expected: { kind: "dropped", clientId: "away", topic: "t", reason: "queue full", code: 0x97 },
  },
  {
    name: "retained full",
    options: { max_retained: 1 },
    act: inSays(publish("s", "x", { retain: true }), publish("t", "x", { retain: true })),
    expected: { kind: "dropped", clientId: "c", topic: "t", reason: "retained full" },
  },
  {
    name: "too large, and read past",
    options: { max_packet_size: 4096, max_skipped_size: "1MiB" },
    act: inSays(publish("t", "x".repeat(5000))),
    expected: { kind: "dropped", clientId: "c", topic: "t", reason: "too large", code: 0x95 },
  },
  {
    name: "the session ended",
    act: async (broker) => {
      await toAbsent(1, () => publish("t", "x", { qos: 1, id: 1 }))(broker);
      await broker.rowThat("sessions", ({ queuedMessages }) => queuedMessages === 1);
      await broker.ask("sessions end", { clientId: "away" });
    },
    expected: {
      kind: "dropped",
      clientId: "away",
      topic: "t",
      reason: "session ended",
      code: null,
    },
  },
  {
    name: "a message that expires in a queue",
    act: async (broker) => {
      const { it } = broker;
      const away = await it.keep("away");
      await away.subscribe(["t", 1]);
      await away.disconnect();
      const raw = await it.dial();
      await raw.send(connect5({ clientId: "p" }));
      await raw.send(publish5("t", "x", { qos: 1, properties: { messageExpiryInterval: 1 } }));
      await broker.rowThat("sessions", ({ queuedMessages }) => queuedMessages === 1);
      it.clock.advance(2000);
    },
    expected: { kind: "dropped", clientId: "away", topic: "t", reason: "expired", code: null },
  },
  // Disconnected.
  {
    name: "DISCONNECT",
    act: async ({ it }) => (await it.open("c")).disconnect(),
    expected: {
      kind: "disconnected",
      clientId: "c",
      code: 0,
      reason: "disconnected by the client",
    },
  },
  {
    name: "the end of the stream",
    act: async ({ it }) => (await it.open("c")).drop(),
    expected: { kind: "disconnected", code: null, reason: "connection closed by the peer" },
  },
  {
    name: "a kick",
    act: async ({ it }) => {
      await it.open("c");
      it.broker.kick("c");
    },
    expected: { kind: "disconnected", code: 0x98, reason: "kicked" },
  },
  {
    name: "a takeover",
    act: async ({ it }) => {
      await it.open("c");
      await it.open("c");
    },
    expected: { kind: "disconnected", code: 0x8e, reason: "session taken over" },
  },
  {
    name: "silence",
    act: async ({ it }) => {
      await it.open("c");
      it.clock.advance(90_251);
    },
    expected: { kind: "disconnected", code: 0x8d, reason: "keep-alive time-out" },
  },
  {
    name: "a malformed packet",
    act: inSays(hex("30 03 0001 00")),
    expected: { kind: "disconnected", code: 0x81, reason: "topic name has U+0000 [MQTT-1.5.3-2]" },
  },
  {
    name: "a second CONNECT",
    act: inSays(connect()),
    expected: { kind: "disconnected", code: 0x82, reason: "a second CONNECT [MQTT-3.1.0-2]" },
  },
  {
    name: "a packet that is too large",
    options: { max_packet_size: "1MiB", max_skipped_size: "1MiB" },
    act: inSays(hex("30 ffff7f")),
    expected: { kind: "disconnected", code: 0x95 },
  },
  {
    name: "a wildcard in a topic name",
    act: inSays(publish("a/+", "x")),
    expected: { kind: "disconnected", code: 0x90 },
  },
  {
    name: "a filter that is none",
    act: inSays(subscribe(1, ["a#", 0])),
    expected: { kind: "disconnected", code: 0x8f },
  },
  {
    name: "a QoS that is not offered",
    options: { max_qos: 0 },
    act: inSays(publish("t", "x", { qos: 1, id: 1 })),
    expected: { kind: "disconnected", code: 0x9b },
  },
  {
    name: "acl_deny_action: disconnect",
    options: { acl_deny_action: "disconnect" },
    hooks: DENIES,
    act: inSays(publish("no/t", "x")),
    expected: { kind: "disconnected", code: 0x87, reason: "not authorized to publish to no/t" },
  },
  {
    name: "an acknowledgement of the wrong kind",
    act: async ({ it }) => {
      const client = await it.open("c");
      await client.subscribe(["t", 1]);
      await client.raw.send(publish("t", "x", { qos: 1, id: 1 }) as Uint8Array);
      await client.raw.sendAnyway(hex("50 02 0001"));
    },
    expected: { kind: "disconnected", code: 0x82 },
  },
];

function fits(incident: Incident, expected: Partial<Incident>): boolean {
  return Object.entries(expected).every(([key, value]) =>
    key === "rule"
      ? incident.rule === value || incident.rule.endsWith(`: ${value}`)
      : Reflect.get(incident, key) === value
  );
}

for (const { name, options = {}, hooks = {}, act, expected } of CASES) {
  Deno.test(`${expected.kind}: ${name}`, async () => {
    await using broker = await ManagedBroker.start(options, hooks);
    await act(broker);
    const incident = await broker.rowThat("why", (row) => fits(row, expected));
    assert(/\w.*[.`]$/.test(incident.advice), incident.advice);
    assert(incident.reason.length > 0);
    assert(!JSON.stringify(await broker.rows("why", {})).includes("s3cret"));
  });
}
